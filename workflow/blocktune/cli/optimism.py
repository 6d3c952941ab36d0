"""`blocktune unseen` and `blocktune optimism`: the search's winners, trained anew, on images that it has not seen."""

from argparse import ArgumentParser, Namespace
from typing import Any

from ..analysis.layers import read_backbones
from ..analysis.scores import read_scores
from ..analysis.study import read_study
from ..candidates.candidate import Candidate
from ..candidates.recipe import Recipe
from ..candidates.table import LayerTable
from ..data.prepared import only_scored
from ..errors import BlocktuneError
from ..runs.files import read_json, write_json, write_text
from ..runs.plan import read_plan, write_plan
from ..search.schedule import strategy_columns
from ..settings.model import MOST_REPEATS
from .common import by_repeat, existing_study, metrics_by_run, path_flag, planning_flags, right_by_run, settings_of_row


def register(commands: Any) -> None:
    """Add the commands of this file."""
    unseen: ArgumentParser = commands.add_parser("unseen", help="plan the search's winners anew, on unseen images")
    planning_flags(unseen)
    path_flag(unseen, "--winners", "the search's winners")
    path_flag(unseen, "--output", "the plan to write")
    unseen.set_defaults(func=_unseen)

    parser: ArgumentParser = commands.add_parser("optimism", help="how much better winners look where they were chosen")
    path_flag(parser, "--study", "the study's study.json")
    path_flag(parser, "--layers", "a layers.json per backbone, in order", many=True)
    path_flag(
        parser, "--search-scores", "scores of the search: all backbones of the first repeat, then the next", many=True
    )
    path_flag(parser, "--plans", "plans made by `unseen`, in the same order", many=True)
    path_flag(parser, "--runs", "records of their runs", many=True)
    path_flag(parser, "--output", "the JSON file to write")
    path_flag(parser, "--markdown", "the page to write")
    parser.set_defaults(func=_optimism)


def _unseen(options: Namespace) -> None:
    settings = settings_of_row(options)
    # A seed that no repeat has: else the winner would be the very training that was chosen
    settings = settings.model_copy(update={"seed": settings.seed + MOST_REPEATS})
    study, further = existing_study(settings, options), set(settings.baselines.also)
    if not len(only_scored(study.parts, "unseen")):
        raise BlocktuneError(
            f"split.search {settings.split.search} takes all of split.final {settings.split.final}: no photographs are "
            "left that the search has not seen, so its optimism can't be measured; make search smaller, or use "
            "evaluation.protocol holdout"
        )
    winners = read_json(options.winners)
    candidates = [
        Candidate(
            name,
            entry["candidate"],
            tuple(entry["layers"]),
            entry["first"],
            entry["last"],
            Recipe(learning_rate=entry["learning_rate"]),
        )
        for name in strategy_columns(settings)
        # The further baselines take no part in the search
        if name not in further and (entry := winners[name])
    ]
    write_plan(options.output, study.plan("unseen", "search", LayerTable.read(options.layers), candidates))


def _optimism(options: Namespace) -> None:
    # Imported here: scipy takes seconds that no other command should wait for
    from ..analysis.optimism import optimism
    from ..analysis.optimism_words import optimism_markdown

    study = read_study(options.study)
    backbones = read_backbones(options.layers, study.titles)
    keys = [backbone.key for backbone in backbones]
    found = optimism(
        study,
        [[read_plan(file) for file in files] for files in by_repeat(options.plans, len(keys), "--plans")],
        [
            read_scores(files, "search", keys)
            for files in by_repeat(options.search_scores, len(keys), "--search-scores")
        ],
        metrics_by_run(options.runs),
        right_by_run(options.runs, study, study.unseen_by_the_search),
    )
    write_json(options.output, found)
    write_text(options.markdown, optimism_markdown(study, backbones, found))
