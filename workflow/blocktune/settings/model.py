"""The science settings of a study as typed, described, closed models (`params.yaml`).

Execution settings (cores, memory, cluster) live in profiles and never here.
"""

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from ..candidates.further import FURTHER, baselines_listed
from .backbone import Backbone
from .data import Data, Split
from .factors import Factors
from .head import Head, Pixels
from .kinds import Count, Digits, EachOnce, Epochs, Line, Number, Section, Seed, Share, Whole
from .members import EXPORTERS, askers, exporters, listed
from .search import Search
from .training import Training

MOST_REPEATS = 1000
"""A study's repeats have seeds that are at most this far apart."""


class Baselines(Section):
    """Baselines in addition to the paper's two: further columns of Table I, for as many epochs as every other run."""

    also: Annotated[list[Literal[tuple(FURTHER)]], EachOnce] = Field(
        [],
        description=f"Which: {baselines_listed()}.",
    )
    head_share: Share = Field(0.5, description="For `lpft`: share of the epochs in which only the head trains.")
    unfreezing_share: Share = Field(
        0.5, description="For `gradual`: share of the epochs after which all blocks are unfrozen."
    )
    lowest_rate: Annotated[Number, Field(gt=0, le=1)] = Field(
        0.1, description="For `decay`: learning rate of the block nearest the input as a share of the head's."
    )


class Evaluation(Section):
    """What chooses and what scores."""

    protocol: Literal["paper", "holdout"] = Field(
        "paper",
        description="`paper`: the images of `split.validation` choose the winners, lower the learning rate and score "
        "the final runs. `holdout`: they are the test set. They score the final runs, and nothing else reads them. The "
        "validation set, which chooses and lowers the learning rate, is taken out of `split.final`.",
    )
    selection: Share = Field(
        0.15,
        description="Only for `holdout`: the validation set, as a share of all images, taken out of `split.final`.",
    )
    choose_by: Literal["accuracy", "loss"] = Field(
        "accuracy",
        description="What ranks candidates, rates and strategies on the validation images: `accuracy` (the paper's), "
        "or `loss`, the cross-entropy after the last epoch and after temperature scaling; lower is better. The loss "
        "needs a `search.method` that trains candidates to their end, `training.counts: last`, and runs that store it. "
        "Those have `head.units: []`, or `protocol: holdout` with `split.search` equal to `split.final`.",
    )


class Pretraining(Section):
    """How the demo's tiny backbones are trained before they are fine-tuned (`weights: digits`)."""

    digits: Digits = Field([0, 1, 2, 3, 4], description="The classes of the pre-training.")
    epochs: Epochs = Field(30, description="Passes over the digits of the pre-training.")
    learning_rate: Number = Field(1e-3, gt=0, le=10, description="Adam's learning rate.")
    batch_size: Count = Field(32, description="Digits per step.")


class Figures(Section):
    """How figures look; nothing here trains or ranks anything again."""

    dpi: Annotated[Whole, Field(ge=50, le=1200)] = Field(
        200, description="Dots per inch of the PNG files; the SVG files have no resolution."
    )


class Export(Section):
    """Where else a finished study's runs are shown; nothing here trains or ranks anything again."""

    to: Annotated[list[Literal[*exporters()]], EachOnce] = Field(
        [], description=f"For which programs a study's runs are written at its end: {listed(EXPORTERS)}."
    )


class BackboneRepeat(NamedTuple):
    """One backbone in one repeat: what is planned, searched and trained together.

    Attributes:
        key: names its files: the backbone's key, from the second repeat on with `~` and the repeat's number, with `@`
            and the range if that is not the study's.
        backbone: the backbone.
        repeat: counted from 1.
        pixels: what it is fed, if not what the study says (`pixels.range`).
    """

    key: str
    backbone: Backbone
    repeat: int
    pixels: Literal["unit", "native"] | None = None


