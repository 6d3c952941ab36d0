"""The triangle of spans as an interactive picture: first block against last block; hovering tells the layers."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from ...files.study import Study
from ..entry_words import rate_words
from ..halved import dropped_after, dropped_words, strength
from ..layers import Network
from ..scores import Scores
from ..triangle import GAP, Square, Triangle, shown_ends, sure_words, triangle
from .depth_map import layers_told, plain
from .interactive import drawn


def triangle_map(study: Study, backbone: Network, search: Scores) -> dict[str, Any]:
    """Return a backbone's triangle as Plotly's own JSON; a cheaper search holds only what it trained, however far."""
    found = triangle(study, backbone, [search])
    known = [square for square in found.squares if square.accuracy is not None]
    figure = go.Figure()
    for epochs in (None, *dropped_after(run for square in known for run in square.runs)):
        _colored(figure, study, backbone, found, [square for square in known if square.epochs == epochs], epochs)
    if found.head.accuracy is not None:
        _head(figure, study, backbone, found)
    _marks(figure, study, backbone, [one for one in found.squares if not one.runs], "not trained", "square-open")
    _marks(figure, study, backbone, [one for one in found.squares if one.diverged], "diverged", "x")
    winner = search.winner(backbone.key, "span")
    if winner is not None and not winner.diverged:
        _marks(figure, study, backbone, [found.of(winner)], "best span", "star")
    data = drawn(
        figure,
        f"first block that is unfrozen, input (left) to head (right)<br>{sure_words(study, found, 1)}",
        "last block that is unfrozen",
    )
    _layout(data["layout"], study, found)
    return data


def _colored(
    figure: go.Figure,
    study: Study,
    backbone: Network,
    found: Triangle,
    squares: Sequence[Square],
    epochs: int | None,
) -> None:
    """Add the squares with an accuracy; those that halving dropped are fainter."""
    count = len(found.firsts)
    values: list[list[float | None]] = [[None] * count for _ in range(count)]
    texts = [[""] * count for _ in range(count)]
    for square in squares:
        values[square.up][square.across] = square.accuracy
        texts[square.up][square.across] = _hover(study, backbone, square)
    _heat(figure, {"z": values, "hovertext": texts, "x0": 0, "y0": 0, "opacity": strength(study, epochs)})


def _head(figure: go.Figure, study: Study, backbone: Network, found: Triangle) -> None:
    """Add the head alone, beside the spans that reach it."""
    text = _hover(study, backbone, found.head)
    place = {"x0": found.head.across + GAP, "y0": found.head.up}
    _heat(figure, {"z": [[found.head.accuracy]], "hovertext": [[text]], **place})


def _heat(figure: go.Figure, content: dict[str, Any]) -> None:
    look = {"xgap": 1, "ygap": 1, "dx": 1, "dy": 1, "coloraxis": "coloraxis"}
    figure.add_heatmap(**content, **look, hoverinfo="text", hoverongaps=False)


def _marks(
    figure: go.Figure, study: Study, backbone: Network, squares: Sequence[Square], name: str, symbol: str
) -> None:
    """Mark squares; without any there is no entry in the legend."""
    if squares:
        color = {"x": "#B00020", "square-open": "#9A9A9A", "star": "white"}[symbol]
        figure.add_scatter(
            x=[square.across for square in squares],
            y=[square.up for square in squares],
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 12, "color": color, "line": {"width": 1.2, "color": "#3A3A3A"}},
            hovertext=[_hover(study, backbone, square) for square in squares],
            hoverinfo="text",
            showlegend=True,
        )


def _layout(layout: dict[str, Any], study: Study, found: Triangle) -> None:
    part, images = study.scored_on("search")
    bar = {"title": {"text": f"{part} accuracy (share of {images})", "side": "right"}, "outlinewidth": 0}
    layout["coloraxis"] = {"colorscale": "Viridis", "colorbar": bar}
    alone = found.head.across + GAP
    firsts = shown_ends(found.firsts) | {alone: "head alone"}
    for axis, names, end in (("xaxis", firsts, alone), ("yaxis", shown_ends(found.lasts), found.head.up)):
        ticks = {"tickvals": [*names], "ticktext": [plain(name) for name in names.values()]}
        layout[axis] |= ticks | {"range": [-0.6, end + 0.6], "automargin": True, "showgrid": False}


def _hover(study: Study, backbone: Network, square: Square) -> str:
    """What a span is: its accuracy, rate and loss, then its layers by name, type and parameters."""
    said = [f"learning rate {rate_words(square.rate)}"] if square.rate is not None else []
    if square.accuracy is not None and square.interval is not None:
        low, high = square.interval
        said.append(f"accuracy {square.accuracy:.3f} (95 % interval {low:.3f} to {high:.3f})")
    else:
        said.append("diverged" if square.diverged else "not trained")
    if square.loss is not None:
        said.append(f"validation loss {square.loss:.4f}")
    if square.epochs is not None:
        said.append(dropped_words(study, square.epochs))
    layers = [] if square.first is None or square.last is None else layers_told(backbone, square.first, square.last)
    return "<br>".join([plain(square.what), ", ".join(said), *layers])
