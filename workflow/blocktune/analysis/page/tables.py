"""The page's tables of numbers that a reader can sort."""

from collections.abc import Mapping, Sequence

from ...candidates.searched import SEARCHED
from ...document.blocks import Block, Cell, Paragraph, Table
from ...files.record import RunRecord
from ...files.study import Study
from ..layers import Network
from ..paper import NOTHING_BESIDE, Comparison
from ..scores import Scores
from ..strategies import label
from ..table import number

DECIMALS = 3
"""Of accuracies: the images leave the third uncertain."""

_MISPRINT = "MobileNet's BW in the paper, 0.877389, is a misprint of 966 / 1101 = 0.877384."


def versus_paper(comparison: Sequence[Comparison]) -> list[Block]:
    """Return our cells beside the paper's, and what keeps the two from being like for like."""
    if not comparison:
        return [NOTHING_BESIDE]
    differing = sorted({f"{row.backbone}: {row.differs_in}" for row in comparison if row.differs_in})
    misprint = any(row.paper_backbone == "MobileNet" and row.strategy == "bw" for row in comparison)
    notes = [f"Not like for like. {'. '.join(differing)}."] * bool(differing) + [_MISPRINT] * misprint
    rows = []
    for row in comparison:
        # The sign and the colour say which is higher
        difference = row.difference
        mark = "" if difference is None or not difference else "higher" if difference > 0 else "lower"
        rows.append(
            [
                row.backbone,
                label(row.strategy),
                Cell(number(row.ours, DECIMALS), row.ours),
                Cell(number(row.paper, DECIMALS), row.paper),
                Cell("" if difference is None else f"{100 * difference:+.1f}", difference, mark),
            ]
        )
    heads = ["Backbone", "Strategy", "Ours", "Paper", "Difference in points"]
    table = Table(heads, rows, "Our accuracies compared with those that the paper prints in Table I", text=(0, 1))
    return [*(Paragraph(note, "note") for note in notes), table]


def candidates(study: Study, backbone: Network, search: Scores) -> Table:
    """Return every trained candidate of a search by strategy; the loss where that chose."""
    by_loss = study.choose_by == "loss"
    rows = []
    for strategy in SEARCHED:
        for score in search.arms(backbone.key, strategy):
            first, last = backbone.layer_name(score.first) or "", backbone.layer_name(score.last) or ""
            layers = [] if score.first is None else backbone.layers[score.first : score.last + 1]
            rows.append(
                [
                    Cell(f"{label(strategy)} {score.candidate}", f"{strategy} {score.candidate:04d}"),
                    Cell(first if first == last else f"{first} to {last}", score.first),
                    ", ".join(sorted({layer.type for layer in layers})),
                    Cell(f"{score.parameters:,}", score.parameters),
                    Cell("diverged" if score.accuracy is None else number(score.accuracy, DECIMALS), score.accuracy),
                    Cell(str(score.epochs or study.epochs), score.epochs or study.epochs),
                    *([Cell(f"{score.learning_rate:g}", score.learning_rate)] if study.rates else []),
                    *([Cell(number(score.loss, 4), score.loss)] if by_loss else []),
                ]
            )
    heads = ["Candidate", "Layers", "Types", "Parameters", "Accuracy", "Epochs"]
    heads += ["Learning rate"] if study.rates else []
    heads += ["Validation loss (lower is better)"] if by_loss else []
    caption = f"{backbone.title}: every candidate that the search trained{_tried(study, backbone, search)}"
    return Table(heads, rows, caption, text=(0, 1, 2))


def _tried(study: Study, backbone: Network, search: Scores) -> str:
    """How many candidates those are, of how many, where not all of them were tried."""
    if (study.candidates is None and study.merged is None) or study.method != "exhaustive":
        return ""
    counts = [(kind.tried or kind.many, *search.tried(backbone.key, key)) for key, kind in SEARCHED.items()]
    return f" ({', '.join(f'{tried} of {of} {name}' for name, tried, of in counts if of)})"


def costs(study: Study, backbone: Network, final: Scores, records: Mapping[str, RunRecord]) -> Table:
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
                label(strategy),
                Cell(f"{winner.weighted_layers}", winner.weighted_layers),
                Cell(f"{winner.parameters:,}", winner.parameters),
                Cell("n/a" if seconds is None else f"{seconds:.0f}", seconds),
                Cell("n/a" if memory is None else f"{memory:.0f}", memory),
            ]
        )
    heads = ["Strategy", "Layers unfrozen", "Parameters unfrozen", "Processor seconds", "Peak memory in MB"]
    return Table(heads, rows, f"{backbone.title}: what the final runs took")
