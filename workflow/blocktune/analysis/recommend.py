"""The answer first: which layers of a backbone to unfreeze for this data, how good that is, what it costs."""

from collections.abc import Mapping, Sequence

from ..files.answer import AgainstProbe, Answer, AnswerEntry
from ..files.plan import Plan
from ..files.record import Metrics, RunRecord
from ..files.rounds_scores import RoundsScores
from ..files.study import Study
from ..runs.history import validation_loss
from ..search.ranking import rank_key
from .by_rounds import answering, said_of
from .keep_frozen import lead_over
from .layers import Network
from .paired import Pairs, Right, paired_differences, pooled, score_interval
from .scores import Score
from .table import mean
from .untrained import is_untrained

COMPARED = {"probe": "above_probe", "baseline2": "above_baseline2"}
"""Baselines that every strategy is compared with, where the study has them, and where the difference is written."""

CLEARLY = 2.0
"""A training of the study's own seed that lies so many standard errors behind another one is not handed over."""


def recommendations(
    study: Study,
    plans: Sequence[tuple[Network, Sequence[Plan]]],
    records: Mapping[str, RunRecord],
    right: Right,
    searches: Mapping[str, RoundsScores] = {},
) -> dict[str, Answer | None]:
    """Return what to do with each backbone by its key, as plain data; None if every final run of one diverged.

    The strategy is chosen by validation (`study.choose_by`), so that with a test part the scores are those of images
    that chose nothing. A search by rounds has an answer of its own, which pools seeds and neighbours. Without repeats
    that comes first, unless another strategy's training is clearly better on the validation images. Where what comes
    first is not better than the linear probe by more than noise there (`keep_frozen`), the answer is the probe.

    Args:
        study: The study.
        plans: Backbones, each with the plans of its final runs, of every repeat.
        records: Records of these runs, by id.
        right: By run, whether each test image was classified rightly.
        searches: By backbone what a search by rounds found in the first repeat.

    Returns:
        By backbone `best`, and `others` from the next best on (see `_entry`), each with its differences to the linear
        probe (`above_probe`) and to Baseline II (`above_baseline2`) where they were trained; `ranked_first`, the
        strategy that search or validation put first, and `against_probe`, how far it lies above the probe there (None
        if it is the probe, or if that is not known); `scored` (`test` or `validation`); `final_runs` and how many of
        them `diverged`; of a search by rounds what that says of its answer (`search`).
    """
    entries = {backbone.key: _entries(study, mine, records) for backbone, mine in plans}
    _give_intervals(study, entries)
    for baseline, name in COMPARED.items():
        _compare(study, entries, right, baseline, name)
    found = {}
    for backbone, mine in plans:
        searched = answering(searches[backbone.key], mine[0]) if backbone.key in searches and len(mine) == 1 else None
        found[backbone.key] = _ranked(study, backbone, entries[backbone.key], records, searched)
    for key, answer in found.items():
        if answer is not None and key in searches:
            ranked = [answer["best"], *answer["others"]]
            answer["search"] = said_of(searches[key], [entry["strategy"] for entry in ranked])
    return found


def _ranked(
    study: Study,
    backbone: Network,
    entries: Mapping[str, AnswerEntry],
    records: Mapping[str, RunRecord],
    searched: str | None,
) -> Answer | None:
    """One backbone's answer; `searched`: the strategy that its search answers with, if it has an answer."""
    usable = [entry for entry in entries.values() if entry["validation"] is not None]
    if not usable:
        return None
    # Of equals the one that trains less
    ranked = sorted(usable, key=lambda entry: (_place(study, entry), entry["parameters"]))
    first = _first(study, ranked, records, searched)
    ranked.sort(key=lambda entry: entry is not first)
    sure = _against_probe(study, first, ranked, records)
    if sure is not None and not sure["more_than_noise"]:
        ranked.sort(key=lambda entry: entry["strategy"] != "probe")
    part, _ = study.scored_on("final")
    runs = {run for entry in entries.values() for run in entry["runs"]}
    return {
        "backbone": backbone.key,
        "title": backbone.title,
        "scored": part,
        "ranked_first": first["strategy"],
        "against_probe": sure,
        "final_runs": len(runs),
        "diverged": sum(records[run]["metrics"]["diverged"] for run in runs),
        "best": ranked[0],
        "others": ranked[1:],
    }


def _first(
    study: Study, ranked: Sequence[AnswerEntry], records: Mapping[str, RunRecord], searched: str | None
) -> AnswerEntry:
    """What the search answers with, unless validation is clearly for another; without a search, validation's choice."""
    first = ranked[0]
    answer = next((entry for entry in ranked if entry["strategy"] == searched), first)
    if answer is first:
        return first
    lead = lead_over(study, *([records[run] for run in entry["runs"]] for entry in (first, answer)))
    return answer if lead is None or lead["gain"] <= CLEARLY * lead["standard_error"] else first


