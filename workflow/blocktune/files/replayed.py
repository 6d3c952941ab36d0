"""What search methods came to that were replayed on tables of arms."""

from typing import Annotated, ClassVar, Literal, NotRequired

from .kind import Closed, JsonFile, part


class ReplayedCell(Closed):
    """A method in a cell, means over its replays."""

    out_of_seed_regret_points: Annotated[
        float, "the oracle's accuracy minus the answer's, over the seeds that were not trained with"
    ]
    cost_share: Annotated[
        float | None,
        "its processor seconds over those of the exhaustive search with one seed at one rate; null for the oracle",
    ]
    beats_probe_share: Annotated[float | None, "how often it beats the linear probe; null without one"]
    accuracy: Annotated[float, "of the answer, over the seeds that were not trained with"]
    model_accuracy: Annotated[float, "of the model that is taken home, the answer's training with the study's own seed"]
    answer: Annotated[str, "the arm that it chose most often"]
    replays: Annotated[NotRequired[int], "how many there were; not of what needs no search"]
    answer_share: Annotated[NotRequired[float], "how often it chose that arm; not of what needs no search"]


class ReplayedMethod(Closed):
    """A method, means over cells."""

    out_of_seed_regret_points: Annotated[float, "as in a cell"]
    interval: Annotated[list[float] | None, "95 % interval of that over cells; null with fewer than five"]
    cost_share: Annotated[float | None, "as in a cell"]
    beats_probe_share: Annotated[float | None, "as in a cell"]
    accuracy: Annotated[float | None, "as in a cell"]
    model_accuracy: Annotated[float | None, "as in a cell"]
    cells: Annotated[dict[str, ReplayedCell], "the same of each cell, by its name"]


class CellFacts(Closed):
    """A cell."""

    arms: Annotated[int, "how many it has"]
    seeds: Annotated[int, "how many it has"]
    truth: Annotated[Literal["test", "validation"], "the images whose accuracy is the truth"]
    images: Annotated[int, "how many these are"]
    exhaustive_cpu_seconds: Annotated[float, "processor seconds of the exhaustive search with one seed at one rate"]


@part
class Replayed(JsonFile):
    """Search methods side by side on tables of arms."""

    called: ClassVar[str] = "list of replayed searches"
    place: ClassVar[str] = "{name}.json"
    writer: ClassVar[str] = "replay"

    methods: Annotated[dict[str, ReplayedMethod], "each of them, by its name and what it may use"]
    oracle: Annotated[ReplayedMethod, "the arms that are best over all seeds"]
    probe: Annotated[ReplayedMethod | None, "the linear probe; null where a cell has none"]
    cells: Annotated[dict[str, CellFacts], "facts on each, by its name"]
    replays: Annotated[int, "how often at least each method searched in each cell"]
