"""Repeats of a study: what stays the same, and how much better winners look where they were chosen."""

from pathlib import Path
from typing import Annotated

from ..candidates.candidate import planned
from ..candidates.recipe import Recipe
from ..data.prepared import only_scored
from ..errors import BlocktuneError
from ..files.answer import Optimism
from ..files.plain import write_text
from ..files.plan import Plan
from ..files.reliability import Reliability
from ..files.winners import Winners
from ..search.schedule import strategy_columns
from ..settings.model import MOST_REPEATS
from .report import Shown
from .shared import FiguresFile, Planning, by_repeat, records_by_run, right_by_run
from .signature import step


@step("planning")
def unseen(
    planning: Planning,
    winners: Annotated[Winners, "the search's winners"],
    output: Annotated[Path, "the plan to write"],
) -> None:
    """Plan the search's winners anew, on unseen images."""
    settings = planning.own_settings
    # A seed that no repeat has: else the winner would be the very training that was chosen
    settings = settings.model_copy(update={"seed": settings.seed + MOST_REPEATS})
    planner, further = planning.planner(settings), set(settings.baselines.also)
    if not len(only_scored(planner.parts, "unseen")):
        raise BlocktuneError(
            f"split.search {settings.split.search} takes all of split.final {settings.split.final}: no images are "
            "left that the search has not seen, so its optimism can't be measured; make search smaller, or use "
            "evaluation.protocol holdout"
        )
    candidates = [
        planned(entry, Recipe(learning_rate=entry.learning_rate))
        for name in strategy_columns(settings)
        # The further baselines take no part in the search
        if name not in further and (entry := winners.by_strategy[name])
    ]
    planner.plan("unseen", "search", planning.layers, candidates).write(output)


@step("report")
def optimism(
    shown: Shown,
    search_scores: Annotated[list[Path], "scores of the search: all backbones of the first repeat, then the next"],
    plans: Annotated[list[Plan], "plans made by `unseen`, in the same order"],
    runs: Annotated[list[Path], "records of their runs"],
    output: Annotated[Path, "the JSON file to write"],
    markdown: Annotated[Path, "the page to write"],
) -> None:
    """Say how much better winners look where they were chosen."""
    # Imported here: scipy takes seconds that no other command should wait for
    from ..analysis.optimism import optimism
    from ..analysis.optimism_words import optimism_page
    from ..document.markdown import render

    study, backbones = shown.study, shown.backbones
    count = len(backbones)
    found = optimism(
        study,
        by_repeat(plans, count, "--plans"),
        [shown.scores(files, "search") for files in by_repeat(search_scores, count, "--search-scores")],
        {run: record["metrics"] for run, record in records_by_run(runs).items()},
        right_by_run(runs, study, study.unseen_by_the_search),
    )
    Optimism(found).write(output)
    write_text(markdown, render(optimism_page(study, backbones, found)))


@step("report")
def reliability(
    shown: Shown,
    settings: Annotated[FiguresFile, "the figures' section of settings"],
    search_scores: Annotated[list[Path], "scores of the search: all backbones of the first repeat, then the next"],
    final_scores: Annotated[list[Path], "scores of the final runs, in the same order"],
    runs: Annotated[list[Path], "records of all final runs"],
    optimism: Annotated[Optimism, "what `optimism` wrote"],
    output: Annotated[Path, "the JSON file to write"],
    markdown: Annotated[Path, "the page to write"],
    figure_folder: Annotated[Path, "where the figures go"],
) -> None:
    """Compare the repeats of a study."""
    # Imported here: scipy and matplotlib take seconds that no other command should wait for
    from ..analysis.figures.draw import draw_repeated
    from ..analysis.reliability import Repeat, reliability
    from ..analysis.reliability_words import reliability_page
    from ..document.markdown import render

    study, backbones = shown.study, shown.backbones
    count = len(backbones)
    searches = [shown.scores(files, "search") for files in by_repeat(search_scores, count, "--search-scores")]
    finals = [shown.scores(files, "final") for files in by_repeat(final_scores, count, "--final-scores")]
    repeats = [Repeat(search, final) for search, final in zip(searches, finals, strict=True)]
    found = reliability(study, backbones, repeats, right_by_run(runs, study))
    Reliability(found).write(output)
    write_text(markdown, render(reliability_page(study, backbones, found, optimism.found)))
    draw_repeated(study, backbones, searches, finals, found["over_backbones"], figure_folder, settings.dpi)
