"""What fine-tuning does to the weights and features of each layer, and whether it happens where fine-tuning helps."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..analysis.scores import Score, Scores
from ..files.factor_results import ChangeAndAccuracy, MostAndLeast, Movement
from .measured import MEASURED, OverLayers

if TYPE_CHECKING:
    import pandas as pd

_LEAST_BLOCKS = 5


def with_movement(responses: "pd.DataFrame", layers: "pd.DataFrame") -> "pd.DataFrame":
    """Return the responses with those that are means over each run's layers."""
    distinct = layers.drop_duplicates(["run", "layer"])
    means = {key: one.by_run(distinct) for key, one in MEASURED.items() if isinstance(one, OverLayers)}
    return responses.assign(**{key: responses["run"].map(by_run) for key, by_run in means.items()})


def at_reference(layers: "pd.DataFrame", responses: "pd.DataFrame", backbone: str) -> "pd.DataFrame":
    """Return a backbone's layers of the runs at all factors' reference, a row per strategy, seed and layer."""
    runs = responses["run"][responses["reference"] & (responses["backbone"] == backbone)]
    mine = layers[(layers["backbone"] == backbone) & layers["run"].isin(set(runs))]
    return mine.drop_duplicates(["run", "strategy", "layer"]).sort_values("layer", kind="stable")


def by_layer(rows: "pd.DataFrame", measure: str) -> "pd.DataFrame":
    """Return per layer the mean, lowest and highest of a measure over seeds, from input to head."""
    groups = rows[rows[measure].notna()].groupby("layer")
    about = groups[["name", "type", "depth", "parameters"]].first()
    return about.join(groups[measure].agg(["mean", "min", "max"])).sort_index()


def change_by_layer(reference: "pd.DataFrame") -> "pd.DataFrame":
    """Return `by_layer` of the weights' change where everything is fine-tuned, of what `at_reference` returned."""
    return by_layer(reference[reference["strategy"] == "baseline2"], "relative_change")


def blocks_of(search: Scores, backbone: str) -> list[Score]:
    """Return the blocks that a search scored, from input to head, diverged ones left out."""
    return [row for row in search.of(backbone, "bw") if row.accuracy is not None and row.first is not None]


def movement(responses: "pd.DataFrame", layers: "pd.DataFrame", search: Scores) -> dict[str, Movement]:
    """Return by backbone what its layers did; for the arguments see `tables.Tables`."""
    found = {}
    for backbone in dict.fromkeys(responses["backbone"]):
        mine = layers[layers["backbone"] == backbone].drop_duplicates(["run", "layer"])
        reference = at_reference(layers, responses, backbone)
        everything = change_by_layer(reference)
        moved = mine[~mine["unfrozen"] & (mine["relative_change"].fillna(0) != 0)]
        found[backbone] = {
            "frozen_moved": {"layers": len(moved), "runs": int(moved["run"].nunique())},
            "change": _extremes(everything),
            "map": _map(everything, blocks_of(search, backbone)),
            "cka": {
                strategy: _thirds(by_layer(rows, "cka"))
                for strategy, rows in reference.groupby("strategy", sort=False)
                if rows["cka"].notna().any()
            },
        }
    return found


def _extremes(profile: "pd.DataFrame") -> MostAndLeast | None:
    if profile.empty:
        return None
    most, least = profile.loc[profile["mean"].idxmax()], profile.loc[profile["mean"].idxmin()]
    return {
        name: {"layer": str(row["name"]), "depth": float(row["depth"]), "mean": float(row["mean"])}
        for name, row in (("most", most), ("least", least))
    }


def _thirds(profile: "pd.DataFrame") -> list[float | None]:
    places = np.minimum((profile["depth"] * 3).astype(int), 2)
    means = profile["mean"].groupby(places).mean()
    return [float(means[place]) if place in means else None for place in range(3)]


def _map(profile: "pd.DataFrame", blocks: Sequence[Score]) -> ChangeAndAccuracy | None:
    """Rank correlation of weight change and accuracy over blocks, None without blocks or without layers.

    Interval: Bonett and Wright 2000.
    """
    from scipy import stats

    pairs = []
    for block in blocks:
        inside = profile["mean"][(profile.index >= block.first) & (profile.index <= block.last)]
        if len(inside):
            pairs.append((float(inside.mean()), float(block.accuracy or 0)))
    if not pairs:
        return None
    found: ChangeAndAccuracy = {"blocks": len(pairs), "correlation": None, "interval": None}
    changes, accuracies = zip(*pairs, strict=True)
    if len(pairs) < _LEAST_BLOCKS or len(set(changes)) < 2 or len(set(accuracies)) < 2:
        return found
    rho = float(stats.spearmanr(changes, accuracies).statistic)
    reach = stats.norm.ppf(0.975) * np.sqrt((1 + rho**2 / 2) / (len(pairs) - 3))
    middle = np.arctanh(np.clip(rho, -0.999999, 0.999999))
    return found | {"correlation": rho, "interval": [float(np.tanh(middle - reach)), float(np.tanh(middle + reach))]}
