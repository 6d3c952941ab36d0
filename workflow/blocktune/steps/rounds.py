"""A search that trains whole candidates round by round: `ask` plans a round, `answer` says what all of them found."""

from dataclasses import replace
from pathlib import Path

from ..files.layers import LayerTable
from ..files.plan import ENDED, Plan, state_words
from ..files.rounds_scores import RoundsScores, chance_words
from ..search.by_rounds import RoundSearch
from ..search.rounds_found import rounds_found
from .shared import Planning, SettingsFile, records_by_run
from .signature import step


@step("planning")
def ask(planning: Planning, plan: Plan, runs: list[Path], round: int, output: Path, rounds: list[Plan] = ()) -> None:
    """Plan a round of a search; an empty one ends it.

    Args:
        planning: a backbone in a repeat, ready to plan runs of
        plan: the search's plan
        runs: records of the search's runs, and of all rounds before
        round: which round, counted from 1
        output: the round's plan to write
        rounds: plans of the rounds before, in order
    """
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
    layers: LayerTable,
    plan: Plan,
    rounds: list[Plan],
    runs: list[Path],
    output: Path,
) -> None:
    """Say what a search by rounds found.

    Args:
        settings: the study's settings
        layers: the backbone's layer table
        plan: the search's plan
        rounds: plans of all rounds, in order; the last one is empty
        runs: records of the search's runs and of all rounds
        output: what was found, to write
    """
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
