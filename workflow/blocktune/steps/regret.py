"""What cheaper searches would have cost and lost, against finished exhaustive ones."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from ..analysis.claims import Claim, ExhaustiveMap, require_comparable, scores_by_layers, scores_by_ranking
from ..analysis.regret import regret_report
from ..analysis.regret_table import regret_page
from ..candidates.searched import SEARCHED
from ..document.markdown import render
from ..files.plain import write_text
from ..files.plan import Plan
from ..files.record import Resources, RunRecord
from ..files.regret import RegretReport
from ..files.search_scores import ScorerScores
from ..files.study import Study
from ..search.halving import halve
from ..search.ranking import ScoredRow, score_rows
from ..settings.model import Settings
from .shared import read_settings, records_by_run
from .signature import Reader, step


def _comparable(path: Path) -> Settings:
    settings = read_settings(path)
    require_comparable(settings)
    return settings


@step("report")
def regret(
    settings: Annotated[Settings, Reader(_comparable), "the study's settings"],
    study: Annotated[Study, "what tables and figures say of the study"],
    plans: Annotated[list[Plan], "plans of exhaustive searches, of any backbones and seeds"],
    runs: Annotated[list[Path], "records of their runs"],
    proxies: Annotated[list[ScorerScores], "scores made by `proxy` for the same backbones and seeds"],
    output: Annotated[Path, "the comparison to write as JSON"],
    markdown: Annotated[Path, "the comparison to write as a table"],
    figure_folder: Annotated[Path, "where the figure goes"],
) -> None:
    """Compare cheaper searches with finished exhaustive ones."""
    # matplotlib takes seconds that no other command should wait for
    from ..analysis.figures.cost import draw_cost

    records = records_by_run(runs)
    titles = {backbone.key: backbone.title for backbone in settings.backbones}
    maps, claims = [], []
    for plan in plans:
        titled = replace(plan, title=titles.get(plan.backbone, plan.title))
        rows = score_rows(titled, records, settings.training.counts)
        exhaustive = _exhaustive(plan, rows, records)
        maps.append(exhaustive)
        claims.append(_halving(plan, exhaustive, records, settings))
    by_pair = {(entry.backbone, entry.seed): entry for entry in maps}
    for found in proxies:
        pair = (found.backbone, found.seed)
        by_layers = scores_by_layers(by_pair[pair].rows if pair in by_pair else [], found.by_layers)
        claims.append(Claim(found.method, *pair, by_layers, found.cpu_seconds, found.epochs))
    report = regret_report(maps, claims, settings.search.top_k, choose_by=settings.evaluation.choose_by)
    RegretReport(report).write(output)
    write_text(markdown, render(regret_page(report)))
    draw_cost(study, report, _conditions(maps, settings), figure_folder)


def _exhaustive(plan: Plan, rows: list[ScoredRow], records: dict[str, RunRecord]) -> ExhaustiveMap:
    runs = {row["run"] for row in rows if row["strategy"] in SEARCHED}
    seconds = math.fsum(records[run]["resources"]["cpu_seconds"] for run in runs)
    epochs = sum(records[run]["metrics"]["epochs"] for run in runs)
    return ExhaustiveMap(plan.backbone, plan.first_spec.seed, rows, seconds, epochs)


def _halving(plan: Plan, exhaustive: ExhaustiveMap, records: dict[str, RunRecord], settings: Settings) -> Claim:
    """Halving replayed on the exhaustive histories: a run that pauses equals the first epochs of the whole run."""
    mine = {run: record for run, record in records.items() if run in plan.runs}
    halved = halve(mine, plan, settings)
    seconds = sum(
        _seconds_until(mine[run]["resources"], epochs, halved.rounds_of(run))
        for run, epochs in halved.epochs_by_run.items()
    )
    ranking = scores_by_ranking(halved.ranking)
    epochs = sum(halved.epochs_by_run.values())
    return Claim("halving", exhaustive.backbone, exhaustive.seed, ranking, seconds, epochs)


def _seconds_until(resources: Resources, epochs: int, rounds: int) -> float:
    """Processor seconds of a run's first epochs; what is no epoch (building, tracing) comes again in every round."""
    each = resources["cpu_seconds_epochs"]
    return sum(each[:epochs]) + rounds * (resources["cpu_seconds"] - sum(each))


def _conditions(maps: list[ExhaustiveMap], settings: Settings) -> str:
    pairs = ", ".join(f"{entry.rows[0]['title']} seed {entry.seed}" for entry in maps)
    by = settings.evaluation.choose_by
    also = "" if by == "accuracy" else f"; scored by accuracy, though the study's own search ranked by validation {by}"
    return f"{pairs}; {settings.training.epochs} epochs at {settings.data.image_size} px{also}"
