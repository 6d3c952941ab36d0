"""What the factors do, in plain words: which effects are larger than noise, and which are not."""

from ..analysis.strategies import label
from ..files.design import Design
from ..files.effects import BackboneEffects
from .besides_words import besides, in_points, upper
from .levels import EVERY
from .names import IN_WORDS, term_name


def answer(backbone: BackboneEffects) -> str:
    """Return the one sentence that comes first: which factor matters most, and by how much."""
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
    """Return what the runs of a backbone say, one sentence each."""
    said = [*_factors(backbone), *_interactions(backbone), *besides(backbone, design)]
    unknown = [term_name(term) for term in backbone["unknown"]]
    if unknown:
        said.append(f"These runs can't separate these terms from others: {', '.join(unknown)}.")
    return said


def _factors(backbone: BackboneEffects) -> list[str]:
    order = by_importance(backbone)
    if not backbone["tests"]:
        return [f"{upper(IN_WORDS[factor])}: {_per_strategy(backbone, factor)}." for factor in order[1:]]
    sure = [factor for factor in order if matters(backbone, factor)]
    said = [f"{upper(IN_WORDS[factor])} also has an effect: {_per_strategy(backbone, factor)}." for factor in sure[1:]]
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
