"""The conditions behind the numbers, in words: no table or figure goes without them."""

from ..files.study import Study
from ..settings.own import HUB, is_hub
from .layers import Network

_SCORED = {"validation": "validated", "test": "tested"}
_STAGES = {"search": "trained on {search}", "final": "searched on {search}, trained on {final}"}


def protocol(study: Study, stage: str) -> str:
    """Return a line on the stage `search` or `final`: dataset, sizes of the sets, pixels, epochs, seed."""
    trained = _STAGES[stage].format(**study.images)
    part, count = study.scored_on(stage)
    chosen = f", chosen on {study.images['validation']}" if part == "test" else ""
    return "; ".join(
        [
            f"{study.dataset}: {trained}{chosen}, {_SCORED[part]} on {count} images",
            f"{study.image_size} px",
            f"preprocessing {study.range}",
            f"{study.epochs} epochs, epoch selection {study.counts}",
            f"batch {study.batch_size}",
            _rate(study),
            *([] if study.candidates is None else [f"at most {study.candidates} candidates of each strategy tried"]),
            *([study.merged] if study.merged else []),
            *([] if study.choose_by == "accuracy" else [f"winners chosen by validation {study.choose_by}"]),
            *([] if study.optimizer == "adam" else [f"optimizer {study.optimizer}"]),
            *([study.recipe] if study.recipe else []),
            f"seed {study.seed}",
            *([] if study.method == "exhaustive" else [f"search by {study.method}"]),
            *([f"augmented by {study.augmentation}"] if study.augmentation else []),
            *([] if study.batch_norm == "layer" else [f"BatchNormalization {study.batch_norm}"]),
        ]
    )


def _rate(study: Study) -> str:
    if not study.rates:
        return f"learning rate {study.learning_rate:g}"
    return f"learning rate of {', '.join(f'{rate:g}' for rate in study.rates)}, chosen for each strategy on validation"


def weights_words(backbone: Network) -> str | None:
    """Return what a backbone's weights are, None for Keras' ImageNet weights."""
    if backbone.weights_kind == "imagenet":
        return None
    if backbone.weights_kind == "none":
        return "random weights, no pre-training"
    if backbone.weights_kind == "digits":
        return "pre-trained on handwritten digits, not on ImageNet"
    if backbone.weights_kind == "own":
        where = _file_name(backbone.name.removeprefix(HUB))
        return (
            f"a preset of keras-hub, {where}" if is_hub(backbone.name) else f"a network of the user's own, from {where}"
        )
    return f"weights from the file {_file_name(backbone.weights)}"


def _file_name(path: str) -> str:
    # The folder is left out: it says nothing to a reader and differs from machine to machine.
    return path.replace("\\", "/").rsplit("/", 1)[-1]
