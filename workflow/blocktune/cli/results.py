"""Commands between training and report: `select`, `scores`, `study`."""

import argparse
from typing import Any

from ..candidates.table import LayerTable
from ..runs.files import read_json, write_json, write_text
from ..runs.plan import Plan, read_plan, trained_runs, write_plan
from ..search.ranking import proxy_rows, ranked, score_rows, scores_csv, winner
from ..search.schedule import (
    AUDITED,
    SEARCHED,
    dependent_candidates,
    further_baselines,
    search_candidates,
    strategy_columns,
)
from ..settings.changes import changed
from ..settings.load import validate
from ..settings.model import Settings
from ..settings.training import Augmentation
from .common import existing_study, path_flag, planning_flags, proxy_scores, records_by_run, settings_of_row


def register(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    select = commands.add_parser("select", help="rank the search's runs, choose winners, plan final runs")
    planning_flags(select)
    path_flag(select, "--plan", "the search's plan")
    path_flag(select, "--runs", "records of the search's runs", many=True)
    path_flag(select, "--proxy", "scores made by `proxy`, unless every candidate was trained", required=False)
    path_flag(select, "--winners", "the winners to write")
    path_flag(select, "--dependent", "the plan of the ranked sets to write")
    path_flag(select, "--final", "the plan of the final runs to write")
    select.set_defaults(func=_select)

    scores = commands.add_parser("scores", help="collect the scores of one backbone and stage in a table")
    path_flag(scores, "--settings", "the study's settings")
    path_flag(scores, "--layers", "the backbone's layer table")
    path_flag(scores, "--plans", "plans of the stage", many=True)
    path_flag(scores, "--runs", "records of the stage's runs", many=True)
    scores.add_argument("--stage", required=True, choices=["search", "final"], help="the stage's name in the table")
    path_flag(scores, "--output", "the table to write")
    scores.set_defaults(func=_scores)

    study = commands.add_parser("study", help="write down what a study's tables and figures say of it")
    path_flag(study, "--settings", "the study's settings")
    path_flag(study, "--dataset", "facts on the prepared photographs")
    path_flag(study, "--split-summary", "facts on the parts")
    path_flag(study, "--output", "the file to write")
    study.set_defaults(func=_study)


def _select(options: argparse.Namespace) -> None:
    settings = settings_of_row(options)
    table = LayerTable.read(options.layers)
    study = existing_study(settings, options)
    plan = read_plan(options.plan)
    if options.proxy is None:
        rows = _rows(settings, plan, records_by_run(options.runs))
    else:
        rows = proxy_rows(plan, proxy_scores(read_json(options.proxy)))
    planned = search_candidates(settings, table)
    # Where rates are searched, baselines choose theirs as the others do
    choosing = SEARCHED if settings.search.rates is None else {row["strategy"] for row in rows}
    winners = {name: winner(rows, name, planned) for name in choosing if any(row["strategy"] == name for row in rows)}
    single = ranked(rows, "lw")
    ranking = list(dict.fromkeys(row["layers"][0] for row in single))
    rate = single[0]["learning_rate"] if single and settings.search.rates else None
    dependent = dependent_candidates(settings, table, ranking, rate) if ranking else []
    fixed = [*planned, *dependent, *further_baselines(settings, table)]
    chosen = {candidate.strategy: candidate for candidate in fixed} | winners
    columns = strategy_columns(settings) if options.pixels is None else AUDITED
    final = [chosen[strategy] for strategy in columns]
    # An exhaustive search has trained its winners; a cheaper one has them trained now
    trained = [] if options.proxy is None else list(winners.values())
    write_plan(options.dependent, study.plan("dependent", "search", table, [*trained, *dependent]))
    plan = study.plan("final", "final", table, final)
    write_plan(options.final, plan)
    rates = {run: spec["training"].get("learning_rate") for run, spec in plan["runs"].items()}
    winners_file = {entry["strategy"]: entry | {"learning_rate": rates[entry["run"]]} for entry in plan["candidates"]}
    write_json(options.winners, winners_file)
    for candidate in plan["candidates"]:
        print(f"{plan['backbone']}: {candidate['strategy']}: {', '.join(candidate['names'][:6]) or 'nothing'}")


def _scores(options: argparse.Namespace) -> None:
    settings = validate(Settings, read_json(options.settings))
    title = LayerTable.read(options.layers).backbone["title"]
    records = records_by_run(options.runs)
    rows: list[dict[str, Any]] = []
    for file in options.plans:
        plan = {**read_plan(file), "title": title}
        trained = trained_runs(plan)
        plan["candidates"] = [candidate for candidate in plan["candidates"] if candidate["run"] in trained]
        rows += _rows(settings, plan, records, options.stage)
    write_text(options.output, scores_csv(rows))


def _rows(
    settings: Settings, plan: Plan, records: dict[str, dict[str, Any]], stage: str | None = None
) -> list[dict[str, Any]]:
    """A plan's candidates, ranked as the settings say."""
    return score_rows(plan, records, settings.training.counts, stage, settings.evaluation.choose_by)


def _study(options: argparse.Namespace) -> None:
    settings = validate(Settings, read_json(options.settings))
    dataset, split = read_json(options.dataset), read_json(options.split_summary)
    write_json(
        options.output,
        {
            "study": settings.study,
            "seed": settings.seed,
            "repeats": settings.repeats,
            "epochs": settings.training.epochs,
            "batch_size": settings.training.batch_size,
            "learning_rate": settings.training.learning_rate,
            "image_size": settings.data.image_size,
            "range": settings.pixels.range,
            "counts": settings.training.counts,
            "batch_norm": settings.training.batch_norm,
            "optimizer": settings.training.optimizer,
            "rates": settings.search.rates or [],
            "candidates": settings.search.candidates,
            "recipe": _recipe(settings),
            "changes": changed(settings),
            "protocol": settings.evaluation.protocol,
            "choose_by": settings.evaluation.choose_by,
            "augmentation": _augmentation(settings.training.augmentation),
            "each_repeat": settings.split.each_repeat,
            "dataset": settings.data.name,
            "source": settings.data.source,
            "photographs": {part: facts["photographs"] for part, facts in split["parts"].items()},
            # How many images the most frequent class has in each part: what a constant guess gets right
            "most_frequent": {part: max(facts["classes"].values()) for part, facts in split["parts"].items()},
            "classes": dataset["classes"],
            "strategies": strategy_columns(settings),
            "top_k": settings.search.top_k,
            "method": settings.search.method,
            # Here rather than in the layer tables, so that another label changes tables and figures and nothing else
            "titles": {backbone.key: backbone.title for backbone in settings.backbones},
        },
    )


def _recipe(settings: Settings) -> str:
    """What else of head and training is not the paper's, in words; empty if nothing is."""
    head, training = settings.head, settings.training
    told = {
        f"{head.pooling} pooling and no hidden layer": not head.units,
        "head from the probe": head.start == "probe",
        f"weight decay {training.weight_decay:g}": training.optimizer == "adamw",
        f"{training.schedule} learning rate": training.schedule != "plateau",
        f"warm-up over {training.warmup:g} epoch{'' if training.warmup == 1 else 's'}": training.warmup,
        f"label smoothing {training.label_smoothing:g}": training.label_smoothing,
    }
    return ", ".join(words for words, so in told.items() if so)


def _augmentation(augmentation: Augmentation) -> str:
    """How photographs are changed, in words; empty if they are not."""
    shares = [f"{name} {value:g}" for name in ("crop", "colour") if (value := getattr(augmentation, name))]
    return ", ".join([*(["flip"] if augmentation.flip else []), *shares])
