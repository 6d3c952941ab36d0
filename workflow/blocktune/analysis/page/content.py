"""What a finished study puts on its page."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ... import __version__
from ...document.blocks import Block
from ...files.answer import Answer as Recommended
from ...files.model import ModelScores
from ...files.record import RunRecord
from ...files.rounds_scores import RoundsScores
from ...files.study import Study
from ...settings.model import Settings
from ..by_rounds import ended_words
from ..evaluation_words import calibration, classes_table, confusion_table
from ..layers import Network
from ..paper import compare
from ..protocol import protocol, weights_words
from ..recommend_words import ALL_DIVERGED, answer
from ..scores import Scores
from ..snippet import can_be_shown, snippet
from ..strategies import label
from ..table import build_table
from ..table_page import table_one
from .curves import training_curves
from .maps import map_note, map_words, maps, with_repeats
from .page import Answer, Chart, Factors, Model, Page
from .pictures import Picture, images
from .tables import DECIMALS, costs, versus_paper


@dataclass(frozen=True)
class Found:
    """A finished study, read.

    Attributes:
        answers: By backbone's key what `recommend` found, None where every final run diverged.
        final_records: Records of the final runs, by id.
        search_records: Records of the search's runs, by id.
        digests: Digests by what they are of: `images`, `parts`, and weights by backbone's key.
        licences: Of the images, where known.
        trust: What the repeats say; empty without repeats.
        models: By backbone's key what an exported model's evaluation says.
        images: The images, for the mistakes.
        factors: What a study of factors says, if there was one.
        undecided: By backbone's key what halving says of rounds in which it discarded nobody.
        by_rounds: By backbone's key what a search by rounds found.
    """

    study: Study
    backbones: Sequence[Network]
    search: Scores
    final: Scores
    settings: Settings
    classes: Sequence[str]
    answers: Mapping[str, Recommended | None]
    final_records: Mapping[str, RunRecord]
    search_records: Mapping[str, RunRecord]
    digests: Mapping[str, str]
    licences: Sequence[str] = ()
    trust: Sequence[Block] = ()
    figures: Sequence[Picture] = ()
    models: Mapping[str, ModelScores] = field(default_factory=dict)
    images: np.ndarray | None = None
    factors: Factors | None = None
    undecided: Mapping[str, Sequence[str]] = field(default_factory=dict)
    by_rounds: Mapping[str, RoundsScores] = field(default_factory=dict)


def page_of(found: Found) -> Page:
    """Return the page of a finished study."""
    study, backbones = found.study, found.backbones
    table = build_table(study, backbones, found.final)
    return Page(
        title=f"Which layers to unfreeze: study {study.name}"
        + (f", {study.dataset}" if study.dataset != study.name else ""),
        version=__version__,
        conditions=protocol(study, "final"),
        warnings=[
            f"{b.title}: {words}."
            for b in backbones
            if b.weights_kind in ("none", "digits") and (words := weights_words(b))
        ],
        answers=[_answer(found, backbone) for backbone in backbones],
        table_one=table_one(study, backbones, table, DECIMALS),
        versus_paper=versus_paper(compare(study, backbones, table)),
        images=study.scored_on("final")[1],
        trust=found.trust,
        maps=[chart for backbone in backbones for chart in maps(study, backbone, found.search)],
        map_words=map_words(study),
        map_note=map_note(study),
        curves=[
            Chart(backbone.title, training_curves(study, backbone, found.final, found.final_records))
            for backbone in backbones
        ],
        models=[_model(found, backbone) for backbone in backbones if backbone.key in found.models],
        search_cost=" ".join([_search_cost(study, found.search_records.values()), *_undecided(found), *_ended(found)]),
        costs=[costs(study, backbone, found.final, found.final_records) for backbone in backbones],
        figures=found.figures,
        with_repeats=with_repeats(study),
        origin=_origin(found),
        settings=json.dumps(found.settings.model_dump(mode="json"), indent=2),
        factors=found.factors,
    )


def _answer(found: Found, backbone: Network) -> Answer:
    recommended = found.answers[backbone.key]
    if recommended is None:
        return Answer(backbone.title, ALL_DIVERGED)
    words = answer(found.study, backbone, recommended, timed=False)
    why_not = can_be_shown(backbone, recommended["best"], found.settings)
    if why_not is not None:
        return Answer(backbone.title, words, no_snippet=f"There is no code: {why_not}.")
    return Answer(backbone.title, words, snippet(backbone, recommended["best"], found.settings, len(found.classes)))


def _model(found: Found, backbone: Network) -> Model:
    evaluation = found.models[backbone.key]
    low, high = evaluation["interval"]
    words = (
        f"The model of {label(evaluation['strategy'])} on the {evaluation['scored']} images: "
        f"{evaluation['right']} of {evaluation['pictures']} right, accuracy {evaluation['accuracy']:.4f} "
        f"(95 % interval {low:.4f} to {high:.4f}). {calibration(evaluation)}."
    )
    mistakes = evaluation.get("mistakes", [])
    return Model(
        backbone.title,
        words,
        confusion_table(evaluation, f"{backbone.title}: confusion matrix"),
        classes_table(evaluation, f"{backbone.title}: class by class"),
        [] if found.images is None else images(mistakes, found.images),
    )


def _search_cost(study: Study, records: Iterable[RunRecord]) -> str:
    """What the search took in words; runs that strategies or repeats share count once."""
    seconds = [record["resources"].get("cpu_seconds") for record in records]
    known = [value for value in seconds if value is not None]
    if not known:
        return f"The search (by {study.method}) trained no run of its own."
    return (
        f"The search (by {study.method}) trained {len(seconds)} different runs in {sum(known) / 60:.1f} minutes of "
        f"processor time, {sum(known) / len(known):.0f} seconds a run."
    )


def _undecided(found: Found) -> list[str]:
    """Rounds of halving that could not tell candidates apart, which is why more of them trained on."""
    said = ((backbone, found.undecided.get(backbone.key, ())) for backbone in found.backbones)
    return [f"{backbone.title}, {words}." for backbone, rounds in said for words in rounds]


def _ended(found: Found) -> list[str]:
    """What ended the search of each backbone, where it was one by rounds."""
    return [words for one in found.backbones for words in ended_words(found.by_rounds, one.key, one.title)]


def _origin(found: Found) -> list[tuple[str, str]]:
    study = found.study
    parts = ", ".join(f"{name} {count}" for name, count in study.images.items())
    entries = [
        ("Images", f"{study.dataset}: {parts}; {len(found.classes)} classes: {', '.join(found.classes)}"),
        ("Licence of the images", "; ".join(found.licences) or "not known to blocktune"),
        ("Digest of the images", found.digests["images"]),
        ("Digest of the split", found.digests["parts"]),
    ]
    for backbone in found.backbones:
        words = weights_words(backbone) or "Keras' ImageNet weights"
        entries.append((f"Weights of {backbone.title}", f"{words}; sha256 {found.digests[backbone.key]}"))
    return [*entries, ("Software", _software(found.final_records.values()))]


def _software(records: Iterable[RunRecord]) -> str:
    """Versions that the final runs were trained with; several where machines differed."""
    seen = set()
    for record in records:
        resources = record["resources"]
        versions = [f"{name} {number}" for name, number in sorted(resources.get("versions", {}).items())]
        backend, machine = resources.get("backend", ""), resources.get("machine", "")
        seen.add(", ".join([f"blocktune {__version__}", backend, *versions, machine]))
    return "; or ".join(sorted(seen))
