"""The arms of the factor study: one for each pair of images and pre-trained weights that runs are planned for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import BlocktuneError
from ..settings.backbone import Backbone
from ..settings.factor import OWN
from ..settings.model import Settings
from ..settings.targets import Shift, Target
from ..settings.varied import VARIED

_CIFAR100_CLASSES = 100
_ARM_WORDS = {"total": "same total", "each": "same of each"}


class Source(NamedTuple):
    """What a tiny backbone is pre-trained on: so many classes, so many pictures of each."""

    classes: int
    per_class: int


@dataclass(frozen=True)
class Arm:
    """Images and weights that runs are planned for.

    Attributes:
        key: names its files.
        factor: `own`, `target` or `source`: what differs from the study.
        level: in words.
        value: as a number, None where there is none.
        shift: how the study's images are changed, if they are.
        target: another data set, if it is one.
        source: what the backbone is pre-trained on, if not what the study says.
    """

    key: str
    factor: str
    level: str
    value: float | None = None
    shift: Shift | None = None
    target: Target | None = None
    source: Source | None = None


def arms(settings: Settings, backbone: Backbone) -> list[Arm]:
    """Return the arms of a backbone, the study's own first.

    Raises:
        BlocktuneError: the source has fewer classes than a level asks for.
    """
    return [Arm(OWN, OWN, OWN), *target_arms(settings), *source_arms(settings, backbone)]


def target_arms(settings: Settings) -> list[Arm]:
    """Return the arms with other images: the study's, changed, and further data sets."""
    targets = settings.factors.targets
    shifted = [
        Arm(key, "target", f"{shift.kind} {shift.strength:g}", shift.strength, shift=shift)
        for key, shift in targets.shifted.items()
    ]
    named = [Arm(target.key, "target", target.name, target=target) for target in targets.also]
    return [*shifted, *named]


def source_arms(settings: Settings, backbone: Backbone) -> list[Arm]:
    """Return the arms with other weights; none but for the backbones that the workflow pre-trains.

    Arm `each` has the same number of pictures of each class; `total` the same number in all, as many as the fewest
    classes have in arm `each`.

    Raises:
        BlocktuneError: a level asks for more classes than the source has.
    """
    asked = settings.factors.source
    if backbone.weights_kind != "digits" or not asked.classes:
        return []
    there = len(settings.pretraining.digits) if asked.pictures == "digits" else _CIFAR100_CLASSES
    if max(asked.classes) > there:
        raise BlocktuneError(
            f"factors.source.classes: {max(asked.classes)} of the source's classes are asked for, but "
            f"{'pretraining.digits' if asked.pictures == 'digits' else asked.pictures} has {there}: use at most {there}"
        )
    fewest = min(asked.classes)
    return [
        Arm(
            f"source-{arm}-{classes}",
            "source",
            f"{classes} classes, {_ARM_WORDS[arm]}",
            float(classes),
            source=Source(classes, _pictures_of_each(asked.per_class, fewest, classes, arm)),
        )
        for arm in asked.arms
        for classes in sorted(asked.classes)
    ]


def _pictures_of_each(per_class: int, fewest: int, classes: int, arm: str) -> int:
    return per_class if arm == "each" else max(per_class * fewest // classes, 1)


def factors_in(found: Sequence[Arm]) -> tuple[str, ...]:
    """Return the factors that have levels among these arms."""
    return tuple(key for key in VARIED if any(arm.factor == key for arm in found))


def arm_named(found: Sequence[Arm], key: str) -> Arm:
    """Return the arm with a key.

    Raises:
        BlocktuneError: there is none.
    """
    for arm in found:
        if arm.key == key:
            return arm
    raise BlocktuneError(f"the factor study has no arm {key!r}; it has {', '.join(arm.key for arm in found)}")
