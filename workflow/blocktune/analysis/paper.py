"""Our Table I beside the paper's, with what keeps the two from being like for like."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ..cells import cell, csv_text
from ..files.study import Study
from .layers import Network
from .protocol import weights_words
from .table import Table, number

PAPERS_DATASET = "tf_flowers"
NOTHING_BESIDE = "This study has other images or backbones than the paper, so there is no comparison."
_IMAGES = {"search": 367, "final": 2569, "validation": 1101}
_WORDS = {
    "data.image_size": "{} px",
    "pixels.range": "preprocessing {}",
    "training.epochs": "{} epochs",
    "training.batch_size": "batch {}",
    "training.batch_norm": "BatchNormalization {}",
    "training.counts": "epoch selection {}",
    "search.method": "search by {}",
    "search.budget": "at most {} trainings of the search",
    "search.tolerance": "search until {} points are expected to be lost",
    "search.seeds": "at most {} seeds of a candidate",
    "search.rates": "learning rate of {}, chosen for each strategy on validation",
    "search.candidates": "at most {} candidates of each strategy",
    "search.span_blocks": "spans of at most {} merged blocks",
    "evaluation.choose_by": "winners chosen by validation {}",
}
"""Settings that have words of their own; every other one is told by its key."""


@dataclass(frozen=True)
class Comparison:
    """One cell of Table I, ours and the paper's.

    Attributes:
        backbone: Our backbone's title.
        strategy: Key of the strategy.
        ours: Our accuracy, None if there is none.
        paper: The paper's accuracy, as printed.
        paper_backbone: The paper's name of the backbone.
        differs_in: What differs from the paper's conditions.
    """

    backbone: str
    strategy: str
    ours: float | None
    paper: float
    paper_backbone: str
    differs_in: str

    @property
    def difference(self) -> float | None:
        """Ours less the paper's, None if ours is missing."""
        return None if self.ours is None else self.ours - self.paper


def paper_values() -> dict[str, dict[str, float]]:
    """Return the accuracies that the paper prints in Table I, by backbone and strategy.

    MobileNet's 0.877389 under BW is a misprint of 966 / 1101 = 0.877384; it is kept as printed.
    """
    text = resources.files(__package__).joinpath("paper_table1.csv").read_text(encoding="utf-8")
    return {
        row.pop("backbone"): {strategy: float(value) for strategy, value in row.items()}
        for row in csv.DictReader(io.StringIO(text))
    }


def differs_in(study: Study, backbone: Network) -> str:
    """Return what differs from the paper's conditions, joined by `; `, empty if nothing recorded does."""
    found = []
    if backbone.alpha not in (None, 1):
        found.append(f"alpha {backbone.alpha:g}")
    if words := weights_words(backbone):
        found.append(words)
    if study.holdout:
        found.append("images {search}/{final}/{validation}, tested on {test} others".format(**study.images))
    elif dict(study.images) != _IMAGES:
        found.append("images {search}/{final}/{validation}".format(**study.images))
    found += [_setting(key, value) for key, value in study.changes.items()]
    return "; ".join(found)


def _setting(key: str, value: Any) -> str:
    """Return a setting in words: `10 epochs`, `optimizer adamw`, `head pooling average`."""
    if key == "training.epochs" and value == 1:
        return "1 epoch"
    words = key.removeprefix("training.").replace(".", " ").replace("_", " ") + " {}"
    return _WORDS.get(key, words).format(_shown(value))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value)) or "none"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def compare(study: Study, backbones: Sequence[Network], table: Table) -> list[Comparison]:
    """Set our cells beside the paper's, for the backbones and strategies that the paper has.

    Empty for another dataset: the paper's numbers say nothing of other images.
    """
    if study.dataset != PAPERS_DATASET:
        return []
    printed = paper_values()
    rows = []
    for backbone, cells in zip(backbones, table.cells, strict=True):
        theirs = printed.get(backbone.name, {})
        conditions = differs_in(study, backbone)
        rows += [
            Comparison(backbone.title, strategy, cell.accuracy, theirs[strategy], backbone.name, conditions)
            for strategy, cell in zip(table.strategies, cells, strict=True)
            if strategy in theirs
        ]
    return rows


def versus_paper_csv(rows: Sequence[Comparison]) -> str:
    """Return the comparison as CSV; only its header where there is nothing to compare."""
    found = [["backbone", "strategy", "ours", "paper", "difference", "paper_backbone", "differs_in"]]
    for row in rows:
        values = [number(row.ours), number(row.paper), number(row.difference)]
        found.append([cell(row.backbone), row.strategy, *values, row.paper_backbone, cell(row.differs_in)])
    return csv_text(found)
