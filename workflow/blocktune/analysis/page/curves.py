"""Training curves of the final runs: validation accuracy after the epochs that were scored, a line per strategy."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from ...files.record import RunRecord
from ...files.study import Study
from ...runs.history import read_history
from ..layers import Network
from ..scores import Scores
from ..strategies import label, palette
from .interactive import DARK, drawn


def training_curves(study: Study, backbone: Network, final: Scores, records: Mapping[str, RunRecord]) -> dict[str, Any]:
    """Return the curves of a backbone's final runs, whose records are given by id, as Plotly's own JSON."""
    figure = go.Figure()
    colours = palette(study.strategies)
    for strategy in study.strategies:
        winner = final.winner(backbone.key, strategy)
        if winner is None:
            continue
        history = read_history(records[winner.run]["history"], winner.run)
        epochs = [epoch for epoch in history if epoch.val_accuracy is not None]
        figure.add_scatter(
            x=[epoch.epoch for epoch in epochs],
            y=[epoch.val_accuracy for epoch in epochs],
            mode="lines+markers",
            name=label(strategy),
            line={"color": colours[strategy], "width": 2},
            marker={"size": 4},
            meta={DARK: "#F2F2F2"} if strategy == "baseline2" else None,
            hovertemplate=f"{label(strategy)}, epoch %{{x}}: %{{y:.4f}}<extra></extra>",
        )
    if study.epochs <= 20:
        figure.update_xaxes(dtick=1)
    # Whatever scores the final runs, validation is what was looked at after epochs
    return drawn(figure, "epoch", f"validation accuracy (share of {study.images['validation']})")
