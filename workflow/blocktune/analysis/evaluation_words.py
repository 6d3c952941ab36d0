"""An evaluation as blocks, for the terminal, for model cards and for the report."""

from ..document.blocks import Block, Cell, Table
from ..files.model import Evaluation, Mistake
from .classification import MOST_CLASSES, confused


def evaluation_parts(found: Evaluation) -> list[Block]:
    """Return paragraphs and tables of what `classification.evaluation` returned."""
    low, high = found["interval"]
    return [
        f"Accuracy {found['accuracy']:.4f} ({found['right']} of {found['pictures']}; 95 % interval {low:.4f} to "
        f"{high:.4f}). {calibration(found)}.",
        classes_table(found),
        confusion_table(found, "Confusion matrix", corner=""),
    ]


def calibration(found: Evaluation) -> str:
    """Return the calibration error beside what chance alone makes of it; evaluations of earlier versions lack that."""
    told = f"Calibration error {found['calibration_error']:.4f}"
    if "calibration_if_perfect" not in found:
        return told
    mean, most = found["calibration_if_perfect"]
    return (
        f"{told}; a perfectly calibrated classifier with these confidences shows {mean:.4f} on as many images (mean; "
        f"below {most:.4f} in 95 % of cases)"
    )


def classes_table(found: Evaluation, caption: str = "") -> Table:
    """Return precision and recall of every class."""
    rows = [
        [name, Cell(str(entry["pictures"]), entry["pictures"]), _share(entry["precision"]), _share(entry["recall"])]
        for name, entry in found["classes"].items()
    ]
    return Table(["Class", "Images", "Precision", "Recall"], rows, caption)


def confusion_table(found: Evaluation, what: str, corner: str = "True class") -> Table:
    """Return a confusion matrix, darker is more in the report; of many classes only what is confused most often.

    `what` begins the caption, and `corner` is the head of the rows' heads.
    """
    if len(found["labels"]) > MOST_CLASSES:
        often = [[*names, str(count)] for *names, count in confused(found["labels"], found["confusion"])]
        return Table(
            ["True class", "Predicted class", "Images"], often, f"{what}: the most frequent confusions", text=(0, 1)
        )
    rows = []
    for name, counts in zip(found["labels"], found["confusion"], strict=True):
        whole = max(1, sum(counts))
        # A share in tenths, rounded up: a single mistake is not nothing
        rows.append([name, *(Cell(str(count), mark=f"share{-(-10 * count // whole)}") for count in counts)])
    return Table([corner, *found["labels"]], rows, f"{what}: true classes (rows) and predicted classes (columns)")


def mistakes_table(mistakes: list[Mistake]) -> Table:
    """Return the most confident mistakes as a table."""
    rows = [[entry["picture"], entry["is"], entry["taken_for"], f"{entry['probability']:.3f}"] for entry in mistakes]
    return Table(["Image", "True class", "Predicted class", "Probability"], rows, text=(0, 1, 2))


def _share(value: float | None) -> Cell:
    return Cell("n/a" if value is None else f"{value:.3f}", value)
