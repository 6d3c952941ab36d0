"""The factor study's preparations: targets, pre-trained weights, plans, the design."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from ..data.graded import write_shifted
from ..data.prepare import prepare
from ..data.prepared import DATASET, LABELS, MANIFEST
from ..data.split import split
from ..errors import BlocktuneError
from ..factors.arms import arm_named, arms, factors_in
from ..factors.design import design_of, design_words
from ..factors.plan import arm_plan
from ..files.dataset import Dataset
from ..files.plan import ArmPlan
from ..files.winners import Winners
from ..gpus.use import no_gpu
from ..settings.backbone import Backbone
from ..settings.data import Data, Split
from ..settings.load import validate
from ..settings.model import Settings
from .shared import FactorsFile, JsonFile, Planning, SettingsFile
from .signature import step


@dataclass(frozen=True)
class FactorStudy:
    """Settings whose factors are varied."""

    settings: SettingsFile
    factors: FactorsFile

    @property
    def asked(self) -> Settings:
        """The settings with the factors in place."""
        return with_factors(self.settings, self.factors)


def with_factors(settings: Settings, factors: Any) -> Settings:
    """Return settings with these factors."""
    return settings.model_copy(update={"factors": factors})


def backbone_named(settings: Settings, key: str) -> Backbone:
    """Return the backbone of that key."""
    (found,) = (entry for entry in settings.backbones if entry.key == key)
    return found


@step("data")
def factor_target(
    settings: Annotated[JsonFile, "the target's section of the settings"],
    split_settings: Annotated[JsonFile, "the split's section of the settings"],
    dataset: Annotated[Path, "facts on the study's prepared images, in their folder"],
    splits: Annotated[Path, "the parts of the study's images"],
    output: Annotated[Path, "the folder where the images go"],
    output_splits: Annotated[Path, "the parts of these images to write"],
) -> None:
    """Prepare the images of another target."""
    study = Dataset.read(dataset)
    output_splits.parent.mkdir(parents=True, exist_ok=True)
    if shift := settings.get("shift"):
        write_shifted(dataset.parent, output, shift["kind"], shift["strength"], settings["seed"])
        # Changed images belong to the parts that they belonged to before
        shutil.copyfile(splits, output_splits)
        print(f"{shift['kind']} {shift['strength']:g}: {study.images} images")
        return
    no_gpu()
    data = validate(Data, settings["data"])
    about = prepare(data, settings["seed"], output)
    if about.classes != study.classes:
        raise BlocktuneError(
            f"settings: factors.targets.also: {data.name} has the classes {', '.join(about.classes)}, but the study "
            f"has {', '.join(study.classes)}: a target must have the same ones"
        )
    prepared = output / MANIFEST, output / DATASET
    parts, summary = validate(Split, split_settings["split"]), output_splits.with_suffix(".json")
    split(parts, split_settings["seed"], *prepared, output_splits, summary, split_settings.get("selection"))
    print(f"{data.name}: {about.images} images")


@step("backbones")
def factor_pretrain(
    study: FactorStudy,
    backbone: Annotated[str, "key of the backbone"],
    arm: Annotated[str, "which arm of the study"],
    output: Annotated[Path, "the weights to write (.weights.h5)"],
) -> None:
    """Pre-train a tiny backbone on some categories of a source."""
    from ..training.process import one_thread_per_process

    one_thread_per_process()
    no_gpu()
    from ..data.source_pictures import source_pictures
    from ..training.pretrain import pretrain

    settings = study.asked
    entry = backbone_named(settings, backbone)
    found = arm_named(arms(settings, entry), arm)
    asked, (classes, each) = settings.factors.source, found.source
    # All classes of all arms, so that the arms hold out the same pictures of a class
    chosen: Any = settings.pretraining.digits if asked.pictures == "digits" else max(asked.classes)
    seed, size, key = settings.seed, settings.data.image_size, "settings: factors.source.pictures"
    images, labels = source_pictures(asked.pictures, chosen, size, seed, key)
    output.parent.mkdir(parents=True, exist_ok=True)
    learned = range(classes), each
    accuracy = pretrain(entry.name, images, labels, settings.pretraining, seed, output, *learned)
    print(f"{entry.name}, {found.level}: {classes} x {each} pictures, accuracy {accuracy:.4f} on those held out")


@step("planning")
def factor_plan(
    planning: Planning,
    factors: FactorsFile,
    arm: Annotated[str, "which arm of the study"],
    backbone: Annotated[str, "key of the backbone"],
    winners: Annotated[Winners, "the search's winners"],
    output: Annotated[Path, "the plan to write"],
) -> None:
    """Plan an arm's runs."""
    settings = with_factors(planning.own_settings, factors)
    labels = np.load(planning.dataset.with_name(LABELS), allow_pickle=False)
    found = arms(settings, backbone_named(settings, backbone))
    best_block = searched_block(winners)
    plan = arm_plan(
        planning.planner(settings), arm_named(found, arm), planning.layers, best_block, labels, factors_in(found)
    )
    plan.write(output)
    print(f"{plan.backbone}, {arm}: {len(plan.cells)} cells, {len(plan.runs)} runs")


def searched_block(winners: Winners) -> tuple[int, ...]:
    """Return the layers of the best block among a search's winners.

    Raises:
        BlocktuneError: the search did not look for one.
    """
    found = winners.by_strategy
    if "bw" not in found:
        raise BlocktuneError(
            "the factor study trains the best block: search.strategies must have bw, but winners were chosen for "
            f"{', '.join(found)}"
        )
    return found["bw"].layers


@step("planning")
def factor_design(
    study: FactorStudy,
    plans: Annotated[list[ArmPlan], "plans of all arms and backbones"],
    store: Annotated[Path, "folder of finished runs"],
    output: Annotated[Path, "the design to write"],
    cores: Annotated[int, "trainings at once"] = 1,
) -> None:
    """Say how much the factor study trains, and for how long."""
    from ..runs.store import Store

    design = design_of(study.asked, plans)
    design.write(output)
    print(design_words(design, plans, Store(store), cores))
