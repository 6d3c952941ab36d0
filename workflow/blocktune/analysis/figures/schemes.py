"""Figure 1: which layers each strategy unfreezes, from the real layer tables and the winners that were found."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ...files.study import Study
from ..layers import Network
from ..protocol import protocol
from ..scores import Scores
from ..strategies import label, palette
from .depth import panels
from .style import FAILED, below

TITLE = "Figure 1: which layers each strategy unfreezes"

_FROZEN = "#D9D9D9"
_TUNED = "#44506B"


def schemes_figure(study: Study, backbones: Sequence[Network], final: Scores) -> Figure:
    """Draw a row per strategy and a bar per layer with weights: coloured layers are unfrozen, grey ones frozen."""
    figure, axes = panels(TITLE, study, protocol(study, "final"), backbones, row=0.19 * len(study.strategies) + 0.5)
    for axis, backbone in zip(axes, backbones, strict=True):
        _panel(axis, study, backbone, final)
    entries = [Patch(color=_TUNED, label="unfrozen (in the strategy's colour)"), Patch(color=_FROZEN, label="frozen")]
    below(figure, entries, most=2)
    return figure


def _panel(axis: Axes, study: Study, backbone: Network, final: Scores) -> None:
    colours = palette(study.strategies)
    for place, strategy in enumerate(study.strategies):
        winner = final.winner(backbone.key, strategy)
        tuned = set() if winner is None else set(winner.names)
        for names, colour in ((False, _FROZEN), (True, colours[strategy])):
            spans = [(layer.index - 0.45, 0.9) for layer in backbone.weighted if (layer.name in tuned) is names]
            axis.broken_barh(spans, (place - 0.38, 0.76), facecolors=colour, linewidth=0)
        if winner is not None and winner.diverged:
            axis.text(len(backbone.layers), place, "diverged", color=FAILED, va="center", fontsize=7)
    axis.set_ylim(len(study.strategies) - 0.5, -0.5)
    axis.set_yticks(range(len(study.strategies)), [label(strategy) for strategy in study.strategies], fontsize=8)
    axis.grid(visible=False)
    axis.set_title(f"{len(backbone.weighted)} layers with weights", loc="right", fontsize=8)
