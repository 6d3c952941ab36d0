"""Reading what the workflow measured: responses, layers, distances."""

import math
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BlocktuneError
from .collect import LAYERS, RESPONSES
from .measured import MEASURED
from .names import FACTORS, GRID, WHERE

if TYPE_CHECKING:
    import pandas as pd

DISTANCES = ("backbone", "target", "shift", "strength", "source", "emd", "mmd", "probe_accuracy", "probe_gap")
DISTANCES += ("images",)

_NUMBERS = {"value", "right", "scored", "accuracy", "layer", "depth", "parameters", "relative_change", "cosine"}
_NUMBERS |= {"bn_mean_shift", "bn_variance_shift", "cka", "strength", "emd", "mmd", "probe_accuracy", "probe_gap"}
_NUMBERS |= {name for response in MEASURED.values() for name in response.columns}
_FLAGS = {"diverged", "reference", "unfrozen"}


def read_responses(path: Path) -> "pd.DataFrame":
    """Read `responses.csv`: a row per factor, level, strategy and seed; NaN where a number is missing.

    Raises:
        BlocktuneError: The file can't be read, lacks a column, has no row, or holds a value that is not allowed.
    """
    found = _read(path, RESPONSES)
    _known(path, found, "factor", [*FACTORS, WHERE, GRID])
    if found.empty:
        raise BlocktuneError(f"{path}: there is no run in it")
    for place in found.index[found["diverged"] != found["accuracy"].isna()]:
        told = "has an accuracy" if found["diverged"][place] else "has no accuracy"
        flag = int(found["diverged"][place])
        raise BlocktuneError(f"{path}, line {place + 2}: diverged is {flag}, but the run {told}")
    spans = {name: response.span for response in MEASURED.values() for name in response.columns}
    for name, (low, high) in {"accuracy": (0, 1), **spans}.items():
        for place in found.index[found[name].notna() & ~found[name].between(low, high)]:
            allowed = f"a number from {low:g}" + (f" to {high:g}" if high < math.inf else "")
            raise BlocktuneError(f"{path}, line {place + 2}: {name} is {found[name][place]:g}, {allowed} is allowed")
    return found


def read_layers(path: Path) -> "pd.DataFrame":
    """Read `layers.csv`: a row per run and layer with weights; NaN where a number is missing.

    Raises:
        BlocktuneError: The file can't be read, lacks a column, or holds a value that is not allowed.
    """
    found = _read(path, LAYERS)
    _known(path, found, "factor", [*FACTORS, WHERE, GRID])
    return found


def read_distances(path: Path) -> "pd.DataFrame":
    """Read `distances.csv`: a row per backbone and target; NaN where a number is missing.

    Raises:
        BlocktuneError: The file can't be read, lacks a column, or holds a value that is not allowed.
    """
    return _read(path, DISTANCES)


def _read(path: Path, columns: Collection[str]) -> "pd.DataFrame":
    import pandas as pd

    try:
        # All as text first: a level may be called `none` or `1e-4`
        found = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise BlocktuneError(f"can't read {path}: {error}") from None
    if missing := [name for name in columns if name not in found.columns]:
        raise BlocktuneError(f"{path}: column {missing[0]} is missing; there are {', '.join(found.columns)}")
    for name in columns:
        if name in _NUMBERS:
            found[name] = _numbers(path, name, found[name])
        elif name in _FLAGS:
            _known(path, found, name, ["0", "1"])
            found[name] = found[name] == "1"
    return found


def _numbers(path: Path, name: str, texts: "pd.Series") -> "pd.Series":
    import numpy as np
    import pandas as pd

    numbers = pd.to_numeric(texts.where(texts != ""), errors="coerce").astype(float)
    for place in texts.index[~np.isfinite(numbers) & (texts != "")]:
        raise BlocktuneError(f"{path}, line {place + 2}: {name} is {texts[place]!r}, a number is needed")
    return numbers


def _known(path: Path, found: "pd.DataFrame", name: str, allowed: Collection[str]) -> None:
    for place in found.index[~found[name].isin(list(allowed))]:
        given = found[name][place]
        raise BlocktuneError(f"{path}, line {place + 2}: {name} is {given!r}, allowed are {', '.join(allowed)}")
