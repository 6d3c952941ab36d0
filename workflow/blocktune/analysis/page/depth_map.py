"""The depth map: what every layer, block and window of a backbone is worth, in one interactive picture."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from ...candidates.searched import SEARCHED
from ...files.study import Study
from ..halved import dropped_after, dropped_words, strength
from ..layers import Network
from ..scores import Score, Scores
from ..strategies import label, palette
from .interactive import DARK, drawn

# Spans are drawn last, over the points
_DRAWN = sorted((key for key, kind in SEARCHED.items() if kind.in_depth_map), key=lambda key: SEARCHED[key].spans)

# What candidates are compared with, and its colour on a dark page where it has one of its own
_LINES = {"baseline1": "#BDBDBD", "baseline2": "#F2F2F2", "probe": None}


def depth_map(study: Study, backbone: Network, search: Scores) -> dict[str, Any]:
    """Return a backbone's depth map as Plotly's own JSON; a cheaper search holds only what it trained, however far."""
    colours = palette([*study.strategies, *SEARCHED])
    figure = go.Figure()
    for block in search.of(backbone.key, "bw")[::2]:
        if block.first is not None and block.last is not None:
            figure.add_vrect(block.first - 0.5, block.last + 0.5, fillcolor="rgba(128,128,128,0.12)", line_width=0)
    for strategy in _DRAWN:
        known = [score for score in search.of(backbone.key, strategy) if score.accuracy is not None]
        if not known:
            continue
        # A trace of its own for whatever a search by halving dropped after so many epochs
        for epochs in (None, *dropped_after(known)):
            scores = [score for score in known if score.epochs == epochs]
            name = f"{label(strategy)}: {SEARCHED[strategy].many}"
            look = {
                "name": name if epochs is None else f"{name} {dropped_words(study, epochs)}",
                "opacity": strength(study, epochs),
            }
            if SEARCHED[strategy].spans:
                _spans(figure, study, backbone, scores, colours[strategy], look)
                continue
            figure.add_scatter(
                x=[_place(score) for score in scores],
                y=[score.accuracy for score in scores],
                mode="lines+markers" if SEARCHED[strategy].map_line and epochs is None else "markers",
                marker={"symbol": SEARCHED[strategy].map_symbol, "size": 7, "color": colours[strategy]},
                line={"width": 1, "color": colours[strategy]},
                hovertext=[_hover(study, backbone, score) for score in scores],
                hoverinfo="text",
                **look,
            )
    for key, dark in _LINES.items():
        accuracy = search.accuracy(backbone.key, key)
        if accuracy is not None:
            figure.add_scatter(
                x=[-0.5, len(backbone.layers) - 0.5],
                y=[accuracy, accuracy],
                mode="lines",
                name=label(key),
                line={"dash": "dash", "width": 2, "color": colours[key]},
                meta={} if dark is None else {DARK: dark},
                hovertext=f"{label(key)}<br>accuracy {accuracy:.3f}",
                hoverinfo="text",
            )
    part, images = study.scored_on("search")
    return drawn(
        figure,
        "index of the layer, input (left) to head (right)",
        f"{part} accuracy (share of {images})",
    )


def _spans(
    figure: go.Figure, study: Study, backbone: Network, blocks: Sequence[Score], colour: str, look: dict[str, Any]
) -> None:
    """Draw blocks as wide as their layers; the middle carries what hovering says."""
    # None ends a line
    x = [end for block in blocks for end in ((block.first or 0) - 0.4, (block.last or 0) + 0.4, None)]
    y = [value for block in blocks for value in (block.accuracy, block.accuracy, None)]
    shared = {"legendgroup": look["name"], **look}
    figure.add_scatter(x=x, y=y, mode="lines", line={"width": 5, "color": colour}, hoverinfo="skip", **shared)
    figure.add_scatter(
        x=[block.middle for block in blocks],
        y=[block.accuracy for block in blocks],
        mode="markers",
        marker={"symbol": "square", "size": 8, "color": colour},
        showlegend=False,
        hovertext=[_hover(study, backbone, block) for block in blocks],
        hoverinfo="text",
        **shared,
    )


def _place(score: Score) -> float:
    return SEARCHED[score.strategy].place(score.first or 0, score.last or 0)


def _hover(study: Study, backbone: Network, score: Score) -> str:
    """What a candidate is: its layers by name, type and parameters."""
    what = f"{SEARCHED[score.strategy].one} {score.candidate} from the head"
    rate = f"at learning rate {score.learning_rate:g}, " if study.rates else ""
    head = f"{what}, {rate}accuracy {score.accuracy:.3f}"
    if study.choose_by == "loss" and score.loss is not None:
        head += f", validation loss {score.loss:.4f}"
    if score.epochs is not None:
        head += f", {dropped_words(study, score.epochs)}"
    return "<br>".join([head, *layers_told(backbone, score.first or 0, score.last or 0)])


def layers_told(backbone: Network, first: int, last: int) -> list[str]:
    """Return the first few of consecutive layers by name, type and parameters, and how many more there are."""
    layers = backbone.layers[first : last + 1]
    shown = [f"{plain(layer.name)} ({plain(layer.type)}, {layer.parameters:,} parameters)" for layer in layers[:6]]
    return shown + ([f"and {len(layers) - 6} more"] if len(layers) > 6 else [])


def plain(text: str) -> str:
    """Return a text without tags: Plotly reads some, and a layer's name is not meant to hold any."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
