"""An evaluation as Markdown, for the terminal and for model cards."""

from typing import Any

from .markdown import escape, markdown_table

Record = dict[str, Any]


def evaluation_parts(found: Record) -> list[str]:
    """Return paragraphs and tables of what `classification.evaluation` returned."""
    low, high = found["interval"]
    rows = [
        [escape(label), str(entry["pictures"]), _share(entry["precision"]), _share(entry["recall"])]
        for label, entry in found["classes"].items()
    ]
    labels = [escape(label) for label in found["labels"]]
    confusion = [[label, *map(str, row)] for label, row in zip(labels, found["confusion"], strict=True)]
    return [
        f"Accuracy {found['accuracy']:.4f} ({found['right']} of {found['pictures']}; 95 % interval {low:.4f} to "
        f"{high:.4f}). Calibration error {found['calibration_error']:.4f}.",
        markdown_table(["Class", "Pictures", "Precision", "Recall"], rows),
        "Confusion: what is (rows) and what it is taken for (columns).",
        markdown_table(["", *labels], confusion),
    ]


def mistakes_table(mistakes: list[Record]) -> str:
    """Return the most confident mistakes as a table."""
    rows = [
        [escape(entry["picture"]), escape(entry["is"]), escape(entry["taken_for"]), f"{entry['probability']:.3f}"]
        for entry in mistakes
    ]
    return markdown_table(["Picture", "Is", "Taken for", "Probability"], rows, text=(0, 1, 2))


def _share(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"
