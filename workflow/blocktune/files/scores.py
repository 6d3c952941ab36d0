"""The scores of candidates: one row per strategy and candidate."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .kind import CsvFile, part


@part
class ScoreRow(CsvFile):
    """A candidate with its score and its rank within its strategy."""

    called: ClassVar[str] = "table of scores"
    place: ClassVar[str] = "results/{search,final}/{backbone}/scores.csv"
    writer: ClassVar[str] = "scores"

    backbone: Annotated[str, "key of the backbone"]
    title: Annotated[str, "the backbone's name in tables and figures"]
    stage: Annotated[Literal["search", "final"], "what the run was for"]
    strategy: Annotated[str, "key of the strategy"]
    candidate: Annotated[int, "number in the strategy's search order, from 1; the search starts at the head's end"]
    first: Annotated[int | None, "index of the first layer that it spans; empty for one that spans none"]
    last: Annotated[int | None, "index of the last layer that it spans"]
    names: Annotated[str, "its layers with weights, from input to head, with semicolons between them"]
    weighted_layers: Annotated[int, "how many these are"]
    parameters: Annotated[int, "how many trainable weights they have (elements)"]
    run: Annotated[str, "id of the run"]
    accuracy: Annotated[
        Annotated[float, Field(ge=0, le=1)] | None,
        "share of the images classified rightly; empty for some diverged runs",
    ]
    diverged: Annotated[bool, "1 if the run has no score because its loss left the numbers, else 0"]
    rank: Annotated[int | None, "1 for the best of the strategy"]
    learning_rate: Annotated[float | None, "what it was trained at; empty if nothing was trained by steps"] = None
    loss: Annotated[float | None, "on the validation images, after temperature scaling; empty if unknown"] = None
