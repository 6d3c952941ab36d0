"""`reliability.md`: what the repeats say, in tables and in plain words."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..document.blocks import Block, Bullets, Heading
from ..files.answer import OptimismFound
from ..files.reliability import BaselineDifference, RanksOverBackbones, ReliabilityFound
from ..files.study import Study
from . import reliability_tables as tables
from .layers import Network
from .notes import weights_note
from .optimism_words import optimism_parts
from .protocol import protocol
from .strategies import label
from .untrained import guess_words


def reliability_page(
    study: Study, backbones: Sequence[Network], found: ReliabilityFound, chosen: OptimismFound
) -> list[Block]:
    """Return the page of what `reliability.reliability` and `optimism.optimism` returned, also as read from files."""
    found = _in_order(found, [*study.strategies, *(backbone.key for backbone in backbones)])
    return [
        Heading("How far the results can be trusted", 1),
        f"Study {study.name}, {found['repeats']} repeats with seeds {study.seed} to "
        f"{study.seed + found['repeats'] - 1}. {protocol(study, 'final')}.",
        Heading("In plain words"),
        Bullets(sentences(study, backbones, found)),
        Heading("Strategies"),
        "Variance over backbones is the paper's measure of reliability; variance over repeats is noise.",
        tables.strategies(study, found, {backbone.key: backbone.title for backbone in backbones}),
        Heading("Accuracies: mean and standard deviation over repeats"),
        tables.accuracies(study, backbones, found),
        *[
            part
            for baseline, by_strategy in found["differences"].items()
            for part in (
                Heading(f"Points above {label(baseline)}, with 95 % intervals"),
                *tables.differences(backbones, by_strategy),
            )
        ],
        Heading("How stable the winners are"),
        "Share: how often the most frequent winner won. Overlap: mean Jaccard overlap of the winners' layers with "
        "weights. Rank correlation (Spearman) of all candidates. All between repeats, of the search.",
        tables.winners(backbones, found),
        Heading("Selection optimism"),
        *optimism_parts(study, backbones, chosen),
        *weights_note(backbones),
    ]


def _in_order(content: Any, names: Sequence[str]) -> Any:
    """Return plain data with these names in this order wherever they are keys: a JSON file has its keys sorted."""
    if not isinstance(content, dict):
        return content
    keys = sorted(content, key=lambda key: names.index(key) if key in names else -1)
    return {key: _in_order(content[key], names) for key in keys}


def sentences(study: Study, backbones: Sequence[Network], found: ReliabilityFound) -> list[str]:
    """Return what the numbers say and what they can't say, one sentence each."""
    said = []
    titles = {backbone.key: backbone.title for backbone in backbones}
    for baseline, by_strategy in found["differences"].items():
        for strategy, by_backbone in by_strategy.items():
            said.append(_verdict(label(strategy), label(baseline), by_backbone, titles))
    pairs = [entry for rows in found["differences"].values() for row in rows.values() for entry in row.values()]
    failed = {name for entry in pairs for name in entry["untrained"]}
    if failed:
        said.append(f"Untrained: not better than {guess_words(study)}; it is left out of comparisons.")
    over, least = found["over_backbones"], found["over_backbones"]["least_wilcoxon_p"]
    count = over["backbones"]
    if least > 0.05:
        what = "One backbone is" if count == 1 else f"{count} backbones are"
        said.append(
            f"{what} too few to tell two strategies apart: if one were better on all of them, Wilcoxon's test would "
            f"give p = {least:g}."
        )
    if over["friedman_p"] is not None:
        is_so = "differ" if over["friedman_p"] < 0.05 else "do not differ"
        said.append(
            f"Over backbones the strategies {is_so} by more than noise (Friedman's test, p = {over['friedman_p']:.2g})."
        )
    if over["nemenyi_p"] is None:
        said.append(f"Pair by pair over backbones: {_first_low(why_not(over))}")
    else:
        told = sorted(
            {
                (label(one), label(other))
                for one, others in over["nemenyi_p"].items()
                for other, p in others.items()
                if not failed & {one, other} and p < 0.05 and over["mean_ranks"][one] < over["mean_ranks"][other]
            }
        )
        what = "; ".join(f"{one} ranks above {other}" for one, other in told) or "none ranks above another"
        said.append(f"Pair by pair over backbones (Nemenyi's test at 0.05): {what}.")
    for baseline, tests in found["variance_tests"].items():
        trained = {name: p for name, p in tests.items() if not failed & {name, baseline}}
        said.append(_spread(label(baseline), trained))
    if found["repeats"] < 2:
        said.append("There is one repeat, so the noise of training is unknown, and the intervals leave it out.")
    elif found["repeats"] < 5:
        said.append(
            f"{found['repeats']} repeats estimate the noise of training only roughly: standard deviations may be off "
            "by half."
        )
    if not study.holdout:
        said.append(
            "Selection and test use the same images (protocol paper). That favours strategies with many candidates; "
            "evaluation.protocol holdout avoids it."
        )
    return said


def _spread(baseline: str, tests: Mapping[str, float | None]) -> str:
    """Whether any strategy has another variance over backbones than a baseline: the paper's measure of reliability."""
    known = {name: p for name, p in tests.items() if p is not None}
    if not known:
        return f"Variance over backbones against {baseline}'s: no test, that needs three backbones and trained runs."
    told = [f"{label(name)} (p = {p:.2g})" for name, p in known.items() if p < 0.05]
    what = (
        f"differs for {', '.join(told)}"
        if told
        else f"differs for no strategy (p = {min(known.values()):.2g} at least)"
    )
    return f"Variance over backbones against {baseline}'s: it {what}, Pitman and Morgan's test with Holm's correction."


def _first_low(text: str) -> str:
    return " ".join((text[0].lower() + text[1:]).split())


def _verdict(ours: str, theirs: str, by_backbone: dict[str, BaselineDifference], titles: dict[str, str]) -> str:
    groups: dict[str, list[str]] = {"better": [], "worse": [], "even": [], "untrained": [], "unknown": []}
    for key, entry in by_backbone.items():
        interval = entry["interval"]
        if entry["untrained"]:
            failed = " and ".join(label(name) for name in entry["untrained"])
            groups["untrained"].append(f"{titles[key]} ({failed})")
        elif interval is None:
            groups["unknown"].append(titles[key])
        else:
            low, high = interval
            groups["better" if low > 0 else "worse" if high < 0 else "even"].append(titles[key])
    words = {
        "better": "better with {}",
        "worse": "worse with {}",
        "even": "not different by more than noise with {}",
        "untrained": "untrained, so not compared, with {}",
        "unknown": "no interval for {}",
    }
    told = "; ".join(words[group].format(", ".join(names)) for group, names in groups.items() if names)
    # With one repeat the interval knows the noise of the test images only
    alone = any(entry["interval_over"] == "images" for entry in by_backbone.values())
    return f"{ours} against {theirs}{', noise of training left out' if alone else ''}: {told}."


def why_not(found: RanksOverBackbones) -> str:
    """Return why strategies can't be compared pair by pair over these backbones."""
    if found["mean_ranks"] is None:
        return "No ranks: that needs two backbones, three strategies, and no run that diverged."
    if found["friedman_p"] is None:
        return "No comparison: all strategies score the same."
    return (
        f"{found['backbones']} backbones are too few: Nemenyi's test (0.05) needs mean ranks that differ by "
        f"{found['critical_difference']:.1f},\nand they can differ by {found['greatest_difference']:.0f} at most."
    )
