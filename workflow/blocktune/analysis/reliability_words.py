"""`reliability.md`: what the repeats say, in tables and in plain words."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..candidates.searched import SEARCHED
from .layers import Backbone
from .markdown import escape, markdown_table
from .notes import weights_note
from .optimism_words import optimism_parts
from .protocol import protocol
from .strategies import label
from .study import Study
from .untrained import guess_words

Record = dict[str, Any]

_OVER = {
    "photographs": "noise of the test images alone; one repeat can't tell training noise",
    "photographs and repeats": "noise of the test images and of training, the latter from the repeats of all backbones "
    "of the study",
    "repeats": "training noise alone, from the repeats of all backbones of the study, on the same images",
    "parts": "noise between repeats with parts of their own, from all backbones, corrected for the parts' overlap",
}


def reliability_markdown(study: Study, backbones: Sequence[Backbone], found: Record, chosen: Record) -> str:
    """Return the page.

    Args:
        study: The study.
        backbones: The backbones, in order.
        found: What `reliability.reliability` returned.
        chosen: What `optimism.optimism` returned.
    """
    parts = [
        "# How far the results can be trusted",
        f"Study {escape(study.name)}, {found['repeats']} repeats with seeds {study.seed} to "
        f"{study.seed + found['repeats'] - 1}. {escape(protocol(study, 'final'))}.",
        "## In plain words",
        "\n".join(f"- {escape(sentence)}" for sentence in sentences(study, backbones, found)),
        "## Strategies",
        "Variance over backbones is the paper's measure of reliability; variance over repeats is noise.",
        _strategies(study, found, {backbone.key: backbone.title for backbone in backbones}),
        "## Accuracies: mean and standard deviation over repeats",
        _accuracies(study, backbones, found),
        *[
            part
            for baseline in found["differences"]
            for part in (
                f"## Points above {label(baseline)}, with 95 % intervals",
                _differences(backbones, found["differences"][baseline]),
            )
        ],
        "## How stable the winners are",
        "Share: how often the most frequent winner won. Overlap: mean Jaccard overlap of the winners' layers with "
        "weights. Rank correlation (Spearman) of all candidates. All between repeats, of the search.",
        _winners(backbones, found),
        "## Selection optimism",
        *optimism_parts(study, backbones, chosen),
        *map(escape, weights_note(backbones)),
    ]
    return "\n\n".join(parts) + "\n"


def sentences(study: Study, backbones: Sequence[Backbone], found: Record) -> list[str]:
    """Return what the numbers say and what they can't say, one sentence each."""
    said = []
    titles = {backbone.key: backbone.title for backbone in backbones}
    for baseline, by_strategy in found["differences"].items():
        for strategy, by_backbone in by_strategy.items():
            said.append(_verdict(label(strategy), label(baseline), by_backbone, titles))
    pairs = [entry for rows in found["differences"].values() for row in rows.values() for entry in row.values()]
    failed = {name for entry in pairs for name in entry.get("untrained", [])}
    if failed:
        said.append(f"Untrained: the accuracy can't be told from {guess_words(study)}; no difference to it counts.")
    over, least = found["over_backbones"], found["over_backbones"]["least_wilcoxon_p"]
    count = over["backbones"]
    if least > 0.05:
        what = "one backbone is" if count == 1 else f"{count} backbones are"
        said.append(
            f"Over backbones: {what} too few to tell two strategies apart; were one better on every one of them, "
            f"Wilcoxon's test would still say p = {least:g}."
        )
    if over["friedman_p"] is not None:
        is_so = "do" if over["friedman_p"] < 0.05 else "do not"
        said.append(
            f"Over backbones the strategies as a whole {is_so} differ by more than chance "
            f"(Friedman, p = {over['friedman_p']:.2g})."
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
        said.append("There is one repeat: training noise is unknown, and no interval holds it.")
    elif found["repeats"] < 5:
        said.append(
            f"{found['repeats']} repeats give a rough idea of training noise: standard deviations may be off by half."
        )
    if not study.holdout:
        said.append(
            "The same photographs chose the winners and scored them (protocol paper), which favours strategies that "
            "choose among many candidates; evaluation.protocol holdout does not."
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


def _verdict(ours: str, theirs: str, by_backbone: dict[str, Record], titles: dict[str, str]) -> str:
    groups: dict[str, list[str]] = {"better": [], "worse": [], "even": [], "untrained": [], "unknown": []}
    for key, entry in by_backbone.items():
        interval = entry["interval"]
        if entry.get("untrained"):
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
        "untrained": "not compared, since one has learnt nothing, with {}",
        "unknown": "no interval can be given for {}",
    }
    told = "; ".join(words[group].format(", ".join(names)) for group, names in groups.items() if names)
    # With one repeat the interval knows the noise of the test images only
    alone = any(entry["interval_over"] == "photographs" for entry in by_backbone.values())
    return f"{ours} against {theirs}{', training noise left out' if alone else ''}: {told}."


def _strategies(study: Study, found: Record, titles: dict[str, str]) -> str:
    rows = []
    for strategy in study.strategies:
        entry = found["strategies"][strategy]
        worst = entry["worst_backbone"]
        rows.append(
            [
                label(strategy),
                _number(entry["mean"]),
                f"{_number(entry['worst_mean'])} ({escape(titles[worst])})" if worst else "n/a",
                _number(entry["variance_over_backbones"], 6),
                _number(entry["variance_over_repeats"], 6),
            ]
        )
    return markdown_table(
        ["Strategy", "Mean", "Worst backbone", "Variance over backbones", "Variance over repeats"], rows
    )


def _accuracies(study: Study, backbones: Sequence[Backbone], found: Record) -> str:
    rows = []
    for backbone in backbones:
        cells = [found["strategies"][strategy]["backbones"][backbone.key] for strategy in study.strategies]
        rows.append([escape(backbone.title), *(_with_sd(cell) for cell in cells)])
    return markdown_table(["Backbone", *(label(strategy) for strategy in study.strategies)], rows)


def _with_sd(cell: Record) -> str:
    if cell["mean"] is None:
        return "diverged"
    return _number(cell["mean"]) + ("" if cell["sd"] is None else f" ± {_number(cell['sd'])}")


def _differences(backbones: Sequence[Backbone], by_strategy: dict[str, dict[str, Record]]) -> str:
    rows = [
        [escape(backbone.title), *(_points(by_backbone[backbone.key]) for by_backbone in by_strategy.values())]
        for backbone in backbones
    ]
    over = {entry["interval_over"] for by_backbone in by_strategy.values() for entry in by_backbone.values()} - {None}
    kinds = "; ".join(_OVER[name] for name in sorted(over))
    table = markdown_table(["Backbone", *(label(strategy) for strategy in by_strategy)], rows)
    return table + (f"\n\nIntervals: {kinds}." if kinds else "\n\nNo interval: that needs two repeats.")


def _points(entry: Record) -> str:
    if entry["points"] is None:
        return "n/a"
    if entry.get("untrained"):
        return "untrained"
    interval = "" if entry["interval"] is None else f" [{entry['interval'][0]:+.1f}, {entry['interval'][1]:+.1f}]"
    return f"{entry['points']:+.1f}{interval}"


def _winners(backbones: Sequence[Backbone], found: Record) -> str:
    rows = []
    for strategy, by_backbone in found["winners"].items():
        for backbone in backbones:
            entry = by_backbone[backbone.key]
            if entry["winners"]:
                rows.append(
                    [
                        f"{label(strategy)}, best {SEARCHED[strategy].one}",
                        escape(backbone.title),
                        ", ".join(map(str, entry["winners"])),
                        _number(entry["share"], 2),
                        _number(entry["jaccard"], 2),
                        _number(entry["rank_correlation"], 2),
                    ]
                )
    head = [
        "Strategy",
        "Backbone",
        "Winner of each repeat (1: nearest the head)",
        "Share",
        "Overlap",
        "Rank correlation",
    ]
    return markdown_table(head, rows)


def _number(value: float | None, digits: int = 4) -> str:
    return "n/a" if value is None else f"{value:.{digits}f}"


def why_not(found: Record) -> str:
    """Return why strategies can't be compared pair by pair over these backbones."""
    if found["mean_ranks"] is None:
        return "No ranks: that needs two backbones, three strategies, and no run that diverged."
    if found["friedman_p"] is None:
        return "No comparison: all strategies score the same."
    return (
        f"{found['backbones']} backbones are too few: mean ranks must differ by {found['critical_difference']:.1f} "
        f"(Nemenyi, 0.05),\nand the greatest difference there can be is {found['greatest_difference']:.0f}."
    )
