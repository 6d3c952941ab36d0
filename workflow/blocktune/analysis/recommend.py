"""The answer first: which layers of a backbone to unfreeze for this data, how good that is, what it costs."""

from collections.abc import Mapping, Sequence
from typing import Any

from .classification import wilson
from .layers import Backbone
from .paired import Right, paired_difference
from .scores import Score
from .study import Study
from .table import mean
from .untrained import is_untrained

Record = dict[str, Any]
Plan = Mapping[str, Any]


def recommendation(
    study: Study, backbone: Backbone, plans: Sequence[Plan], records: Mapping[str, Record], right: Right
) -> Record | None:
    """Return what to do with a backbone, as plain data; None if every final run diverged.

    The strategy is chosen by validation, so that with a test part the scores are those of photographs that chose
    nothing.

    Args:
        study: The study.
        backbone: The backbone.
        plans: Plans of its final runs, of every repeat.
        records: Records of these runs, by id.
        right: By run, whether each test photograph was classified rightly.

    Returns:
        `best`, and `others` from the next best on (see `_entry`); `scored` (`test` or `validation`); `final_runs` and
        how many of them `diverged`.
    """
    entries = []
    for place in range(len(plans[0]["candidates"])):
        runs = [plan["candidates"][place]["run"] for plan in plans]
        entries.append(_entry(study, plans, place, [records[run] for run in runs]))
    usable = [entry for entry in entries if entry["validation"] is not None]
    if not usable:
        return None
    # Of equals the one that trains less
    ranked = sorted(usable, key=lambda entry: (-entry["validation"], entry["parameters"]))
    everything = next((entry for entry in entries if entry["strategy"] == "baseline2"), None)
    for entry in ranked:
        if everything is not None and entry["validation"] is not None:
            entry["above_baseline2"] = _difference(backbone.key, entry, everything, right, study.new_parts)
    part, _ = study.scored_on("final")
    runs = {run for entry in entries for run in entry["runs"]}
    return {
        "backbone": backbone.key,
        "title": backbone.title,
        "scored": part,
        "final_runs": len(runs),
        "diverged": sum(records[run]["metrics"]["diverged"] for run in runs),
        "best": ranked[0],
        "others": ranked[1:],
    }


def _entry(study: Study, plans: Sequence[Plan], place: int, found: Sequence[Record]) -> Record:
    """One strategy: what it unfreezes, accuracies (means over repeats), the score's interval, seconds.

    `untrained` is in how many repeats its run has learnt nothing.
    """
    candidate = plans[0]["candidates"][place]
    _, photographs = study.scored_on("final")
    validation = mean([record["metrics"][f"{study.counts}_accuracy"] for record in found])
    accuracies = [_scored(record["metrics"], study.counts) for record in found]
    scored = mean(accuracies)
    return {
        "strategy": candidate["strategy"],
        "candidate": candidate["candidate"],
        "names": candidate["names"],
        "parameters": candidate["parameters"],
        "same_in_repeats": sum(plan["candidates"][place]["names"] == candidate["names"] for plan in plans),
        "repeats": len(plans),
        "validation": validation,
        "accuracy": scored,
        "interval": None if scored is None else wilson(scored * photographs, photographs),
        "cpu_seconds": mean([record["resources"].get("cpu_seconds") for record in found]),
        "runs": [record["run"] for record in found],
        "accuracies": accuracies,
        "untrained": sum(is_untrained(study, accuracy) for accuracy in accuracies),
    }


def _scored(metrics: Mapping[str, Any], counts: str) -> float | None:
    if metrics["diverged"]:
        return None
    return metrics["test"][counts]["accuracy"] if metrics.get("test") else metrics[f"{counts}_accuracy"]


def _difference(backbone: str, ours: Record, theirs: Record, right: Right, new_parts: float | None) -> Record:
    pairs = [
        (_score(backbone, ours, place), _score(backbone, theirs, place)) for place in range(len(ours["accuracies"]))
    ]
    return paired_difference(pairs, [right] * len(pairs), new_parts)


def _score(backbone: str, entry: Record, place: int) -> Score:
    """The score of one repeat, as the comparison of pairs takes it."""
    accuracy, run = entry["accuracies"][place], entry["runs"][place]
    return Score(backbone, entry["strategy"], 1, None, None, len(entry["names"]), entry["parameters"], run, accuracy, 1)