class Settings(Section):
    """Everything that can change a study's numbers or its presentation."""

    study: Annotated[Line, Field(max_length=80)] = Field("paper", description="The study's name, shown in titles.")
    seed: Seed = Field(
        1,
        description="Seed of the head's initial weights, the order of images, dropout and the random layers.",
    )
    repeats: Annotated[Whole, Field(ge=1, le=MOST_REPEATS)] = Field(
        1,
        description="How often the study is done, search and final runs, each time with the next seed. From 2 on "
        "results/tables/reliability.md says how much of a difference is noise.",
    )
    data: Data = Field(Data(), description="The images.")
    split: Split = Field(Split(), description="The training, validation and test sets.")
    backbones: list[Backbone] = Field(min_length=1, description="The pre-trained networks.")
    pixels: Pixels = Field(Pixels(), description="Preprocessing of the images for the networks.")
    head: Head = Field(Head(), description="The new classifier.")
    training: Training = Field(Training(), description="How a candidate is trained.")
    search: Search = Field(Search(), description="The candidates and the search among them.")
    baselines: Baselines = Field(Baselines(), description="Baselines in addition to the paper's two.")
    evaluation: Evaluation = Field(Evaluation(), description="What chooses and what scores.")
    pretraining: Pretraining = Field(Pretraining(), description="Only for backbones with `weights: digits`.")
    factors: Factors = Field(Factors(), description="What decides whether fine-tuning works.")
    figures: Figures = Field(Figures(), description="How figures look.")
    export: Export = Field(Export(), description="Where else a finished study's runs are shown.")

    @model_validator(mode="after")
    def _fits_together(self) -> "Settings":
        for number, backbone in enumerate(self.backbones):
            smallest = backbone.architecture.smallest_image
            if self.data.image_size < smallest:
                raise ValueError(
                    f"backbones[{number}] {backbone.name} needs data.image_size of at least {smallest}, "
                    f"but it is {self.data.image_size}"
                )
        maps = [backbone.name for backbone in self.backbones if not backbone.own]
        if self.head.pooling == "token" and maps:
            raise ValueError(
                f"head.pooling is token, but {maps[0]} gives a map (height, width, channels), which has no class "
                "token: set it to average, max or flatten"
            )
        if self.search.method == "halving" and self.search.halving.first_epochs > self.training.epochs:
            raise ValueError(
                f"search.halving.first_epochs is {self.search.halving.first_epochs}, but a run has "
                f"training.epochs {self.training.epochs}: it must be at most that"
            )
        if self.search.method == "halving" and self.training.schedule == "cosine":
            raise ValueError(
                "search.method is halving, but training.schedule is cosine: at the top of a cosine the candidates that "
                "will be best rank last, so halving would drop them. Choose another method, or schedule plateau or "
                "constant"
            )
        if self.search.method == "halving" and self.training.validate_every > 1:
            raise ValueError(
                "search.method is halving, which ranks candidates by epochs before the last, but "
                f"training.validate_every is {self.training.validate_every}: set validate_every to 1, or choose "
                "another method"
            )
        own_scores = self.search.method != "exhaustive" and not self.search.by_rounds
        if self.evaluation.choose_by == "loss" and own_scores:
            raise ValueError(
                f"evaluation.choose_by is loss, but search.method is {self.search.method}, which ranks by scores of "
                f"its own: choose_by must be accuracy, or method exhaustive, {' or '.join(askers())}"
            )
        tested = self.selection is not None and self.split.search == self.split.final
        if self.evaluation.choose_by == "loss" and self.head.units and not tested:
            raise ValueError(
                f"evaluation.choose_by is loss, which these runs do not keep: set head.units to [] (now "
                f"{list(self.head.units)}), or evaluation.protocol to holdout (now {self.evaluation.protocol}) and "
                f"split.search to the share of split.final (now {self.split.search} and {self.split.final})"
            )
        if self.evaluation.choose_by == "loss" and self.training.counts != "last":
            raise ValueError(
                f"evaluation.choose_by is loss, which ranks by the last epoch, but training.counts is "
                f"{self.training.counts}: choose_by must be accuracy, or counts last"
            )
        in_phases = [name for name in self.baselines.also if FURTHER[name].in_phases]
        if in_phases and self.training.epochs < 2:
            raise ValueError(
                f"baselines.also has {in_phases[0]}, which trains the head alone first: training.epochs must be at "
                f"least 2, but it is {self.training.epochs}"
            )
        keys = [backbone.key for backbone in self.backbones]
        for key in keys:
            same = [number for number, other in enumerate(keys) if other == key]
            if len(same) > 1:
                files = {tuple(self.backbones[number].files.values()) for number in same}
                hint = "; their files differ but have one name: rename one" if len(files) > 1 else ""
                raise ValueError(f"backbones lists {key} more than once (entries {same}){hint}")
        whole = self.split.search == self.split.final
        room = self.split.final if whole else self.split.final - self.split.search
        if self.selection is not None and self.selection >= room - 1e-9:
            raise ValueError(
                f"evaluation.selection {self.evaluation.selection} is taken out of what split.final "
                f"({self.split.final}) has {'' if whole else f'beside split.search ({self.split.search})'}: it must be "
                f"less than {room:g}"
            )
        if self.split.method == "tfds-order" and self.data.source != "tfds":
            raise ValueError(f"split.method tfds-order needs data.source tfds, but it is {self.data.source}")
        return self

    @property
    def backbone_repeats(self) -> list[BackboneRepeat]:
        """Every backbone in every repeat, repeat after repeat."""
        return [
            BackboneRepeat(backbone.key + (f"~{repeat}" if repeat > 1 else ""), backbone, repeat)
            for repeat in range(1, self.repeats + 1)
            for backbone in self.backbones
        ]

    @property
    def audit_repeats(self) -> list[BackboneRepeat]:
        """The same once more, fed the range that the study does not feed."""
        other = "native" if self.pixels.range == "unit" else "unit"
        return [BackboneRepeat(f"{one.key}@{other}", one.backbone, one.repeat, other) for one in self.backbone_repeats]

    def of_repeat(self, repeat: int, pixels: Literal["unit", "native"] | None = None) -> "Settings":
        """Return the settings of one repeat: the first has the study's own seed, the next one the next."""
        changed: dict[str, Any] = {"seed": self.seed + repeat - 1}
        if pixels is not None:
            changed["pixels"] = Pixels(range=pixels)
        return self.model_copy(update=changed)

    def splits_of(self, repeat: int) -> int:
        """Return which split a repeat has, counted from 1."""
        return repeat if self.split.each_repeat == "new" else 1

    @property
    def selection(self) -> float | None:
        """Share of the images that chooses without scoring; None where the protocol has no such part."""
        return self.evaluation.selection if self.evaluation.protocol == "holdout" else None
