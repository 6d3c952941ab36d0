"""The search: its candidates, its winners, and every stage's scores."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from ..candidates.searched import SEARCHED
from ..errors import BlocktuneError
from ..files.dataset import Dataset, SplitSummary
from ..files.layers import LayerTable
from ..files.plain import write_text
from ..files.plan import Plan, ScoredImages
from ..files.record import RunRecord
from ..files.rounds_scores import RoundsScores
from ..files.search_scores import LayersScores
from ..files.winners import Winner, Winners
from ..search.duration import study_seconds
from ..search.probe_classes import check_probe_classes
from ..search.ranking import ScoredRow, chosen_rows, proxy_rows, ranked, score_rows, scores_csv, winner
from ..search.schedule import (
    AUDITED,
    dependent_candidates,
    further_baselines,
    search_candidates,
    strategy_columns,
)
from ..settings.model import Settings
from ..settings.training import Augmentation
from .shared import Planning, SearchScoresFile, SettingsFile, records_by_run
from .signature import step


@step("planning")
def candidates(
    planning: Planning,
    split_summary: Annotated[SplitSummary, "facts on the parts"],
    output: Annotated[Path, "the plan to write"],
) -> None:
    """List a backbone's search runs and put them into jobs."""
    settings, table, parts = planning.own_settings, planning.layers, split_summary.parts
    check_probe_classes(settings, parts)
    planned = search_candidates(settings, table)
    if planning.pixels is not None:
        if "bw" not in settings.search.strategies:
            raise BlocktuneError(
                f"the audit trains the best block with both ranges: search.strategies must have bw, but it is "
                f"{settings.search.strategies}"
            )
        planned = [candidate for candidate in planned if candidate.strategy in AUDITED]
    plan = planning.planner().plan("search", "search", table, planned)
    scored = ScoredImages(parts["validation"].images, parts["validation"].largest_class)
    replace(plan, scored=scored).write(output)
    print(f"{plan.backbone}: {len(plan.candidates)} candidates, {len(plan.runs)} runs, {len(plan.jobs)} jobs")
    if settings.training.augmentation.any:
        print(_cost_of_augmentation(settings, table, Dataset.read(planning.dataset).images))


def _cost_of_augmentation(settings: Settings, table: LayerTable, images: int) -> str:
    """What changing images costs, in words: nothing is computed once any more."""
    plain = settings.training.model_copy(update={"augmentation": Augmentation()})
    with_it = study_seconds(settings, table, images)
    without = study_seconds(settings.model_copy(update={"training": plain}), table, images)
    return (
        "training.augmentation: nothing is computed only once, so the study takes about "
        f"{with_it.most / 60:.0f} minutes of one core instead of {without.most / 60:.0f}"
    )


@step("planning")
def select(
    planning: Planning,
    plan: Annotated[Plan, "the search's plan"],
    runs: Annotated[list[Path], "records of the search's runs"],
    winners: Annotated[Path, "the winners to write"],
    dependent: Annotated[Path, "the plan of the ranked sets to write"],
    final: Annotated[Path, "the plan of the final runs to write"],
    proxy: Annotated[SearchScoresFile | None, "what a cheaper search found, unless every candidate was trained"] = None,
) -> None:
    """Rank the search's runs, choose winners, plan final runs."""
    settings, table, study = planning.own_settings, planning.layers, planning.planner()
    rows = _ranked(settings, plan, runs, proxy)
    planned = search_candidates(settings, table)
    # Where rates are searched, baselines choose theirs as the others do
    choosing = SEARCHED if settings.search.rates is None else dict.fromkeys(row["strategy"] for row in rows)
    best = {name: winner(rows, name, planned) for name in choosing if any(row["strategy"] == name for row in rows)}
    single = ranked(rows, "lw")
    ranking = list(dict.fromkeys(row["layers"][0] for row in single))
    rate = single[0]["learning_rate"] if single and settings.search.rates else None
    sets = dependent_candidates(settings, table, ranking, rate) if ranking else []
    fixed = [*planned, *sets, *further_baselines(settings, table)]
    chosen = {candidate.strategy: candidate for candidate in fixed} | best
    columns = strategy_columns(settings) if planning.pixels is None else AUDITED
    # An exhaustive search has trained its winners; a cheaper one has them trained now
    trained = [] if proxy is None else [best[name] for name in SEARCHED if name in best]
    study.plan("dependent", "search", table, [*trained, *sets]).write(dependent)
    finals = study.plan("final", "final", table, [chosen[strategy] for strategy in columns])
    finals.write(final)
    rates = {run: spec.training.get("learning_rate") for run, spec in finals.runs.items()}
    chosen = {entry.strategy: Winner(**vars(entry), learning_rate=rates[entry.run]) for entry in finals.candidates}
    Winners(chosen).write(winners)
    for entry in finals.candidates:
        print(f"{finals.backbone}: {entry.strategy}: {', '.join(entry.names[:6]) or 'nothing'}")


def _ranked(
    settings: Settings, plan: Plan, runs: Sequence[Path], found: LayersScores | RoundsScores | None
) -> list[ScoredRow]:
    """The candidates of a search that winners are chosen from; of a search by rounds only what it chose."""
    if found is None:
        return _rows(settings, plan, records_by_run(runs))
    if isinstance(found, LayersScores):
        return proxy_rows(plan, found.by_layers)
    # Baselines choose their rate as in an exhaustive search
    baselines = tuple(entry for entry in plan.candidates if entry.strategy not in SEARCHED)
    rates = _rows(settings, replace(plan, candidates=baselines), records_by_run(runs)) if settings.search.rates else []
    return [*rates, *chosen_rows(plan, found.winners)]


@step("planning")
def scores(
    settings: SettingsFile,
    layers: Annotated[LayerTable, "the backbone's layer table"],
    plans: Annotated[list[Plan], "plans of the stage"],
    runs: Annotated[list[Path], "records of the stage's runs"],
    stage: Annotated[Literal["search", "final"], "the stage's name in the table"],
    output: Annotated[Path, "the table to write"],
) -> None:
    """Collect the scores of one backbone and stage in a table."""
    records = records_by_run(runs)
    rows: list[ScoredRow] = []
    for plan in plans:
        trained = plan.trained_runs
        # Where not all candidates are trained, a baseline that is one of them (everything) is nobody's choice
        chosen = SEARCHED if settings.search.method != "exhaustive" and plan.stage == "search" else ()
        listed = tuple(
            candidate for candidate in plan.candidates if candidate.run in trained and candidate.strategy not in chosen
        )
        titled = replace(plan, title=layers.backbone.title, candidates=listed)
        rows += _rows(settings, titled, records, stage)
    write_text(output, scores_csv(rows))


def _rows(settings: Settings, plan: Plan, records: dict[str, RunRecord], stage: str | None = None) -> list[ScoredRow]:
    """A plan's candidates, ranked as the settings say."""
    return score_rows(plan, records, settings.training.counts, stage, settings.evaluation.choose_by)
