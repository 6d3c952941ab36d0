"""Figure 2: how many numbers each layer would train."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...files.study import Study
from ..layers import Network
from .depth import marker, marker_legend, panels
from .style import PLAIN, POINT, below

TITLE = "Figure 2: parameters of every layer with weights"

_COLOUR = "#44506B"
_WIDE = 100
"""From this ratio of largest to smallest on, small layers would vanish on a linear axis."""


def parameters_figure(study: Study, backbones: Sequence[Network]) -> Figure:
    """Draw the trainable parameters per layer over the depth of the network, a panel per backbone."""
    figure, axes = panels(TITLE, study, f"backbones at {study.image_size} px, without the classifier", backbones)
    for axis, backbone in zip(axes, backbones, strict=True):
        _panel(axis, backbone)
    figure.supylabel("trainable parameters (count)", fontsize=9)
    if entries := marker_legend(backbones, _COLOUR):
        below(figure, entries, most=len(entries))
    return figure


def _panel(axis: Axes, backbone: Network) -> None:
    layers = backbone.weighted
    if not layers:
        axis.set_title("no layer has weights", loc="right", fontsize=8)
        return
    counts = [layer.parameters for layer in layers]
    logarithmic = max(counts) / min(counts) > _WIDE
    if logarithmic:
        axis.set_yscale("log")
        axis.set_ylim(min(counts) / 2, max(counts) * 2)
    else:
        axis.set_ylim(0, 1.1 * max(counts))
        # Stems need a true zero to stand on: a logarithmic axis has none.
        axis.vlines([layer.index for layer in layers], 0, counts, color=_COLOUR, linewidth=0.8)
    axis.yaxis.set_major_formatter(PLAIN)
    size = 6 if len(layers) <= 60 else 4.5
    for layer in layers:
        axis.plot(layer.index, layer.parameters, marker(layer.type), color=_COLOUR, markersize=size, **POINT)
    scale = ", logarithmic axis" if logarithmic else ""
    said = f"{len(layers)} of {len(backbone.layers)} layers have weights, {sum(counts):,} parameters{scale}"
    axis.set_title(said, loc="right", fontsize=8)
