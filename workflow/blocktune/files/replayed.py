"""What search methods came to that were replayed on tables of arms."""

from typing import ClassVar, Literal, NotRequired

from .kind import Closed, JsonFile, part


class ReplayedCell(Closed):
    """A method in a cell, means over its replays.

    Attributes:
        out_of_seed_regret_points: the oracle's accuracy minus the answer's, over the seeds that were not trained with.
        cost_share: its processor seconds over those of the exhaustive search with one seed at one rate; null for the
            oracle.
        beats_probe_share: how often it beats the linear probe; null without one.
        accuracy: of the answer, over the seeds that were not trained with.
        model_accuracy: of the model that is taken home, the answer's training with the study's own seed.
        answer: the arm that it chose most often.
        replays: how many there were; not of what needs no search.
        answer_share: how often it chose that arm; not of what needs no search.
    """

    out_of_seed_regret_points: float
    cost_share: float | None
    beats_probe_share: float | None
    accuracy: float
    model_accuracy: float
    answer: str
    replays: NotRequired[int]
    answer_share: NotRequired[float]


class ReplayedMethod(Closed):
    """A method, means over cells.

    Attributes:
        out_of_seed_regret_points: as in a cell.
        interval: 95 % interval of that over cells; null with fewer than five.
        cost_share: as in a cell.
        beats_probe_share: as in a cell.
        accuracy: as in a cell.
        model_accuracy: as in a cell.
        cells: the same of each cell, by its name.
    """

    out_of_seed_regret_points: float
    interval: list[float] | None
    cost_share: float | None
    beats_probe_share: float | None
    accuracy: float | None
    model_accuracy: float | None
    cells: dict[str, ReplayedCell]


class CellFacts(Closed):
    """A cell.

    Attributes:
        arms: how many it has.
        seeds: how many it has.
        truth: the images whose accuracy is the truth.
        images: how many these are.
        exhaustive_cpu_seconds: processor seconds of the exhaustive search with one seed at one rate.
    """

    arms: int
    seeds: int
    truth: Literal["test", "validation"]
    images: int
    exhaustive_cpu_seconds: float


@part
class Replayed(JsonFile):
    """Search methods side by side on tables of arms.

    Attributes:
        methods: each of them, by its name and what it may use.
        oracle: the arms that are best over all seeds.
        probe: the linear probe; null where a cell has none.
        cells: facts on each, by its name.
        replays: how often at least each method searched in each cell.
    """

    called: ClassVar[str] = "list of replayed searches"
    place: ClassVar[str] = "{name}.json"
    writer: ClassVar[str] = "replay"

    methods: dict[str, ReplayedMethod]
    oracle: ReplayedMethod
    probe: ReplayedMethod | None
    cells: dict[str, CellFacts]
    replays: int
