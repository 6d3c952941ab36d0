"""Replayed searches as tables for people."""

from ..analysis.bootstrap import LEAST_CELLS
from ..document.blocks import Block, Table
from ..files.replayed import Replayed, ReplayedMethod

_HEAD = (
    "Method",
    "Out-of-seed regret (points)",
    "95 % interval",
    "Cost",
    "Beats the probe",
    "Accuracy",
    "Of its model",
)


def replay_page(report: Replayed) -> list[Block]:
    """Return what `replay.referee` found: all methods, the cheapest first, then their regret in each cell."""
    methods = dict(sorted(report.methods.items(), key=lambda item: (item[1]["cost_share"], item[0])))
    entries = methods | {"oracle": report.oracle} | ({"linear probe": report.probe} if report.probe else {})
    cells = list(report.cells)
    by_cell = [
        [name, *(f"{entry['cells'][cell]['out_of_seed_regret_points']:.2f}" for cell in cells)]
        for name, entry in entries.items()
    ]
    return [
        Table(_HEAD, [_row(name, entry) for name, entry in entries.items()]),
        Table(["Regret by cell (points)", *cells], by_cell, notes=_notes(report)),
    ]


def _row(name: str, entry: ReplayedMethod) -> list[str]:
    interval = entry["interval"]
    return [
        name,
        f"{entry['out_of_seed_regret_points']:.2f}",
        f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else "n/a",
        _share(entry["cost_share"]),
        _share(entry["beats_probe_share"]),
        f"{entry['accuracy']:.4f}",
        f"{entry['model_accuracy']:.4f}",
    ]


def _notes(report: Replayed) -> list[str]:
    facts = report.cells
    parts = sorted({one["truth"] for one in facts.values()})
    notes = [
        "Regret: the oracle's accuracy minus the answer's, both means over the seeds that the search did not train "
        f"with ({' or '.join(parts)} images).",
        "Oracle: the arm that is best in the mean over all seeds. With few seeds its lead is a little too large.",
        "Cost: share of the processor seconds of the exhaustive search with one seed at one learning rate. The "
        "answer's own training counts.",
        "Accuracy: of the answer over those seeds. Of its model: of the answer's training with the study's own seed, "
        "which is the model that is taken home.",
        "Cells: "
        + "; ".join(f"{name}: {one['arms']} arms, {one['seeds']} seeds" for name, one in facts.items())
        + f". At least {report.replays} replays of each method in each cell.",
    ]
    if len(facts) < LEAST_CELLS:
        notes.append("Fewer than five cells have no interval.")
    return notes


def _share(value: float | None) -> str:
    return "n/a" if value is None else f"{100 * value:.3g} %"
