"""How strategies are called and coloured, in every table and figure alike."""

import re
from collections.abc import Sequence

from ..candidates.further import FURTHER
from ..candidates.searched import SEARCHED

BASELINES = ("baseline1", "baseline2")
"""The paper's two, which nothing chooses."""

_NAMED = SEARCHED | FURTHER

IN_OTHER_WAYS = tuple(key for key, one in _NAMED.items() if one.own_way)
"""Strategies of which the layers don't say how they train: in steps, at several rates, by updates, not at all."""

_LABELS = {"baseline1": "Baseline I", "baseline2": "Baseline II"} | {key: one.label for key, one in _NAMED.items()}

# Okabe and Ito's colours: they stay apart for colour-blind readers. The baselines are greys: they are the yardstick.
_COLOURS = {
    "baseline1": "#9A9A9A",
    "baseline2": "#3A3A3A",
    "random": "#F0E442",
} | {key: one.color for key, one in _NAMED.items()}
# One per size of bwt, by its place among the study's sizes: the paper's bwt3 and bwt5 are the first two.
_BWT_COLOURS = ("#56B4E9", "#009E73", "#E69F00", "#88CCEE", "#44AA99", "#DDCC77")


def label(strategy: str) -> str:
    """Return a strategy's name in Table I: `Baseline I`, `LW`, `BWT3`; `Random 3` for Figure 3."""
    drawn = re.fullmatch(r"random(\d+)", strategy)
    return f"Random {drawn[1]}" if drawn else (_LABELS.get(strategy) or strategy.upper())


def kind(strategy: str) -> str:
    """Return a strategy's key without its size: `bwt5` is a `bwt`, `random3` a `random`."""
    return re.sub(r"\d+$", "", strategy) if strategy.startswith(("bwt", "random")) else strategy


def palette(columns: Sequence[str]) -> dict[str, str]:
    """Return the colour of each of a study's strategies, not of one figure's: it must not depend on the figure."""
    sized = [strategy for strategy in columns if kind(strategy) == "bwt"]
    bwt = {strategy: _BWT_COLOURS[place % len(_BWT_COLOURS)] for place, strategy in enumerate(sized)}
    return {strategy: bwt.get(strategy) or _COLOURS.get(kind(strategy), "#000000") for strategy in columns}


def color(strategy: str) -> str:
    """Return the colour of a strategy that has no sizes, whatever others a study has."""
    return palette([strategy])[strategy]
