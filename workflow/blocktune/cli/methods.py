"""Commands that compare cheaper searches with the exhaustive one: `proxy` and `regret`."""

import argparse
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from ..analysis.claims import Claim, ExhaustiveMap, require_comparable, scores_by_layers, scores_by_ranking
from ..analysis.regret import regret_report
from ..analysis.regret_table import regret_markdown
from ..candidates.candidate import Candidate
from ..candidates.table import LayerTable
from ..runs.files import read_json, write_json, write_text
from ..runs.history import accuracies
from ..runs.plan import Plan, read_plan
from ..runs.spec import Part, RunSpec
from ..search.halving import halve
from ..search.prior import prior_scores
from ..search.ranking import score_rows, searched_candidates
from ..search.schedule import SEARCHED
from ..settings.load import validate
from ..settings.model import Settings
from .common import path_flag, proxy_scores, settled_gpus, training_flags


def register(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    proxy = commands.add_parser("proxy", help="score candidates without training each (search.method)")
    proxy.add_argument(
        "--method", required=True, choices=["gradient", "graft", "prior"], help="how candidates are scored"
    )
    training_flags(proxy)
    path_flag(proxy, "--output", "the scores to write")
    proxy.set_defaults(func=_proxy)

    regret = commands.add_parser("regret", help="compare cheaper searches with finished exhaustive ones")
    path_flag(regret, "--settings", "the study's settings")
    path_flag(regret, "--study", "what tables and figures say of the study")
    path_flag(regret, "--plans", "plans of exhaustive searches, of any backbones and seeds", many=True)
    path_flag(regret, "--runs", "records of their runs", many=True)
    path_flag(regret, "--proxies", "scores made by `proxy` for the same backbones and seeds", many=True)
    path_flag(regret, "--output", "the comparison to write as JSON")
    path_flag(regret, "--markdown", "the comparison to write as a table")
    regret.add_argument("--figure-folder", type=Path, required=True, metavar="FOLDER", help="where the figure goes")
    regret.set_defaults(func=_regret)


def _proxy(options: argparse.Namespace) -> None:
    plan, table = read_plan(options.plan), LayerTable.read(options.layers)
    candidates = [candidate for candidate, _ in searched_candidates(plan)]
    found = (
        _prior(table, candidates) if options.method == "prior" else _in_fresh_process(options, plan, table, candidates)
    )
    write_json(
        options.output,
        {
            "method": options.method,
            "backbone": plan["backbone"],
            "seed": _seed(plan),
            "cpu_seconds": found["cpu_seconds"],
            "epochs": found["epochs"],
            "scores": [{"layers": list(layers), "score": value} for layers, value in found["scores"].items()],
            "details": found["details"],
        },
    )
    spent = f"{found['cpu_seconds']:.0f} CPU seconds"
    print(f"{plan['backbone']}: {options.method}: {len(found['scores'])} sets of layers scored in {spent}")


def _prior(table: LayerTable, candidates: Sequence[Candidate]) -> dict[str, Any]:
    layers = [candidate.layers for candidate in candidates]
    scores = dict(zip(layers, prior_scores(table, candidates), strict=True))
    return {"scores": scores, "cpu_seconds": 0.0, "epochs": 0, "details": {}}


def _in_fresh_process(*arguments: Any) -> dict[str, Any]:
    """Call `_from_training` in a process that starts with the environment that trainings have."""
    from ..training.process import end_with_parent, one_thread_per_process

    one_thread_per_process()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=end_with_parent) as pool:
        return pool.submit(_from_training, *arguments).result()


def _from_training(
    options: argparse.Namespace, plan: Plan, table: LayerTable, candidates: Sequence[Candidate]
) -> dict[str, Any]:
    gpus = settled_gpus(options)
    from ..data.prepared import Prepared, read_split
    from ..training.assemble import Photographs
    from ..training.device import take_device
    from ..training.gradient import gradient_scores
    from ..training.graft import graft_scores
    from ..training.planned import planned_backbone

    take_device(gpus, {"run": f"{options.method} of {plan['backbone']}"})
    # What a run unfreezes does not matter here: the first stands for the protocol that all share
    spec = RunSpec.from_json(next(iter(plan["runs"].values())))
    prepared, rows = Prepared.open_intact(options.dataset.parent), read_split(options.splits)
    score = {"gradient": gradient_scores, "graft": graft_scores}[options.method]
    found = score(
        spec,
        planned_backbone(spec, table, options.layers, options.pretrained),
        table,
        Photographs(prepared.images, prepared.labels),
        Part(rows["search"], rows["validation"]),
        candidates,
        options.memory_gb,
    )
    return {name: getattr(found, name) for name in ("scores", "cpu_seconds", "epochs", "details")}


