"""The model card: what a user of a fine-tuned model should know before trusting it."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from ..analysis.evaluation_words import evaluation_parts
from ..analysis.layers import Network
from ..analysis.protocol import protocol, weights_words
from ..analysis.strategies import label
from ..backbones.function import registered
from ..candidates.searched import SEARCHED
from ..data.origins import origins
from ..data.sixteen_bit import FULL
from ..document.blocks import Block, Bullets, Code, Heading, Words, code
from ..files.dataset import SplitSummary
from ..files.plan import PlannedCandidate
from ..files.record import Resources
from ..files.spec import RunSpec
from ..files.study import Study
from ..known_keras import keras
from ..settings.own import is_hub
from .export import Exported
from .network import OLDEST_KERAS

_KERAS_WEIGHTS = (
    "Keras' ImageNet weights (keras.applications names their makers and licence; ImageNet's terms ask for "
    "non-commercial research use of its pictures)"
)


@dataclass(frozen=True)
class Subject:
    """What a card is about.

    Attributes:
        strategy: key of the strategy whose winner was fine-tuned.
        candidate: its entry in the plan.
        spec: the run.
        backbone: the backbone and its layers.
    """

    strategy: str
    candidate: PlannedCandidate
    spec: RunSpec
    backbone: Network


def model_card(
    study: Study,
    subject: Subject,
    exported: Exported,
    split: SplitSummary,
    resources: Resources,
    white: int = FULL,
    licence: str | None = None,
) -> list[Block]:
    """Return the card.

    Resources are those of the study's own training; `white` is the value that is white in images of 16 bits, and the
    licence that under which the model is published, if that is known.
    """
    found = exported.evaluation
    return [
        Heading(f"{subject.backbone.title} fine-tuned on {study.dataset}", 1),
        f"Tells {len(found['labels'])} classes apart: {', '.join(found['labels'])}. Takes RGB images of any size, "
        "values from 0 to 255; resizing and the range of values are inside.",
        *_use(exported.modules, is_hub(subject.backbone.name)),
        Heading("What was trained"),
        tuned_words(subject),
        f"{protocol(study, 'final')}.",
        Heading("How well it does"),
        f"On the {exported.scored} images; {_seen(exported.scored)}.",
        *evaluation_parts(found),
        _repeated(exported, subject.spec),
        Heading("Data"),
        (_data(study, split), *_deep(white)),
        Heading("Limits"),
        Bullets(_limits(study, exported.scored)),
        Heading("Origin"),
        Bullets(_origin(study, subject, resources)),
        Heading("Licence"),
        _licensed(licence),
    ]


def _use(modules: Sequence[str], of_hub: bool) -> list[Block]:
    """How the model is loaded; classes that are not Keras' own must be known by then."""
    imports = f"import keras_hub  # its network, of keras-hub {version('keras-hub')}\n" if of_hub else ""
    imports += "".join(f"import {name}  # its layer classes\n" for name in modules)
    # Those that have no decorator
    imports += "".join(
        f'keras.saving.register_keras_serializable("{name}")({name}.{kind})\n'
        for name in modules
        for kind in registered(name)
    )
    flags = "".join(f" --allow-code {name}" for name in modules)
    return [
        Code(
            f'import keras\n{imports}model = keras.saving.load_model("model.keras")\n'
            "probabilities = model.predict(images)  # (images, height, width, 3)\n",
            "python",
        ),
        (
            "or ",
            code(f"blocktune predict model.keras IMAGES...{flags}"),
            ", which decodes and resizes exactly as for the training.",
        ),
        (
            f"Saved by Keras {keras.__version__}; Keras older than {OLDEST_KERAS} can't read it. Other forms "
            "need no Keras: ",
            code(f"blocktune convert model.keras --format onnx{flags}"),
            " makes a file for onnxruntime, ",
            code("--format savedmodel"),
            " a folder for TensorFlow alone, ",
            code("--format tflite"),
            " a file for LiteRT.",
        ),
    ]


