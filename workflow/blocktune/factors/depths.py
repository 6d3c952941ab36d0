"""Figure of CKA over the depth of the network: how alike features are before and after fine-tuning."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..analysis.strategies import label
from .movement import at_reference, by_layer
from .names import FACTORS
from .panels import BAND, Shown, below, grid, head

if TYPE_CHECKING:
    import pandas as pd


def cka_figure(shown: Shown) -> Figure:
    """Draw CKA of features before and after fine-tuning by depth, a row per backbone.

    At the left strategies at the reference; at the right, where rates were swept, everything fine-tuned at each rate.
    """
    design, layers, look = shown.design, shown.layers, shown.look
    rates = design.levels["learning_rate"] if "learning_rate" in design.varied else ()
    keys = list(shown.backbones)
    figure, axes = grid(
        "Features before and after fine-tuning, by depth",
        design,
        (len(keys), 2 if rates else 1),
        (5.4, 3.0),
        sharey="row",
    )
    drawn: list[str] = []
    for line, key in zip(axes, keys, strict=True):
        reference = at_reference(layers, shown.responses, key)
        head(line[0], f"{shown.backbones[key]['title']}: at the reference")
        for strategy, rows in reference.groupby("strategy", sort=False):
            if _cka_line(line[0], rows, look.colours[strategy], look.mark(strategy)):
                drawn.append(str(strategy))
        if rates:
            head(line[1], f"{label('baseline2')} by {FACTORS['learning_rate']}")
            _by_rate(line[1], shown.responses, layers, key, rates)
        for axis in line:
            axis.set_xlabel("depth, input (0) to head (1)")
            axis.set_xlim(-0.02, 1.02)
        line[0].set_ylabel("linear CKA to the features before")
    below(figure, [*look.entries(list(dict.fromkeys(drawn))), BAND])
    return figure


def _cka_line(axis: Axes, rows: "pd.DataFrame", colour: str, mark: str = "", name: str | None = None) -> bool:
    profile = by_layer(rows, "cka")
    if profile.empty:
        return False
    axis.fill_between(profile["depth"], profile["min"], profile["max"], color=colour, alpha=0.2, linewidth=0)
    often = max(1, len(profile) // 12)
    axis.plot(
        profile["depth"],
        profile["mean"],
        color=colour,
        linewidth=1.4,
        marker=mark or None,
        markevery=often,
        markersize=4.5,
        markeredgecolor="white",
        markeredgewidth=0.4,
        label=name,
    )
    return True


def _by_rate(axis: Axes, responses: "pd.DataFrame", layers: "pd.DataFrame", key: str, rates: Sequence[str]) -> None:
    """Everything fine-tuned, all else at its reference, a line per rate: the darker, the higher."""
    shades = matplotlib.colormaps["viridis_r"]
    mine = responses[(responses["backbone"] == key) & (responses["strategy"] == "baseline2")]
    others = [name for name in FACTORS if name != "learning_rate"]
    reference = mine[mine["reference"]]
    for place, rate in enumerate(rates):
        runs = mine[mine["learning_rate"] == rate]
        if len(reference):
            runs = runs[(runs[others] == reference[others].iloc[0]).all(axis=1)]
        rows = layers[layers["run"].isin(set(runs["run"]))].drop_duplicates(["run", "layer"])
        shade = matplotlib.colors.to_hex(shades(0.12 + 0.88 * place / max(1, len(rates) - 1)))
        _cka_line(axis, rows, shade, name=rate)
    if axis.get_legend_handles_labels()[0]:
        axis.legend(fontsize=7.5, title="rate", title_fontsize=7.5, loc="lower left")
