"""What all interactive pictures share; they are drawn by Plotly, which travels inside the page."""

from typing import Any

import plotly.graph_objects as go

DARK = "dark"
"""Key of a trace's `meta`: its colour where the page is dark; without one it keeps its colour."""


def drawn(figure: go.Figure, across: str, up: str) -> dict[str, Any]:
    """Return a figure, its axes titled, as plain data for the page's script, which adds what light and dark need."""
    figure.update_layout(
        template="none",
        height=460,
        margin={"l": 70, "r": 20, "t": 20, "b": 60},
        hovermode="closest",
        xaxis={"title": {"text": across}, "zeroline": False, "showgrid": False},
        yaxis={"title": {"text": up}, "zeroline": False},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0.0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure.to_plotly_json()
