"""The factors of the factor study: one class each, with its setting, its words, and what its levels change.

A new one is a class here and its name in `VARIED`; settings, plan, design, analysis, figures and report find it there.
The factors are those of "Multifaceted Analysis of Fine-Tuning in Deep Model for Visual Recognition" (arXiv
1907.05099), with levels of our own.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from ..files.layers import Layer
from .factor import Factor, Images
from .kinds import Count, EachOnce, LearningRate, Number, Section, Whole
from .targets import Targets

if TYPE_CHECKING:
    from .model import Settings

PerClass = Count | Literal["all"]


class Imbalance(Section):
    """How uneven the target's classes are, at a fixed number of images; scored on equally many of each class."""

    ratios: Annotated[list[Annotated[Number, Field(ge=1, le=1000)]], EachOnce] = Field(
        [1.0, 2.0, 5.0, 10.0], description="Images of the largest class over those of the smallest."
    )
    per_class: Count = Field(50, description="Images per class on average; the total is the same at every ratio.")


class SourceCategories(Section):
    """The number of classes of the pre-training; only for TinyPlain and TinyResidual, which the workflow pre-trains."""

    pictures: Literal["digits", "cifar100"] = Field(
        "digits", description="Images of the pre-training: `digits` (installed), or `cifar100` (downloaded by tfds)."
    )
    classes: Annotated[list[Annotated[Whole, Field(ge=2, le=100)]], EachOnce] = Field(
        [2, 3, 4, 5], description="How many of the source's classes."
    )
    per_class: Count = Field(
        100, description="Images of each class (arm `each`); arm `total` spreads the total of the fewest classes."
    )
    arms: Annotated[list[Literal["total", "each"]], EachOnce] = Field(
        ["total", "each"],
        description="`total`: the same number of images in all; `each`: the same number of each class.",
    )


class InitialRate(Factor):
    """The optimizer's learning rate at the start."""

    key, name, varies = "learning_rate", "learning rate", "training.learning_rate"
    axis, caption = "initial learning rate", "Accuracy over the initial learning rate"
    levels, default, about = LearningRate, (1e-5, 1e-4, 1e-3, 1e-2, 1e-1), "Initial learning rates."


class ImageSet(Factor):
    """How many images of each class are trained on."""

    key, name, words = "images", "images per class", "the number of images per class"
    # No run reads it: `part` changes what the run sees
    varies = "factors.reference_images"
    axis = "images per class"
    levels, default = PerClass, (5, 10, 20, 50, 100, "all")
    about = (
        "Training images of each class, the smaller sets inside the larger; `all` is the training set of final runs."
    )
    further: ClassVar = {
        "reference_images": (PerClass, "all", "Training images of each class while another factor varies.")
    }

    def final(self, settings: "Settings") -> Any:
        """Return `all`, whatever the reference."""
        return "all"

    def part(self, level: Any, images: Images) -> Any | None:
        """Return so many training images of each class."""
        key = self.varies if level == self.own(images.settings) else f"factors.{self.key}"
        return None if level == "all" else images.few(level, key)


class UnevenClasses(Factor):
    """How many times the smallest class the largest is, at the same number of images in all."""

    key = name = words = "imbalance"
    axis = "largest over smallest class, same total"
    caption = "Accuracy over the ratio of the largest to the smallest class"
    crossed = False
    levels, about = Imbalance, "Uneven classes at a fixed number of images."

    def own(self, settings: "Settings") -> Any:
        """Return None, classes as they are: every ratio has images of its own number."""
        return None

    def asked(self, settings: "Settings") -> list[Any]:
        """Return the ratios, the evenest first."""
        return sorted(settings.factors.imbalance.ratios)

    def part(self, level: Any, images: Images) -> Any | None:
        """Return training images of uneven classes."""
        return None if level is None else images.uneven(level, images.settings.factors.imbalance.per_class)


class Optimizer(Factor):
    """What changes the weights."""

    key, name, varies = "optimizer", "optimizer", "training.optimizer"
    levels, default, about = Literal["adam", "sgd"], ("adam", "sgd"), "Optimizers."
    further: ClassVar = {
        "other_optimizer_rate": (
            LearningRate,
            1e-3,
            "Initial learning rate of the optimizer that is not the study's, since the same rate has another effect "
            "there.",
        )
    }

    def at(self, settings: "Settings", level: Any) -> dict[str, Any]:
        """Return the optimizer, and its own rate if it is not the study's."""
        other = {InitialRate.key: settings.factors.other_optimizer_rate}
        return {self.key: level} | (other if level != self.own(settings) else {})


class BatchNormPolicy(Factor):
    """What BatchNormalization layers do."""

    key, name, varies = "batch_norm", "BatchNormalization", "training.batch_norm"
    words, needs = "the BatchNormalization policy", "BatchNormalization layers"
    levels, default = Literal["layer", "frozen", "adapt"], ("layer", "frozen", "adapt")
    about = "BatchNormalization policies; left out for backbones without such layers."

    def applies(self, settings: "Settings", layers: Sequence[Layer]) -> bool:
        """Whether there is such a layer; without one the policy would only rename a run."""
        return any(layer.type == "BatchNormalization" for layer in layers)


class TargetDistance(Factor):
    """What is fine-tuned for: the study's images, the same changed by degrees, and further data sets."""

    key, name, setting, in_arms = "target", "target", "targets", True
    levels, about = Targets, "Targets at a growing distance from what the backbone was pre-trained on."


class SourceClasses(Factor):
    """How many classes the backbone was pre-trained on."""

    key, name, words = "source", "source classes", "the number of source classes"
    axis, crossed, in_arms = "classes of the source", False, True
    levels, about = SourceCategories, "The number of classes of the pre-training."


VARIED: dict[str, Factor] = {
    kind.key: kind()
    for kind in (InitialRate, ImageSet, UnevenClasses, Optimizer, BatchNormPolicy, TargetDistance, SourceClasses)
}
"""By key, in the order of tables and figures."""
