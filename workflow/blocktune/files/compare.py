"""What DVC compares between versions of a study: Table I by key, and Table I, ranking and histories as long tables."""

from typing import Annotated, ClassVar

from .kind import CsvFile, JsonFile, part


@part
class ComparedTable(JsonFile):
    """Table I by key, since a label may change. The file is this mapping itself."""

    called: ClassVar[str] = "comparison of accuracies by key"
    place: ClassVar[str] = "results/compare/table1.json"
    writer: ClassVar[str] = "compare"
    root: ClassVar[str] = "accuracies"

    accuracies: Annotated[
        dict[str, dict[str, float | None]],
        "of each backbone, by its key, and `mean` and `variance` over all: the number of each strategy",
    ]


@part
class ComparedCell(CsvFile):
    """A cell of Table I."""

    called: ClassVar[str] = "comparison of accuracies"
    place: ClassVar[str] = "results/compare/table1.csv"
    writer: ClassVar[str] = "compare"

    series: Annotated[str, "key of the backbone and key of the strategy, with a space between them"]
    backbone: Annotated[str, "key of the backbone"]
    strategy: Annotated[str, "key of the strategy"]
    accuracy: Annotated[float | None, "of its final run; empty if it diverged"]


@part
class ComparedRank(CsvFile):
    """A candidate of the search, best first within its strategy."""

    called: ClassVar[str] = "comparison of rankings"
    place: ClassVar[str] = "results/compare/ranking.csv"
    writer: ClassVar[str] = "compare"

    series: Annotated[str, "key of the backbone and key of the strategy, with a space between them"]
    rank: Annotated[int, "1 for the best of the strategy"]
    accuracy: Annotated[float | None, "on the validation set; empty if it diverged"]
    first: Annotated[int | None, "index of the first layer that it spans; empty for one that spans none"]
    last: Annotated[int | None, "index of the last layer that it spans"]
    run: Annotated[str, "id of the run"]


@part
class ComparedEpoch(CsvFile):
    """An epoch of a final run that was validated."""

    called: ClassVar[str] = "comparison of histories"
    place: ClassVar[str] = "results/compare/histories.csv"
    writer: ClassVar[str] = "compare"

    series: Annotated[str, "key of the backbone and key of the strategy, with a space between them"]
    run: Annotated[str, "id of the run"]
    epoch: Annotated[int, "its number, from 1"]
    accuracy: Annotated[float, "on the training set, mean over the epoch"]
    loss: Annotated[float, "there, mean over the epoch"]
    val_accuracy: Annotated[float, "on the validation set after the epoch"]
    val_loss: Annotated[float | None, "there, after the epoch"]
