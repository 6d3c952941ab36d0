"""A search that trains whole candidates round by round: `ask` plans a round, `answer` says what all of them found."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from ..files.layers import LayerTable
from ..files.plan import ENDED, Plan, state_words
from ..files.rounds_scores import RoundsScores, chance_words
from ..search.by_rounds import RoundSearch
from ..search.rounds_found import rounds_found
from .shared import Planning, SettingsFile, records_by_run
from .signature import step


@step("planning")
def ask(
    planning: Planning,
    plan: Annotated[Plan, "the search's plan"],
    runs: Annotated[list[Path], "records of the search's runs, and of all rounds before"],
    round: Annotated[int, "which round, counted from 1"],
    output: Annotated[Path, "the round's plan to write"],
    rounds: Annotated[list[Plan], "plans of the rounds before, in order"] = (),
) -> None:
    """Plan a round of a search; an empty one ends it."""
    search = RoundSearch(plan, planning.layers, planning.own_settings, rounds, records_by_run(runs))
    asked = search.ask()
    state = search.state(asked)
    planned = planning.planner().plan(f"round{round}", "search", planning.layers, search.candidates(asked))
    replace(planned, state=state).write(output)
    print(f"{plan.backbone}: {planning.own_settings.search.method}: {state_words(state, round)}")
    arms = search.known.arms
    for one in sorted(asked):
        print(f"{plan.backbone}: round {round} trains {arms[one.arm].name} with seed {one.seed}")


@step("planning")
def answer(
    settings: SettingsFile,
    layers: Annotated[LayerTable, "the backbone's layer table"],
    plan: Annotated[Plan, "the search's plan"],
    rounds: Annotated[list[Plan], "plans of all rounds, in order; the last one is empty"],
    runs: Annotated[list[Path], "records of the search's runs and of all rounds"],
    output: Annotated[Path, "what was found, to write"],
) -> None:
    """Say what a search by rounds found."""
    trained = [one for one in rounds if one.jobs]
    found = rounds_found(RoundSearch(plan, layers, settings, trained, records_by_run(runs)))
    found.write(output)
    for said in _words(found, plan):
        print(f"{plan.backbone}: {found.method}: {said}")


def _words(found: RoundsScores, plan: Plan) -> list[str]:
    """What was found, for the log."""
    numbers = {(entry.strategy, entry.run): entry.candidate for entry in reversed(plan.candidates)}
    said = [f"ended after {found.trainings} of at most {found.budget} trainings: {ENDED[found.ended]}"]
    for entry in found.strategies:
        if entry.expected_loss is None:
            return [*said, "every training diverged"]
        which, alike = f"{entry.strategy} {numbers[entry.strategy, entry.run]}", len(entry.alike)
        other = entry.loss_on_other_images
        elsewhere = "" if other is None else f" ({other:.2f} on other images)"
        said.append(
            f"{which} is expected to lose {entry.expected_loss:.2f} points{elsewhere} to the best arm, and is that "
            f"with probability {chance_words(entry.chance)}; {alike} arms can't be told apart from the best "
            f"{entry.strategy}"
        )
    return said