def _regret(options: argparse.Namespace) -> None:
    # matplotlib takes seconds that no other command should wait for
    from ..analysis.figures.cost import draw_cost
    from ..analysis.study import read_study

    settings = validate(Settings, read_json(options.settings))
    require_comparable(settings)
    records = {record["run"]: record for file in options.runs for record in read_json(file)["runs"]}
    titles = {backbone.key: backbone.title for backbone in settings.backbones}
    maps, claims = [], []
    for file in options.plans:
        plan = read_plan(file)
        plan["title"] = titles.get(plan["backbone"], plan["title"])
        rows = score_rows(plan, records, settings.training.counts)
        exhaustive = _exhaustive(plan, rows, records)
        maps.append(exhaustive)
        claims.append(_halving(plan, exhaustive, records, settings))
    by_pair = {(entry.backbone, entry.seed): entry for entry in maps}
    for content in map(read_json, options.proxies):
        pair = (content["backbone"], content["seed"])
        by_layers = scores_by_layers(by_pair[pair].rows if pair in by_pair else [], proxy_scores(content))
        claims.append(Claim(content["method"], *pair, by_layers, content["cpu_seconds"], content["epochs"]))
    report = regret_report(maps, claims, settings.search.top_k, choose_by=settings.evaluation.choose_by)
    write_json(options.output, report)
    write_text(options.markdown, regret_markdown(report))
    draw_cost(read_study(options.study), report, _conditions(maps, settings), options.figure_folder)


def _exhaustive(plan: Plan, rows: list[dict[str, Any]], records: dict[str, Any]) -> ExhaustiveMap:
    runs = {row["run"] for row in rows if row["strategy"] in SEARCHED}
    seconds = sum(_seconds(records[run]) for run in runs)
    epochs = sum(records[run]["metrics"]["epochs"] for run in runs)
    return ExhaustiveMap(plan["backbone"], _seed(plan), rows, seconds, epochs)


def _halving(plan: Plan, exhaustive: ExhaustiveMap, records: dict[str, Any], settings: Settings) -> Claim:
    """Halving replayed on the exhaustive histories: a run that pauses equals the first epochs of the whole run."""
    mine = {run: record for run, record in records.items() if run in plan["runs"]}
    halved = halve(
        {run: accuracies(record["history"]) for run, record in mine.items()},
        plan,
        settings,
        diverged=[run for run, record in mine.items() if record["metrics"]["diverged"]],
    )
    seconds = sum(
        _seconds_until(mine[run]["resources"], epochs, halved.rounds_of(run))
        for run, epochs in halved.epochs_by_run.items()
    )
    ranking = scores_by_ranking(halved.ranking)
    epochs = sum(halved.epochs_by_run.values())
    return Claim("halving", exhaustive.backbone, exhaustive.seed, ranking, seconds, epochs)


def _seconds_until(resources: dict[str, Any], epochs: int, rounds: int) -> float:
    """Processor seconds of a run's first epochs; what is no epoch (building, tracing) comes again in every round."""
    each = resources["cpu_seconds_epochs"]
    return sum(each[:epochs]) + rounds * (resources["cpu_seconds"] - sum(each))


def _seconds(record: dict[str, Any]) -> float:
    return record["resources"]["cpu_seconds"]


def _seed(plan: Plan) -> int:
    return next(iter(plan["runs"].values()))["seed"]


def _conditions(maps: list[ExhaustiveMap], settings: Settings) -> str:
    pairs = ", ".join(f"{entry.rows[0]['title']} seed {entry.seed}" for entry in maps)
    by = settings.evaluation.choose_by
    also = "" if by == "accuracy" else f"; scored by accuracy, though the study's own search ranked by validation {by}"
    return f"{pairs}; {settings.training.epochs} epochs at {settings.data.image_size} px{also}"
