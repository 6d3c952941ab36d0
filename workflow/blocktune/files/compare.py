"""What DVC compares between versions of a study: Table I by key, and Table I, ranking and histories as long tables."""

from typing import ClassVar

from .kind import CsvFile, JsonFile, part


@part
class ComparedTable(JsonFile):
    """Table I by key, since a label may change. The file is this mapping itself.

    Attributes:
        accuracies: of each backbone, by its key, and `mean` and `variance` over all: the number of each strategy.
    """

    called: ClassVar[str] = "comparison of accuracies by key"
    place: ClassVar[str] = "results/compare/table1.json"
    writer: ClassVar[str] = "compare"
    root: ClassVar[str] = "accuracies"

    accuracies: dict[str, dict[str, float | None]]


@part
class ComparedCell(CsvFile):
    """A cell of Table I.

    Attributes:
        series: key of the backbone and key of the strategy, with a space between them.
        backbone: key of the backbone.
        strategy: key of the strategy.
        accuracy: of its final run; empty if it diverged.
    """

    called: ClassVar[str] = "comparison of accuracies"
    place: ClassVar[str] = "results/compare/table1.csv"
    writer: ClassVar[str] = "compare"

    series: str
    backbone: str
    strategy: str
    accuracy: float | None


@part
class ComparedRank(CsvFile):
    """A candidate of the search, best first within its strategy.

    Attributes:
        series: key of the backbone and key of the strategy, with a space between them.
        rank: 1 for the best of the strategy.
        accuracy: on the validation set; empty if it diverged.
        first: index of the first layer that it spans; empty for one that spans none.
        last: index of the last layer that it spans.
        run: id of the run.
    """

    called: ClassVar[str] = "comparison of rankings"
    place: ClassVar[str] = "results/compare/ranking.csv"
    writer: ClassVar[str] = "compare"

    series: str
    rank: int
    accuracy: float | None
    first: int | None
    last: int | None
    run: str


@part
class ComparedEpoch(CsvFile):
    """An epoch of a final run that was validated.

    Attributes:
        series: key of the backbone and key of the strategy, with a space between them.
        run: id of the run.
        epoch: its number, from 1.
        accuracy: on the training set, mean over the epoch.
        loss: there, mean over the epoch.
        val_accuracy: on the validation set after the epoch.
        val_loss: there, after the epoch.
    """

    called: ClassVar[str] = "comparison of histories"
    place: ClassVar[str] = "results/compare/histories.csv"
    writer: ClassVar[str] = "compare"

    series: str
    run: str
    epoch: int
    accuracy: float
    loss: float
    val_accuracy: float
    val_loss: float | None
