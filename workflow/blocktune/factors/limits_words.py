"""What holds over all backbones, and what the runs can't say."""

import math
from collections.abc import Mapping, Sequence

from ..files.design import Design
from ..files.effects import BackboneEffects, EffectsOverBackbones
from .besides_words import in_points
from .names import FACTORS, GRID, term_name


def over_words(found: EffectsOverBackbones | None, backbones: int) -> list[str]:
    """Return what holds over all backbones, or why nothing is said; `backbones`: how many there are."""
    if found is None:
        few = "is one" if backbones == 1 else f"are {backbones}"
        return [f"There is no result over backbones: that needs at least 5 backbones, and there {few}."]
    if not found["tests"]:
        return [f"Over backbones no effect can be distinguished from noise: {found['why_no_tests']}."]
    sure = [term_name(entry["term"]) for entry in found["tests"] if entry["larger_than_noise"]]
    rest = [term_name(entry["term"]) for entry in found["tests"] if not entry["larger_than_noise"]]
    return [
        f"Over {found['backbones']} backbones (mixed model with a random intercept; standard deviation of backbones "
        f"{in_points(found['between_sd'])} points, of runs {in_points(found['within_sd'])}): larger than noise are "
        f"{', '.join(sure) or 'no terms'}" + (f"; not larger than noise are {', '.join(rest)}." if rest else "."),
        "The model assumes that a factor has the same effect with every backbone, so the result holds only for these "
        "backbones.",
    ]


def limits(backbones: Mapping[str, BackboneEffects], design: Design) -> list[str]:
    """Return what these runs can't say."""
    said = []
    if design.kind != GRID:
        said.append(
            "Each factor was varied with all others at their reference. So this study does not show how two factors "
            "act together (the best rate for few images, or for another optimizer); the full grid does."
        )
    seeds = len(design.seeds)
    if seeds == 1:
        said.append("There is one seed, so every difference may be noise.")
    elif seeds < 5:
        said.append(
            f"{seeds} seeds estimate noise only roughly: intervals of single levels are wide, and small effects are "
            "missed."
        )
    counts = sorted({count for found in backbones.values() for count in found["images"]})
    if counts:
        widest = 100 * 1.96 * math.sqrt(0.25 / counts[0])
        said.append(
            f"Intervals are over seeds, and every run is scored on the same {_counts(counts)} images. Other images "
            f"could change an accuracy by up to {widest:.1f} points either way (95 %)."
        )
    said.append("The size of an effect depends on the levels tried: a wider sweep would give more points.")
    left_out = [name for name in FACTORS if name not in design.varied]
    if left_out:
        said.append(f"Factors that this study does not vary: {', '.join(FACTORS[name] for name in left_out)}.")
    if "target" in design.levels:
        said.append(
            "Shifted targets are the study's own images with one change; other data sets differ in more than one way."
        )
    return said


def _counts(counts: Sequence[int]) -> str:
    return f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
