"""What holds over all backbones, and what the runs can't say."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .effects_words import in_points
from .names import FACTORS, GRID, term_name
from .tables import Design

Record = dict[str, Any]


def over_words(found: Record | None, backbones: int) -> list[str]:
    """Return what holds over all backbones, or why nothing is said.

    Args:
        found: `over_backbones` of what `effects.effects` returned.
        backbones: How many there are.
    """
    if found is None:
        few = "one backbone" if backbones == 1 else f"{backbones} backbones"
        return [f"Over backbones nothing is said: {few} can't tell how backbones differ (at least 5 are needed)."]
    if not found["tests"]:
        return [f"Over backbones nothing can be told from luck: {found['why_no_tests']}."]
    sure = [term_name(entry["term"]) for entry in found["tests"] if entry["larger_than_noise"]]
    rest = [term_name(entry["term"]) for entry in found["tests"] if not entry["larger_than_noise"]]
    return [
        f"Over {found['backbones']} backbones (mixed model with a random intercept; standard deviation of backbones "
        f"{in_points(found['between_sd'])} points, of runs {in_points(found['within_sd'])}): larger than noise are "
        f"{', '.join(sure) or 'no terms'}" + (f"; not told from noise are {', '.join(rest)}." if rest else "."),
        "That a factor may matter more to one backbone than to another is not in this model's error: it holds for "
        "these backbones.",
    ]


def limits(backbones: Mapping[str, Record], design: Design) -> list[str]:
    """Return what these runs can't say."""
    said = []
    if design.kind != GRID:
        said.append(
            "Each factor was swept with all others at their reference: how two factors act together (the best rate for "
            "few images, or for another optimizer) is not known; the full grid tells."
        )
    seeds = len(design.seeds)
    if seeds == 1:
        said.append("One seed: every difference may be luck.")
    elif seeds < 5:
        said.append(
            f"{seeds} seeds give a rough idea of luck: intervals of single levels are wide, small effects are missed."
        )
    counts = sorted({count for found in backbones.values() for count in found["images"]})
    if counts:
        widest = 100 * 1.96 * math.sqrt(0.25 / counts[0])
        said.append(
            f"Runs are scored on the same {_counts(counts)} images: intervals are over seeds, and other "
            f"images could move an accuracy by up to {widest:.1f} points either way (95 %)."
        )
    said.append("How much a factor matters depends on the levels tried: a wider sweep would give more points.")
    left_out = [name for name in FACTORS if len(design.levels.get(name, ())) < 2]
    if left_out:
        said.append(f"Not asked: {', '.join(FACTORS[name] for name in left_out)}.")
    if "target" in design.levels:
        said.append("Shifted targets are the study's own images, changed: other datasets differ in more than one way.")
    return said


def _counts(counts: Sequence[int]) -> str:
    return f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
