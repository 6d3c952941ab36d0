"""What the runs of a study of factors say besides effects on accuracy, in plain words."""

import math
from collections.abc import Sequence

from ..analysis.strategies import label
from ..files.design import Design
from ..files.effects import BackboneEffects, DistanceEffect, DivergedSetting, ResponseEffect, StrategiesAtReference
from ..settings.varied import VARIED
from .levels import EVERY
from .measured import MEASURED
from .names import FACTORS, GRID, IN_WORDS, WHERE

_NO_OWN_LEVEL = {key for key, factor in VARIED.items() if not (factor.varies or factor.in_arms)}
"""Factors without a level where another factor is varied: imbalance, since the study's classes are as they are."""


def besides(backbone: BackboneEffects, design: Design) -> list[str]:
    """Return what targets, strategies, other responses, diverged runs and residuals say, one sentence each."""
    return [
        *_distance(backbone["distance"]),
        *_where(backbone[WHERE]),
        *_responses(backbone),
        *_diverged(backbone, design),
        *_residuals(backbone, design),
    ]


def _distance(found: DistanceEffect | None) -> list[str]:
    if found is None:
        return []
    if found["why_not"]:
        return [f"Distance of the target: {found['why_not']}."]
    said = []
    for entry in found["tests"]:
        sure = entry["larger_than_noise"]
        if entry["kind"] == "effect":
            change = found["slopes"].get(EVERY) or next(iter(found["slopes"].values()))
            told = _with_interval(change["change"], change["interval"])
            near, far = found["span"]
            said.append(
                f"From the nearest to the farthest target (earth mover's distance {near:.3g} to {far:.3g}) accuracy "
                f"changes by {told} points" + ("." if sure else ", which is not more than noise.")
            )
        else:
            told = ", ".join(
                f"{label(name)} {_with_interval(slope['change'], slope['interval'])}"
                for name, slope in found["slopes"].items()
                if name != EVERY
            )
            is_so = "differs between strategies" if sure else "does not differ between strategies by more than noise"
            said.append(f"The cost of distance {is_so}: {told}.")
    if found["unknown"]:
        said.append(f"The slopes leave out targets whose distance is unknown: {', '.join(found['unknown'])}.")
    return said


def _where(found: StrategiesAtReference | None) -> list[str]:
    if found is None or found["range"] is None:
        return []
    entry = found["range"]
    best, worst = label(entry["highest"]), label(entry["lowest"])
    if not found["tests"]:
        verdict = "With one seed this may be noise."
    elif found["tests"][0]["larger_than_noise"]:
        verdict = f"That is more than noise ({in_points(entry['noise'])} points)."
    else:
        verdict = "That is not more than noise."
    said = [
        f"With all other settings as in the main study, the best of {entry['levels']} strategies ({best}) is "
        f"{in_points(entry['range'])} points above the worst ({worst}). {verdict}"
    ]
    for names in found["same_runs"]:
        said.append(f"{', '.join(map(label, names))} unfreeze the same weights here: they are the same runs.")
    return said


def _responses(backbone: BackboneEffects) -> list[str]:
    return [
        f"{upper(MEASURED[name].name)}: {_response(name, found)}."
        for name, found in backbone["responses"].items()
        if found["runs"]
    ]


def _response(name: str, found: ResponseEffect) -> str:
    """What moves a response most, of what is larger than noise."""
    at = ", ".join(f"{label(strategy)} {value:.3g}" for strategy, value in found["at_reference"].items())
    told = f"at the reference {at}" if at else f"{found['runs']} runs"
    if chance := found["if_perfect"].values():
        low, high = (f"{end:.3g}" for end in (min(chance), max(chance)))
        told += f" (perfectly calibrated ones show {low if low == high else f'{low} to {high}'} on as many images)"
    if not found["tests"]:
        return f"{told}; no effect can be distinguished from noise"
    sure = {entry["term"][0] for entry in found["tests"] if entry["larger_than_noise"] and entry["kind"] == "effect"}
    moved = []
    for factor, by_strategy in found["ranges"].items():
        entry = by_strategy.get(EVERY) or next(iter(by_strategy.values()), None)
        if factor in sure and entry:
            moved.append((entry["range"] / (entry["noise"] or math.inf), factor, entry))
    if not moved:
        return f"{told}; no factor changes it by more than noise"
    _, factor, entry = max(moved, key=lambda one: one[0])
    means = entry["lowest_mean"], entry["highest_mean"]
    return (
        f"{told}; {IN_WORDS[factor]} changes it most, relative to noise: from {means[0]:.3g} ({entry['lowest']}) to "
        f"{means[1]:.3g} ({entry['highest']})"
    )


def _diverged(backbone: BackboneEffects, design: Design) -> list[str]:
    if not backbone["diverged"]:
        return []
    told = ", ".join(
        f"{_setting(entry, design)} with {label(entry['strategy'])} ({entry['runs']} of {entry['of']} runs)"
        for entry in backbone["diverged"]
    )
    return [f"Diverged: {told}; counted as guessing, accuracy {design.chance:.3g}."]


def _setting(entry: DivergedSetting, design: Design) -> str:
    if entry["factor"] in (WHERE, GRID):
        return "all other settings as in the main study" if entry["factor"] == WHERE else "some settings of the grid"
    return f"{FACTORS[entry['factor']]} {entry['level']}"


def _residuals(backbone: BackboneEffects, design: Design) -> list[str]:
    found = backbone["residuals"]
    if not found or found["p"] is None:
        return []
    if found["p"] >= 0.05:
        return [f"Residuals: no sign that settings spread differently (Breusch-Pagan, p = {found['p']:.2g})."]
    widest = found["widest"]
    off = [
        f"{FACTORS[name]} {level}"
        for name in FACTORS
        if (level := widest[name]) and (name in _NO_OWN_LEVEL or level != design.reference.get(name, level))
    ]
    where = f"{', '.join(off) or 'the reference'} with {label(widest['strategy'])}"
    return [
        f"Residuals: settings do not spread alike (Breusch-Pagan, p = {found['p']:.2g}; standard deviation over seeds "
        f"{in_points(found['median_sd'])} points in the median setting, {in_points(found['widest_sd'])} at {where}). "
        "Verdicts and shares of variance account for this: each term uses the noise of the settings that it compares."
    ]


def _with_interval(change: float, interval: Sequence[float]) -> str:
    low, high = interval
    return f"{100 * change:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"


def in_points(share: float) -> str:
    """Return a share of accuracy as points: `12.3`."""
    return f"{100 * share:.1f}"


def upper(text: str) -> str:
    """Return a text with a capital letter at its beginning."""
    return f"{text[0].upper()}{text[1:]}"
