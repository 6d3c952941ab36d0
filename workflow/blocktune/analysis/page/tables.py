"""The page's tables as plain data: what the template writes and a reader can sort."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...candidates.searched import SEARCHED
from ..classification import MOST_CLASSES, confused
from ..layers import Backbone
from ..paper import Comparison
from ..scores import Scores
from ..strategies import label
from ..study import Study
from ..table import DECIMALS, Table, best, number, praised, second_best, shown

Record = Mapping[str, Any]

_DECIMALS = 3
"""Of accuracies: the images leave the third uncertain."""


@dataclass(frozen=True)
class Entry:
    """A cell: what it says, what it is sorted by, and how it stands out (a class of the page's style)."""

    text: str
    sort: float | str | None = None
    mark: str = ""


@dataclass(frozen=True)
class HtmlTable:
    """A table: caption, heads of the columns, rows whose first cell is the row's head; `foot` stays below."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Entry]]
    foot: Sequence[Sequence[Entry]] = ()


def table_one(table: Table, caption: str) -> HtmlTable:
    """Return Table I with the best and the second best of each row marked."""
    rows = [
        [
            Entry(title),
            *_marked(
                [shown(cell, _DECIMALS) for cell in cells],
                [cell.accuracy for cell in cells],
                _marks(praised(cells), _DECIMALS),
            ),
        ]
        for title, cells in zip(table.titles, table.cells, strict=True)
    ]
    foot = []
    for summary in table.summaries():
        # Three decimals of a variance would be a zero
        decimals = DECIMALS if summary.name == "variance" else _DECIMALS
        texts = [number(value, decimals) or "n/a" for value in summary.values]
        marks = _marks(summary.praised, decimals, summary.lowest)
        foot.append([Entry(summary.name.capitalize()), *_marked(texts, summary.values, marks)])
    return HtmlTable(caption, ["Backbone", *map(label, table.strategies)], rows, foot)


def _marks(values: Sequence[float | None], decimals: int, lowest: bool = False) -> list[str]:
    first, second = best(values, lowest, decimals), second_best(values, lowest, decimals)
    return ["best" if place in first else "second" if place in second else "" for place in range(len(values))]


def _marked(texts: Sequence[str], values: Sequence[float | None], marks: Sequence[str]) -> list[Entry]:
    return [Entry(text, value, mark) for text, value, mark in zip(texts, values, marks, strict=True)]


def versus_paper(comparison: Sequence[Comparison]) -> HtmlTable:
    """Return our cells beside the paper's; the sign and the colour say which is higher."""
    rows = []
    for row in comparison:
        difference = row.difference
        mark = "" if difference is None or not difference else "higher" if difference > 0 else "lower"
        rows.append(
            [
                Entry(row.backbone),
                Entry(label(row.strategy)),
                Entry(number(row.ours, _DECIMALS), row.ours),
                Entry(number(row.paper, _DECIMALS), row.paper),
                Entry("" if difference is None else f"{100 * difference:+.1f}", difference, mark),
            ]
        )
    heads = ["Backbone", "Strategy", "Ours", "Paper", "Difference in points"]
    return HtmlTable("Our accuracies beside those that the paper prints in Table I", heads, rows)


def candidates(study: Study, backbone: Backbone, search: Scores) -> HtmlTable:
    """Return every trained candidate of a search over layers, blocks, windows and tails; the loss where that chose."""
    by_loss = study.choose_by == "loss"
    rows = []
    for strategy in SEARCHED:
        for score in search.arms(backbone.key, strategy):
            first, last = backbone.layer_name(score.first) or "", backbone.layer_name(score.last) or ""
            types = {backbone.layers[index].type for index in _span(score.first, score.last)}
            rows.append(
                [
                    Entry(f"{label(strategy)} {score.candidate}", f"{strategy} {score.candidate:04d}"),
                    Entry(first if first == last else f"{first} to {last}", score.first),
                    Entry(", ".join(sorted(types))),
                    Entry(f"{score.parameters:,}", score.parameters),
                    Entry("diverged" if score.accuracy is None else number(score.accuracy, _DECIMALS), score.accuracy),
                    Entry(str(score.epochs or study.epochs), score.epochs or study.epochs),
                    *([Entry(f"{score.learning_rate:g}", score.learning_rate)] if study.rates else []),
                    *([Entry(number(score.loss, 4), score.loss)] if by_loss else []),
                ]
            )
    heads = ["Candidate", "Layers", "Types", "Parameters", "Accuracy", "Epochs"]
    heads += ["Learning rate"] if study.rates else []
    heads += ["Validation loss (lower is better)"] if by_loss else []
    return HtmlTable(
        f"{backbone.title}: every candidate that the search trained{_tried(study, backbone, search)}", heads, rows
    )


def _tried(study: Study, backbone: Backbone, search: Scores) -> str:
    """How many candidates those are, of how many, where not all of them were tried."""
    if study.candidates is None or study.method != "exhaustive":
        return ""
    counts = [(kind.tried or kind.many, *search.tried(backbone.key, key)) for key, kind in SEARCHED.items()]
    return f" ({', '.join(f'{tried} of {of} {name}' for name, tried, of in counts if of)})"


def _span(first: int | None, last: int | None) -> Iterable[int]:
    return range(first, last + 1) if first is not None and last is not None else ()


def costs(study: Study, backbone: Backbone, final: Scores, records: Mapping[str, Record]) -> HtmlTable:
    """Return what the final runs of a backbone trained and took."""
    rows = []
    for strategy in study.strategies:
        winner = final.winner(backbone.key, strategy)
        if winner is None:
            continue
        resources = records[winner.run]["resources"]
        seconds, memory = resources.get("cpu_seconds"), resources.get("peak_memory_mb")
        rows.append(
            [
                Entry(label(strategy)),
                Entry(f"{winner.weighted_layers}", winner.weighted_layers),
                Entry(f"{winner.parameters:,}", winner.parameters),
                Entry("n/a" if seconds is None else f"{seconds:.0f}", seconds),
                Entry("n/a" if memory is None else f"{memory:.0f}", memory),
            ]
        )
    heads = ["Strategy", "Layers tuned", "Parameters tuned", "Processor seconds", "Peak memory in MB"]
    return HtmlTable(f"{backbone.title}: what the final runs took", heads, rows)


def confusion(title: str, found: Record) -> HtmlTable:
    """Return a confusion matrix: rows are what is, columns what it is taken for; darker is more.

    Of many classes only what is confused most often.
    """
    if len(found["labels"]) > MOST_CLASSES:
        often = confused(found["labels"], found["confusion"])
        listed = [[Entry(name), Entry(taken_for), Entry(str(count), count)] for name, taken_for, count in often]
        return HtmlTable(f"{title}: what is taken for what most often", ["Is", "Taken for", "Pictures"], listed)
    rows = []
    for name, counts in zip(found["labels"], found["confusion"], strict=True):
        whole = max(1, sum(counts))
        rows.append([Entry(name), *(Entry(str(count), count, f"share{_tenth(count, whole)}") for count in counts)])
    return HtmlTable(f"{title}: what is (rows) and what it is taken for (columns)", ["Is", *found["labels"]], rows)


def _tenth(count: int, whole: int) -> int:
    """A share in tenths, rounded up: a single mistake is not nothing."""
    return -(-10 * count // whole)


def classes(title: str, found: Record) -> HtmlTable:
    """Return precision and recall of every class."""
    rows = [
        [Entry(name), Entry(str(entry["pictures"]), entry["pictures"]), *(_share(entry[key]) for key in _RATES)]
        for name, entry in found["classes"].items()
    ]
    return HtmlTable(f"{title}: class by class", ["Class", "Pictures", "Precision", "Recall"], rows)


_RATES = ("precision", "recall")


def _share(value: float | None) -> Entry:
    return Entry("n/a" if value is None else f"{value:.3f}", value)