def _place(study: Study, entry: AnswerEntry) -> float:
    return rank_key(entry["validation"], entry["validation_loss"], study.choose_by)


def _against_probe(
    study: Study, first: AnswerEntry, ranked: Sequence[AnswerEntry], records: Mapping[str, RunRecord]
) -> AgainstProbe | None:
    """`against_probe` of what came out first; None where there is no probe but it, and without a test part."""
    probe = next((entry for entry in ranked if entry["strategy"] == "probe"), None)
    if probe is None or first is probe or not study.holdout:
        return None
    return lead_over(study, *([records[run] for run in entry["runs"]] for entry in (first, probe)))


def _entries(study: Study, plans: Sequence[Plan], records: Mapping[str, RunRecord]) -> dict[str, AnswerEntry]:
    """A backbone's strategies, by their keys."""
    return {
        candidate.strategy: _entry(study, plans, place, [records[plan.candidates[place].run] for plan in plans])
        for place, candidate in enumerate(plans[0].candidates)
    }


def _entry(study: Study, plans: Sequence[Plan], place: int, found: Sequence[RunRecord]) -> AnswerEntry:
    """One strategy: what it unfreezes, accuracies (means over repeats), seconds; its interval comes later.

    `untrained` is in how many repeats its run has learnt nothing.
    """
    candidate = plans[0].candidates[place]
    accuracies = [_scored(record["metrics"], study.counts) for record in found]
    # None where nothing trains by steps
    rates = [plan.runs[plan.candidates[place].run].training.get("learning_rate") for plan in plans]
    return {
        "strategy": candidate.strategy,
        "candidate": candidate.candidate,
        "names": list(candidate.names),
        "learning_rate": rates[0],
        "parameters": candidate.parameters,
        "same_in_repeats": sum(
            (plan.candidates[place].names, rate) == (candidate.names, rates[0])
            for plan, rate in zip(plans, rates, strict=True)
        ),
        "repeats": len(plans),
        "validation": mean([record["metrics"][f"{study.counts}_accuracy"] for record in found]),
        "validation_loss": mean([validation_loss(record) for record in found]),
        "accuracy": mean(accuracies),
        "interval": None,
        "cpu_seconds": mean([record["resources"].get("cpu_seconds") for record in found]),
        "runs": [record["run"] for record in found],
        "accuracies": accuracies,
        "untrained": sum(is_untrained(study, accuracy) for accuracy in accuracies),
    }


def _scored(metrics: Metrics, counts: str) -> float | None:
    if metrics["diverged"]:
        return None
    return metrics["test"][counts]["accuracy"] if metrics.get("test") else metrics[f"{counts}_accuracy"]


def _give_intervals(study: Study, entries: Mapping[str, Mapping[str, AnswerEntry]]) -> None:
    """Add each score's interval: that of the images (Wilson), with repeats that of training noise as well."""
    _, images = study.scored_on("final")
    for strategy in {strategy for mine in entries.values() for strategy in mine}:
        known = [
            mine[strategy] for mine in entries.values() if strategy in mine and mine[strategy]["accuracy"] is not None
        ]
        training = pooled([entry["accuracies"] for entry in known])
        for entry in known:
            entry["interval"] = score_interval(entry["accuracies"], images, training, study.new_parts or 0.0)


def _compare(
    study: Study, entries: Mapping[str, Mapping[str, AnswerEntry]], right: Right, baseline: str, name: str
) -> None:
    """Add the difference to a baseline to what did not diverge, where the baseline was trained, too."""
    whole = {key: mine for key, mine in entries.items() if baseline in mine}
    for strategy in {strategy for mine in whole.values() for strategy in mine}:
        pairs = {key: _pairs(key, mine[strategy], mine[baseline]) for key, mine in whole.items() if strategy in mine}
        failed = [key for key in pairs if whole[key][strategy]["untrained"] or whole[key][baseline]["untrained"]]
        for key, difference in paired_differences(pairs, right, study.new_parts, failed).items():
            if whole[key][strategy]["validation"] is not None:
                whole[key][strategy][name] = difference


def _pairs(backbone: str, ours: AnswerEntry, theirs: AnswerEntry) -> Pairs:
    return [(_score(backbone, ours, place), _score(backbone, theirs, place)) for place in range(len(ours["runs"]))]


def _score(backbone: str, entry: AnswerEntry, place: int) -> Score:
    """The score of one repeat, as the comparison of pairs takes it."""
    accuracy, run = entry["accuracies"][place], entry["runs"][place]
    return Score(backbone, entry["strategy"], 1, None, None, len(entry["names"]), entry["parameters"], run, accuracy, 1)
