"""What the factors do, in plain words: which effects are larger than noise, and which are not."""

import math
from collections.abc import Sequence

from ..analysis.strategies import label
from ..files.design import Design
from ..files.effects import BackboneEffects, DistanceEffect, DivergedSetting, ResponseEffect, StrategiesAtReference
from ..settings.varied import VARIED
from .levels import EVERY
from .names import FACTORS, GRID, IN_WORDS, RESPONSES, WHERE, term_name

_NO_OWN_LEVEL = {key for key, factor in VARIED.items() if not (factor.varies or factor.in_arms)}
"""Factors without a level where another factor is varied: imbalance, since the study's classes are as they are."""


def answer(backbone: BackboneEffects) -> str:
    """Return the one sentence that comes first: which factor matters most, and by how much.

    Args:
        backbone: What `effects.effects` returned for it.
    """
    order = by_importance(backbone)
    if not order:
        return "No factor had two levels: there is nothing to compare."
    if not backbone["tests"]:
        first = order[0]
        return (
            f"No effect can be distinguished from noise ({backbone['why_no_tests']}). The largest difference is "
            f"between the levels of {IN_WORDS[first]}: {_per_strategy(backbone, first)}."
        )
    sure = [factor for factor in order if matters(backbone, factor)]
    if not sure:
        return "No factor has an effect larger than noise, within the levels tried."
    return f"Within the levels tried, {IN_WORDS[sure[0]]} has the largest effect: {_per_strategy(backbone, sure[0])}."


def by_importance(backbone: BackboneEffects) -> list[str]:
    """Return the factors by the points between their best and worst level, largest first.

    That is of the mean over strategies; of the only strategy where there is one.
    """

    def points(factor: str) -> float:
        found = backbone["ranges"][factor]
        entry = found.get(EVERY) or max(found.values(), key=lambda one: one["range"], default=None)
        return entry["range"] if entry else 0.0

    return sorted((factor for factor in backbone["ranges"] if backbone["ranges"][factor]), key=points, reverse=True)


def matters(backbone: BackboneEffects, factor: str) -> bool:
    """Whether a factor, or how it acts with the strategy, is larger than noise."""
    return any(
        entry["larger_than_noise"]
        for entry in backbone["tests"]
        if factor in entry["term"] and set(entry["term"]) <= {factor, "strategy"}
    )


def sentences(backbone: BackboneEffects, design: Design) -> list[str]:
    """Return what the runs of a backbone say, one sentence each.

    Args:
        backbone: What `effects.effects` returned for it.
        design: The design.
    """
    said = [
        *_factors(backbone),
        *_interactions(backbone),
        *_distance(backbone["distance"]),
        *_where(backbone[WHERE]),
        *_responses(backbone),
        *_diverged(backbone, design),
        *_residuals(backbone, design),
    ]
    unknown = [term_name(term) for term in backbone["unknown"]]
    if unknown:
        said.append(f"These runs can't separate these terms from others: {', '.join(unknown)}.")
    return said


def _factors(backbone: BackboneEffects) -> list[str]:
    order = by_importance(backbone)
    if not backbone["tests"]:
        return [f"{_upper(IN_WORDS[factor])}: {_per_strategy(backbone, factor)}." for factor in order[1:]]
    sure = [factor for factor in order if matters(backbone, factor)]
    said = [f"{_upper(IN_WORDS[factor])} also has an effect: {_per_strategy(backbone, factor)}." for factor in sure[1:]]
    if rest := [factor for factor in order if factor not in sure]:
        named = "; ".join(f"{IN_WORDS[factor]} ({_against_noise(backbone, factor)})" for factor in rest)
        said.append(f"Not larger than noise: {named}.")
    return said


def _per_strategy(backbone: BackboneEffects, factor: str) -> str:
    """`58.0 points between best (1e-4) and worst (1e-1) with Baseline II, 6.1 (...) with Baseline I`, widest first."""
    found = [(name, entry) for name, entry in backbone["ranges"][factor].items() if name != EVERY]
    found.sort(key=lambda item: item[1]["range"], reverse=True)
    told = []
    for place, (name, entry) in enumerate(found):
        points = f"{in_points(entry['range'])} points" if not place else in_points(entry["range"])
        best, worst = entry["highest"], entry["lowest"]
        between = f"between its best level ({best}) and its worst ({worst})" if not place else f"({best}, {worst})"
        noise = "" if entry["larger_than_noise"] in (True, None) else ", which is not more than noise"
        told.append(f"{points} {between} with {label(name)}{noise}")
    return "; ".join(told)


def _against_noise(backbone: BackboneEffects, factor: str) -> str:
    found = backbone["ranges"][factor]
    entry = found.get(EVERY) or max(found.values(), key=lambda one: one["range"])
    noise = "" if entry["noise"] is None else f"; noise alone reaches {in_points(entry['noise'])}"
    return f"{in_points(entry['range'])} points between its levels{noise}"


def _interactions(backbone: BackboneEffects) -> list[str]:
    pairs = [entry for entry in backbone["tests"] if entry["kind"] == "interaction"]
    if not pairs:
        return []
    said = []
    sure = [entry["term"] for entry in pairs if entry["larger_than_noise"]]
    factors = [next(name for name in term if name != "strategy") for term in sure if "strategy" in term]
    if factors:
        told = "; ".join(f"{IN_WORDS[factor]} ({_spread_of_ranges(backbone, factor)})" for factor in factors)
        said.append(f"These effects differ between strategies by more than noise: {told}.")
    if both := [term_name(term) for term in sure if "strategy" not in term]:
        said.append(f"The effects of these factors depend on each other by more than noise: {', '.join(both)}.")
    if rest := [term_name(entry["term"]) for entry in pairs if not entry["larger_than_noise"]]:
        said.append(f"Interactions that are not larger than noise: {', '.join(rest)}.")
    return said


def _spread_of_ranges(backbone: BackboneEffects, factor: str) -> str:
    found = [(name, entry) for name, entry in backbone["ranges"][factor].items() if name != EVERY]
    found.sort(key=lambda item: item[1]["range"], reverse=True)
    (most, wide), (least, narrow) = found[0], found[-1]
    return f"{in_points(wide['range'])} points with {label(most)}, {in_points(narrow['range'])} with {label(least)}"


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
        f"{_upper(RESPONSES[name])}: {_response(name, found)}."
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


def _upper(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
