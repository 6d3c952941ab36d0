"""The triangle of spans as an interactive picture: first block against last block; hovering tells the layers."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from ...files.study import Study
from ..entry_words import rate_words
from ..halved import dropped_after, dropped_words, strength
from ..layers import Network
from ..scores import Scores
from ..triangle import Cell, Triangle, shown_ends, sure_words, triangle
from .depth_map import layers_told, plain
from .interactive import drawn

_NAMED = 14
_GAP = 0.4


def triangle_map(study: Study, backbone: Network, search: Scores) -> dict[str, Any]:
    """Return a backbone's triangle as Plotly's own JSON.

    Args:
        study: The study.
        backbone: The backbone.
        search: Scores of the search stage; a cheaper search holds only what it trained, however far.
    """
    found = triangle(study, backbone, [search])
    known = [cell for cell in found.cells if cell.accuracy is not None]
    figure = go.Figure()
    for epochs in (None, *dropped_after(run for cell in known for run in cell.runs)):
        _colored(figure, study, backbone, found, [cell for cell in known if cell.epochs == epochs], epochs)
    if found.head.accuracy is not None:
        _head(figure, study, backbone, found)
    _marks(figure, study, backbone, [cell for cell in found.cells if not cell.runs], "not trained", "square-open")
    _marks(figure, study, backbone, [cell for cell in found.cells if cell.diverged], "diverged", "x")
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
    cells: Sequence[Cell],
    epochs: int | None,
) -> None:
    """Add the cells with an accuracy; those that halving dropped are fainter."""
    count = len(found.firsts)
    values: list[list[float | None]] = [[None] * count for _ in range(count)]
    texts = [[""] * count for _ in range(count)]
    for cell in cells:
        values[cell.up][cell.across] = cell.accuracy
        texts[cell.up][cell.across] = _hover(study, backbone, cell)
    _heat(figure, {"z": values, "hovertext": texts, "x0": 0, "y0": 0, "opacity": strength(study, epochs)})


def _head(figure: go.Figure, study: Study, backbone: Network, found: Triangle) -> None:
    """Add the head alone, beside the spans that reach it."""
    text = _hover(study, backbone, found.head)
    place = {"x0": found.head.across + _GAP, "y0": found.head.up}
    _heat(figure, {"z": [[found.head.accuracy]], "hovertext": [[text]], **place})


def _heat(figure: go.Figure, content: dict[str, Any]) -> None:
    look = {"xgap": 1, "ygap": 1, "dx": 1, "dy": 1, "coloraxis": "coloraxis"}
    figure.add_heatmap(**content, **look, hoverinfo="text", hoverongaps=False)


def _marks(figure: go.Figure, study: Study, backbone: Network, cells: Sequence[Cell], name: str, symbol: str) -> None:
    """Mark cells; without any there is no entry in the legend."""
    if cells:
        color = {"x": "#B00020", "square-open": "#9A9A9A", "star": "white"}[symbol]
        figure.add_scatter(
            x=[cell.across for cell in cells],
            y=[cell.up for cell in cells],
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 12, "color": color, "line": {"width": 1.2, "color": "#3A3A3A"}},
            hovertext=[_hover(study, backbone, cell) for cell in cells],
            hoverinfo="text",
            showlegend=True,
        )


def _layout(layout: dict[str, Any], study: Study, found: Triangle) -> None:
    part, images = study.scored_on("search")
    bar = {"title": {"text": f"{part} accuracy (share of {images})", "side": "right"}, "outlinewidth": 0}
    layout["coloraxis"] = {"colorscale": "Viridis", "colorbar": bar}
    alone = found.head.across + _GAP
    firsts = shown_ends(found.firsts, _NAMED) | {alone: "head alone"}
    for axis, names, end in (("xaxis", firsts, alone), ("yaxis", shown_ends(found.lasts, _NAMED), found.head.up)):
        ticks = {"tickvals": [*names], "ticktext": [plain(name) for name in names.values()]}
        layout[axis] |= ticks | {"range": [-0.6, end + 0.6], "automargin": True, "showgrid": False}


def _hover(study: Study, backbone: Network, cell: Cell) -> str:
    """What a span is: its accuracy, rate and loss, then its layers by name, type and parameters."""
    said = [f"learning rate {rate_words(cell.rate)}"] if cell.rate is not None else []
    if cell.accuracy is not None and cell.interval is not None:
        low, high = cell.interval
        said.append(f"accuracy {cell.accuracy:.3f} (95 % interval {low:.3f} to {high:.3f})")
    else:
        said.append("diverged" if cell.diverged else "not trained")
    if cell.loss is not None:
        said.append(f"validation loss {cell.loss:.4f}")
    if cell.epochs is not None:
        said.append(dropped_words(study, cell.epochs))
    layers = [] if cell.first is None or cell.last is None else layers_told(backbone, cell.first, cell.last)
    return "<br>".join([plain(cell.what), ", ".join(said), *layers])
