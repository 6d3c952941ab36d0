"""The factors of fine-tuning: the section `factors` of the settings (`snakemake factors`).

What decides whether fine-tuning works, after "Multifaceted Analysis of Fine-Tuning in Deep Model for Visual
Recognition" (arXiv 1907.05099): its factors, with levels of our own.
"""

import re
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from .kinds import Count, DatasetName, EachOnce, LearningRate, Number, OptionalText, Section, Whole
from .members import source_path, sources

Photographs = Count | Literal["all"]


def _each_once(values: list) -> list:
    twice = sorted({f"{value}" for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"lists {', '.join(twice)} more than once: {values}")
    return values


Once = AfterValidator(_each_once)


class Imbalance(Section):
    """How uneven the target's classes are, at a fixed number of photographs; scored on equally many of each class."""

    ratios: Annotated[list[Annotated[Number, Field(ge=1, le=1000)]], Once] = Field(
        [1.0, 2.0, 5.0, 10.0], description="Photographs of the largest class over those of the smallest."
    )
    per_class: Count = Field(50, description="Photographs a class on an average; the total is the same at every ratio.")


class Shift(NamedTuple):
    """A change of the study's photographs: see `data.graded.shifted`."""

    kind: str
    strength: float


class Target(Section):
    """Another target to fine-tune for: a data set with the same classes as the study's."""

    name: DatasetName = Field(description="What tables call it.")
    source: Literal[*(name for name in sources() if name != "digits")] = Field(
        description="As `data.source`, but for the digits."
    )
    path: OptionalText = Field(None, description="The file or the folder that is read; for sources that have one.")

    @property
    def key(self) -> str:
        """Name of this target in paths."""
        return "data-" + re.sub(r"[^A-Za-z0-9_.]+", "_", self.name)

    @model_validator(mode="after")
    def _path_where_needed(self) -> "Target":
        if bool(source_path(self.source)) != bool(self.path):
            needed = "needs path, what to read" if source_path(self.source) else "needs no path"
            raise ValueError(f"source {self.source} {needed}")
        return self


class Targets(Section):
    """Targets at a growing distance from what the backbone was pre-trained on."""

    shifts: Annotated[list[Literal["rotate", "invert", "blur", "noise"]], EachOnce] = Field(
        ["rotate", "invert", "blur", "noise"], description="How the study's photographs are changed."
    )
    strengths: Annotated[list[Annotated[Number, Field(gt=0, le=1)]], Once] = Field(
        [0.25, 0.5, 1.0], description="How much, as a share of the strongest change of its kind."
    )
    also: list[Target] = Field([], description="Further data sets, with the same classes as the study's.")
    source_pictures: OptionalText = Field(
        None,
        description="Folder of class folders with pictures that the backbones were pre-trained on, to measure "
        "distances from. Without it the digits' backbones use their own digits, and for others the unchanged target "
        "stands in.",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> "Targets":
        names = [target.key for target in self.also]
        if len(set(names)) < len(names):
            raise ValueError(f"also has two data sets of one name: {', '.join(target.name for target in self.also)}")
        return self

    @property
    def shifted(self) -> dict[str, Shift]:
        """The changes of the study's photographs, by their names in paths."""
        return {
            f"{kind}-{strength:g}": Shift(kind, strength) for kind in self.shifts for strength in sorted(self.strengths)
        }


class SourceCategories(Section):
    """How many categories a backbone was pre-trained on; only for TinyPlain and TinyResidual, which we pre-train."""

    pictures: Literal["digits", "cifar100"] = Field(
        "digits", description="What they are pre-trained on: `digits` (installed), `cifar100` (downloaded by tfds)."
    )
    classes: Annotated[list[Annotated[Whole, Field(ge=2, le=100)]], EachOnce] = Field(
        [2, 3, 4, 5], description="How many of the source's classes."
    )
    per_class: Count = Field(
        100, description="Pictures of each class (arm `each`); arm `total` spreads what the fewest classes have in all."
    )
    arms: Annotated[list[Literal["total", "each"]], EachOnce] = Field(
        ["total", "each"],
        description="`total`: the same number of pictures in all; `each`: the same number of each class.",
    )


class Factors(Section):
    """What decides whether fine-tuning works: levels of each factor. An empty list leaves a factor out."""

    design: Literal["screening", "grid"] = Field(
        "screening",
        description="`screening`: each factor's levels with all strategies and seeds, the other factors at the study's "
        "own values; `grid`: learning rates, photographs, optimizers, BatchNormalization policies and targets all "
        "crossed.",
    )
    seeds: Annotated[Whole, Field(ge=1, le=1000)] = Field(
        3, description="Trainings of everything, each with the next seed (head, order, dropout, drawn photographs)."
    )
    learning_rate: Annotated[list[LearningRate], Once] = Field(
        [1e-5, 1e-4, 1e-3, 1e-2, 1e-1], description="Initial learning rates."
    )
    photographs: Annotated[list[Photographs], Once] = Field(
        [5, 10, 20, 50, 100, "all"],
        description="Photographs of each class that are trained on, the smaller sets inside the larger; `all` is what "
        "final runs train on.",
    )
    reference_photographs: Photographs = Field(
        "all", description="Photographs of each class where another factor is varied."
    )
    imbalance: Imbalance = Field(Imbalance(), description="Uneven classes.")
    optimizer: Annotated[list[Literal["adam", "sgd"]], EachOnce] = Field(["adam", "sgd"], description="Optimizers.")
    other_optimizer_rate: LearningRate = Field(
        1e-3,
        description="Initial learning rate of the optimizer that is not the study's: a rate means another thing to it.",
    )
    batch_norm: Annotated[list[Literal["layer", "frozen", "adapt"]], EachOnce] = Field(
        ["layer", "frozen", "adapt"],
        description="BatchNormalization policies; left out for backbones without such layers.",
    )
    targets: Targets = Field(Targets(), description="Distance between source and target.")
    source: SourceCategories = Field(SourceCategories(), description="Categories of the source.")
    compared_photographs: Annotated[Whole, Field(ge=8, le=2000)] = Field(
        256, description="Photographs on which features before and after tuning are compared."
    )