def tuned_words(subject: Subject) -> Words:
    """Return what was trained."""
    entry = subject.candidate
    weighted = subject.backbone.weighted
    names = entry.names
    if subject.spec.is_probe:
        return (
            "A linear classifier, fitted to the features of the backbone, which is as it was pre-trained (strategy "
            f"{label(subject.strategy)}). Epochs, batch and learning rate are those of the study's other strategies."
        )
    head = f"A new head and, by strategy {label(subject.strategy)}, "
    if not names:
        return head + "no layer of the backbone: all of it is as it was pre-trained."
    if subject.spec.lora is not None:
        where = code(names[0]) if len(names) == 1 else (code(names[0]), " to ", code(names[-1]))
        return (
            f"{head}updates of rank {subject.spec.lora} of the weight matrices in ",
            *(where if isinstance(where, tuple) else (where,)),
            ", which are added to the weights. All else is as it was pre-trained.",
        )
    which = "all layers with weights"
    if len(names) < len(weighted):
        searched = SEARCHED.get(subject.strategy)
        told = searched and searched.told(entry.candidate, names)
        which = (f"{told}, " if told else "") + f"{len(names)} of {len(weighted)} layers with weights"
    listed = [part for name in names for part in (", ", code(name))][1:]
    shown = listed if len(names) <= 12 else [code(names[0]), " to ", code(names[-1])]
    return (
        f"{head}{which} ({entry.parameters:,} parameters): ",
        *shown,
        ". The others are as they were pre-trained.",
    )


def _licensed(licence: str | None) -> str:
    stated = "The licence of this model is not stated." if licence is None else f"This model: {licence}."
    return f"{stated} Its weights began as those under Origin, whose terms hold, too."


def _seen(scored: str) -> str:
    if scored == "test":
        return "nothing else has read them: neither training, nor the choice of layers, nor the learning rate"
    return "the same images chose the layers and lowered the learning rate, so these scores are optimistic"


def _repeated(exported: Exported, spec: RunSpec) -> str:
    if exported.repeated:
        return f"The training repeated run {spec.run_id} of the study, number for number."
    return (
        f"The training repeated run {spec.run_id} of the study, with other last digits (another machine, or a GPU): "
        "the numbers here are those of this model, not the study's."
    )


def _data(study: Study, split: SplitSummary) -> str:
    sizes = ", ".join(f"{part} {count}" for part, count in split.images.items())
    licences = {origin.licence for origin in origins().values() if origin.dataset == study.dataset}
    licence = f" Licence of the images: {'; '.join(sorted(licences))}." if licences else ""
    return f"{study.dataset}: {sizes} images. Digest of the split: {split.digest[:16]}.{licence}"


def _deep(white: int) -> tuple[Words, ...]:
    """How images of 16 bits were read, where that is not as usual; `predict` and `evaluate` read it in images.json."""
    return (
        () if white == FULL else (f" In images of 16 bits the value {white} is white (", code("data.max_16bit"), ").")
    )


def _limits(study: Study, scored: str) -> list[str]:
    found = [
        "The model assigns one of these classes to every image, also to an image of something else, perhaps with a "
        "high probability.",
        f"Images were {study.image_size} x {study.image_size} pixels in training; details below that are lost.",
        "The model was not tested on images from other sources (another camera, another light).",
    ]
    return found if scored == "test" else [*found, "There is no test set for an unbiased score."]


def _origin(study: Study, subject: Subject, resources: Resources) -> list[str]:
    spec = subject.spec
    words = weights_words(subject.backbone)
    versions = ", ".join(f"{name} {number}" for name, number in sorted(resources.get("versions", {}).items()))
    return [
        f"Weights before fine-tuning: {words or _KERAS_WEIGHTS}; sha256 {spec.backbone['weights'][:16]}",
        f"Study {study.name}, seed {spec.seed}, run {spec.run_id}",
        f"Made with {resources.get('backend', 'an unknown backend')}, {versions}",
    ]
