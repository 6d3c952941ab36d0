"""Selection optimism: how much better the best of many looks on the photographs that chose it.

The search's winners are trained once more, as they were, and scored on photographs that the search has not seen.
Baselines were not chosen, so their difference is that of the two parts alone; a winner's is its optimism and that.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .classification import NORMAL_95
from .table import mean

Record = dict[str, Any]


def optimism(
    plans: Sequence[Mapping[str, Any]], metrics: Mapping[str, Mapping[str, Any]], counts: str, chosen: int, unseen: int
) -> Record:
    """Return what the winners of all repeats scored on both parts.

    Args:
        plans: the stage `unseen` of every backbone and repeat, repeat after repeat.
        metrics: a run's metrics by its id.
        counts: `last` or `best`: which epoch gives the score.
        chosen: photographs that chose.
        unseen: photographs that the search has not seen.

    Returns:
        `photographs` of both parts; `backbones`: by backbone and strategy, see `_entry`.
    """
    found: dict[str, dict[str, list[tuple[float, float] | None]]] = {}
    for plan in plans:
        for candidate in plan["candidates"]:
            run = metrics[candidate["run"]]
            pair = None if run["diverged"] else (run[f"{counts}_accuracy"], run["test"][counts]["accuracy"])
            found.setdefault(plan["backbone"], {}).setdefault(candidate["strategy"], []).append(pair)
    return {
        "photographs": {"chosen_on": chosen, "unseen": unseen},
        "backbones": {
            backbone: {strategy: _entry(pairs, chosen, unseen) for strategy, pairs in strategies.items()}
            for backbone, strategies in found.items()
        },
    }


def _entry(pairs: Sequence[tuple[float, float] | None], chosen: int, unseen: int) -> Record:
    """Mean scores over repeats, and their difference in points with a 95 % interval.

    The interval is that of two shares of different photographs (Wald). Repeats see the same ones, so they are taken as
    fully dependent: more of them make it no narrower.
    """
    selected = mean([pair and pair[0] for pair in pairs])
    afterwards = mean([pair and pair[1] for pair in pairs])
    if selected is None or afterwards is None:
        return {"selected": None, "unseen": None, "points": None, "interval": None, "by_repeat": None}
    points = 100 * (selected - afterwards)
    error = 100 * float(np.mean([_error(*pair, chosen, unseen) for pair in pairs if pair]))
    return {
        "selected": selected,
        "unseen": afterwards,
        "points": points,
        "interval": [points - NORMAL_95 * error, points + NORMAL_95 * error],
        "by_repeat": [100 * (pair[0] - pair[1]) for pair in pairs if pair],
    }


def _error(selected: float, afterwards: float, chosen: int, unseen: int) -> float:
    """Standard error of the difference of two shares."""
    return math.sqrt(selected * (1 - selected) / chosen + afterwards * (1 - afterwards) / unseen)
