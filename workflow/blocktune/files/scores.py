"""The scores of candidates: one row per strategy and candidate."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .kind import CsvFile, part


@part
class ScoreRow(CsvFile):
    """A candidate with its score and its rank within its strategy.

    Attributes:
        backbone: key of the backbone.
        title: the backbone's name in tables and figures.
        stage: what the run was for.
        strategy: key of the strategy.
        candidate: number in the strategy's search order, from 1; the search starts at the head's end.
        first: index of the first layer that it spans; empty for one that spans none.
        last: index of the last layer that it spans.
        names: its layers with weights, from input to head, with semicolons between them.
        weighted_layers: how many these are.
        parameters: how many trainable weights they have (elements).
        run: id of the run.
        accuracy: share of the images classified rightly; empty for some diverged runs.
        diverged: 1 if the run has no score because its loss left the numbers, else 0.
        rank: 1 for the best of the strategy.
        learning_rate: what it was trained at; empty if nothing was trained by steps.
        loss: on the validation images, after temperature scaling; empty if unknown.
    """

    called: ClassVar[str] = "table of scores"
    place: ClassVar[str] = "results/{search,final}/{backbone}/scores.csv"
    writer: ClassVar[str] = "scores"

    backbone: str
    title: str
    stage: Literal["search", "final"]
    strategy: str
    candidate: int
    first: int | None
    last: int | None
    names: str
    weighted_layers: int
    parameters: int
    run: str
    accuracy: Annotated[float, Field(ge=0, le=1)] | None
    diverged: bool
    rank: int | None
    learning_rate: float | None = None
    loss: float | None = None
