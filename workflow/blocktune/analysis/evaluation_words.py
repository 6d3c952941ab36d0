"""An evaluation as Markdown, for the terminal and for model cards."""

from typing import Any

from .classification import MOST_CLASSES, confused
from .markdown import escape, markdown_table

Record = dict[str, Any]


def evaluation_parts(found: Record) -> list[str]:
    """Return paragraphs and tables of what `classification.evaluation` returned."""
    low, high = found["interval"]
    rows = [
        [escape(label), str(entry["pictures"]), _share(entry["precision"]), _share(entry["recall"])]
        for label, entry in found["classes"].items()
    ]
    return [
        f"Accuracy {found['accuracy']:.4f} ({found['right']} of {found['pictures']}; 95 % interval {low:.4f} to "
        f"{high:.4f}). {calibration(found)}.",
        markdown_table(["Class", "Pictures", "Precision", "Recall"], rows),
        *_confusion(found),
    ]


def calibration(found: Record) -> str:
    """Return the calibration error beside what chance alone makes of it; evaluations of earlier versions lack that."""
    told = f"Calibration error {found['calibration_error']:.4f}"
    if "calibration_if_perfect" not in found:
        return told
    mean, most = found["calibration_if_perfect"]
    return (
        f"{told}; a perfectly calibrated classifier with these confidences shows {mean:.4f} on as many images (mean; "
        f"below {most:.4f} in 95 % of cases)"
    )


def _confusion(found: Record) -> list[str]:
    if len(found["labels"]) > MOST_CLASSES:
        often = [
            [escape(name), escape(taken_for), str(count)]
            for name, taken_for, count in confused(found["labels"], found["confusion"])
        ]
        return [
            "What is taken for what most often.",
            markdown_table(["Is", "Taken for", "Pictures"], often, text=(0, 1)),
        ]
    labels = [escape(label) for label in found["labels"]]
    rows = [[label, *map(str, row)] for label, row in zip(labels, found["confusion"], strict=True)]
    return ["Confusion: what is (rows) and what it is taken for (columns).", markdown_table(["", *labels], rows)]


def mistakes_table(mistakes: list[Record]) -> str:
    """Return the most confident mistakes as a table."""
    rows = [
        [escape(entry["picture"]), escape(entry["is"]), escape(entry["taken_for"]), f"{entry['probability']:.3f}"]
        for entry in mistakes
    ]
    return markdown_table(["Picture", "Is", "Taken for", "Probability"], rows, text=(0, 1, 2))


def _share(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"
