"""The plan of a stage for one backbone: its candidates, the runs they need, and the jobs that train them."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict
from typing_extensions import TypedDict

from .kind import JsonFile, left_out, part
from .spec import RunSpec

Training = tuple[str, int | None]
"""A run's id, and the epoch after which it pauses; None where it goes to its end."""

Ended = Literal["tolerance", "budget", "method"]
"""What ended a search by rounds: its answer is sure enough, the budget is spent, or the method asks for no more."""

ENDED: dict[Ended, str] = {
    "tolerance": "its answer is sure enough",
    "budget": "the budget is spent",
    "method": "it asks for nothing more",
}
"""The same in words."""


@part
class PlannedCandidate:
    """A candidate and the run that trains it."""

    strategy: Annotated[str, "key of the strategy that proposes it"]
    candidate: Annotated[int, "its number in the strategy's search order, from 1"]
    first: Annotated[int | None, "index of the first layer that it spans; None for one that spans none"]
    last: Annotated[int | None, "index of the last layer that it spans"]
    layers: Annotated[tuple[int, ...], "indices of its layers with weights, ascending"]
    names: Annotated[tuple[str, ...], "of these layers"]
    parameters: Annotated[int, "how many trainable weights these have (elements)"]
    run: Annotated[str, "id of the run"]


@part
class ScoredImages:
    """The images that score candidates."""

    images: Annotated[int, "how many there are"]
    largest_class: Annotated[
        int, "how many of them are in the largest class: what always guessing this class gets right"
    ]

    @property
    def guessing(self) -> float:
        """Accuracy of the best constant guess."""
        return self.largest_class / self.images

    def right(self, accuracy: float) -> int:
        """How many images a candidate of this accuracy classifies rightly."""
        return round(accuracy * self.images)


@part
class SearchState:
    """Where a search by rounds stands when a round is planned."""

    trainings: Annotated[int, "how many the search has trained"]
    budget: Annotated[int, "how many it may"]
    expected_loss: Annotated[
        float | None,
        "points of accuracy that its answer is expected to lose to the best arm; null where that is not known yet",
    ]
    ended: Annotated[Ended | None, "what ended it; null as long as it asks for more"]


def state_words(state: SearchState, number: int) -> str:
    """Say where a search by rounds stands.

    Args:
        state: where.
        number: of the round that is planned, from 1.
    """
    known = "" if state.expected_loss is None else f", expected loss {state.expected_loss:.2f} points"
    trained = f"{state.trainings} of at most {state.budget} trainings{known}"
    if state.ended is None:
        return f"round {number}: {trained}"
    return f"ended after {rounds_words(number - 1)}, as {ENDED[state.ended]}: {trained}"


def rounds_words(number: int) -> str:
    """Return how many rounds, in words."""
    return f"{number} round{'' if number == 1 else 's'}"


@part(kw_only=True)
class Planned(JsonFile):
    """Runs, and the jobs that train them: what every plan holds."""

    stage: Annotated[str, "what the runs are for"]
    backbone: Annotated[str, "key of the backbone in this repeat"]
    title: Annotated[str, "the backbone's name in tables and figures"]
    runs: Annotated[dict[str, RunSpec], "specification of each run, by its id"]
    pause_after: Annotated[
        int | None, "the epoch after which the runs pause, to be resumed by a later stage; None: at their end"
    ] = None
    jobs: Annotated[
        dict[str, tuple[str, ...]], "ids of the runs that each job trains one after the other, by the job's name"
    ]
    estimated_seconds: Annotated[int, "about how long all of them take on one processor core"]

    @property
    def trained_runs(self) -> set[str]:
        """Ids of the runs that the jobs train."""
        return {run for runs in self.jobs.values() for run in runs}

    @property
    def trainings(self) -> set[Training]:
        """What the jobs train: a run that pauses in several rounds is one training in each."""
        return {(run, self.pause_after) for run in self.trained_runs}

    @property
    def first_spec(self) -> RunSpec:
        """The specification of one of the runs, for what all of them have in common."""
        return next(iter(self.runs.values()))


@part(kw_only=True)
class Plan(Planned):
    """The plan of a stage for one backbone; candidates that unfreeze the same weights share one run.

    Stages are `search`, `rung1` and so on (rounds of halving), `round1` and so on (rounds of whole trainings; an empty
    one ends the search), `dependent` (what builds on the search's ranking), `final`, and `unseen` (the search's winners
    once more, scored on images that the search has not seen).
    """

    called: ClassVar[str] = "plan of a stage"
    place: ClassVar[str] = "results/plan/{backbone}/{stage}.json"
    writer: ClassVar[str] = "candidates, promote, ask, select, unseen"

    candidates: Annotated[
        tuple[PlannedCandidate, ...],
        "in search order, strategy after strategy; those that no job trains are listed, too",
    ]
    scored: Annotated[
        ScoredImages | None, "the images that score the search's candidates; not in plans of other stages"
    ] = left_out()
    state: Annotated[
        SearchState | None, "of a round of whole trainings: where the search stands; not in plans of other stages"
    ] = left_out()


class PlannedCell(TypedDict):
    """A cell of the factor study with a strategy and a seed, and the run that trains it.

    Beside these keys it has one for each factor that a run can vary: the level that the run has. A factor of one's own
    adds its key, so a cell is a dictionary, and open.
    """

    __pydantic_config__ = ConfigDict(extra="allow")

    factor: Annotated[str, "the factor that is varied; `grid` where all are"]
    level: Annotated[str, "its level, in words"]
    value: Annotated[int | float | None, "its level as a number, if it is one"]
    reference: Annotated[bool, "whether it is the reference that the factor's other levels are compared with"]
    strategy: Annotated[str, "what is unfrozen"]
    seed: Annotated[int, "of the run"]
    run: Annotated[str, "id of the run"]


@part(kw_only=True)
class ArmPlan(Planned):
    """The plan of an arm of the factor study: its cells with every strategy and seed, and the rows that runs see."""

    called: ClassVar[str] = "plan of an arm of the factor study"
    place: ClassVar[str] = "results/plan/{backbone}/factors/{arm}.json"
    writer: ClassVar[str] = "factor-plan"

    arm: Annotated[str, "key of the arm"]
    factor: Annotated[str, "what the arm varies; empty for the study's own images and weights"]
    level: Annotated[str, "the arm's level of it"]
    cells: Annotated[tuple[PlannedCell, ...], "every cell, strategy and seed with its run"]
    rows: Annotated[
        dict[str, tuple[int, ...]], "rows of the prepared images, by their digest in the runs' specifications"
    ]


def job_names(path: Path) -> list[str]:
    """Return the names of a plan's jobs, for the workflow.

    Raises:
        BlocktuneError: the file is no plan.
    """
    return list(read_plan(path).jobs)


def read_plan(path: Path) -> Plan | ArmPlan:
    """Read a plan of either kind: those of arms lie in a folder of their own.

    Raises:
        BlocktuneError: the file is no plan.
    """
    return (ArmPlan if path.parent.name == "factors" else Plan).read(path)
