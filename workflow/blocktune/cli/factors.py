"""Commands that prepare and plan the factor study: targets, pre-trained weights, plans, the design."""

import argparse
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from ..candidates.table import LayerTable
from ..data.graded import write_shifted
from ..data.prepare import prepare
from ..data.prepared import DATASET, LABELS, MANIFEST, read_dataset
from ..data.split import split
from ..errors import BlocktuneError
from ..factors.arms import arm_named, arms
from ..factors.design import design_of, design_words
from ..factors.plan import arm_plan
from ..gpus.use import no_gpu
from ..runs.files import read_json, write_json
from ..runs.plan import read_plan, write_plan
from ..settings.factors import Factors
from ..settings.load import validate
from ..settings.model import Data, Settings, Split
from .common import existing_study, path_flag, planning_flags, settings_of_row


def register(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    target = commands.add_parser("factor-target", help="prepare the photographs of another target")
    path_flag(target, "--settings", "the target's section of the settings")
    path_flag(target, "--split-settings", "the split's section of the settings")
    path_flag(target, "--dataset", "facts on the study's prepared photographs, in their folder")
    path_flag(target, "--splits", "the parts of the study's photographs")
    target.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="where the photographs go")
    path_flag(target, "--output-splits", "the parts of these photographs to write")
    target.set_defaults(func=_target)

    pretrain = commands.add_parser("factor-pretrain", help="pre-train a tiny backbone on some categories of a source")
    _arm_flags(pretrain)
    pretrain.add_argument("--backbone", required=True, help="key of the backbone")
    path_flag(pretrain, "--output", "the weights to write (.weights.h5)")
    pretrain.set_defaults(func=_pretrain)

    plan = commands.add_parser("factor-plan", help="plan an arm's runs")
    planning_flags(plan)
    _arm_flags(plan, settings=False)
    plan.add_argument("--backbone", required=True, help="key of the backbone")
    path_flag(plan, "--winners", "the search's winners")
    path_flag(plan, "--output", "the plan to write")
    plan.set_defaults(func=_plan)

    design = commands.add_parser("factor-design", help="say how much the factor study trains, and for how long")
    path_flag(design, "--settings", "the study's settings")
    path_flag(design, "--factors", "the section factors of the settings")
    path_flag(design, "--plans", "plans of all arms and backbones", many=True)
    design.add_argument("--cores", type=int, default=1, help="trainings at once (default 1)")
    design.add_argument("--store", type=Path, required=True, metavar="FOLDER", help="folder of finished runs")
    path_flag(design, "--output", "the design to write")
    design.set_defaults(func=_design)


def _arm_flags(parser: argparse.ArgumentParser, settings: bool = True) -> None:
    if settings:
        path_flag(parser, "--settings", "the study's settings")
    path_flag(parser, "--factors", "the section factors of the settings")
    parser.add_argument("--arm", required=True, metavar="KEY", help="which arm of the study")


def factor_settings(options: argparse.Namespace, settings: Settings | None = None) -> Settings:
    """Return the settings of --settings (or those given) with the factors of --factors."""
    settings = settings or validate(Settings, read_json(options.settings))
    factors = validate(Factors, read_json(options.factors)["factors"])
    return settings.model_copy(update={"factors": factors})


def _target(options: argparse.Namespace) -> None:
    section, study = read_json(options.settings), read_dataset(options.dataset)
    options.output_splits.parent.mkdir(parents=True, exist_ok=True)
    if shift := section.get("shift"):
        write_shifted(options.dataset.parent, options.output, shift["kind"], shift["strength"], section["seed"])
        # Changed photographs belong to the parts that they belonged to before
        shutil.copyfile(options.splits, options.output_splits)
        print(f"{shift['kind']} {shift['strength']:g}: {study['photographs']} photographs")
        return
    no_gpu()
    data, asked = validate(Data, section["data"]), read_json(options.split_settings)
    about = prepare(data, section["seed"], options.output)
    if about["classes"] != study["classes"]:
        raise BlocktuneError(
            f"settings: factors.targets.also: {data.name} has the classes {', '.join(about['classes'])}, but the study "
            f"has {', '.join(study['classes'])}: a target must have the same ones"
        )
    prepared = options.output / MANIFEST, options.output / DATASET
    summary = options.output_splits.with_suffix(".json")
    parts = validate(Split, asked["split"])
    split(parts, asked["seed"], *prepared, options.output_splits, summary, asked.get("selection"))
    print(f"{data.name}: {about['photographs']} photographs")


def _pretrain(options: argparse.Namespace) -> None:
    from ..training.process import one_thread_per_process

    one_thread_per_process()
    no_gpu()
    from ..data.source_pictures import source_pictures
    from ..training.pretrain import pretrain

    settings = factor_settings(options)
    (backbone,) = (entry for entry in settings.backbones if entry.key == options.backbone)
    arm = arm_named(arms(settings, backbone), options.arm)
    asked, (classes, each) = settings.factors.source, arm.source
    # All classes of all arms, so that the arms hold out the same pictures of a class
    chosen: Any = settings.pretraining.digits if asked.pictures == "digits" else max(asked.classes)
    seed, size, key = settings.seed, settings.data.image_size, "settings: factors.source.pictures"
    images, labels = source_pictures(asked.pictures, chosen, None, size, seed, key)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    learned = range(classes), each
    accuracy = pretrain(backbone.name, images, labels, settings.pretraining, seed, options.output, *learned)
    print(f"{backbone.name}, {arm.level}: {classes} x {each} pictures, accuracy {accuracy:.4f} on those held out")


def _plan(options: argparse.Namespace) -> None:
    settings = factor_settings(options, settings_of_row(options))
    table = LayerTable.read(options.layers)
    study = existing_study(settings, options)
    labels = np.load(options.dataset.with_name(LABELS), allow_pickle=False)
    (backbone,) = (entry for entry in settings.backbones if entry.key == options.backbone)
    found = arms(settings, backbone)
    others = tuple(name for name in ("target", "source") if any(arm.factor == name for arm in found))
    best_block = searched_block(read_json(options.winners))
    plan = arm_plan(study, arm_named(found, options.arm), table, best_block, labels, others)
    write_plan(options.output, plan)
    print(f"{plan['backbone']}, {options.arm}: {len(plan['cells'])} cells, {len(plan['runs'])} runs")


def searched_block(winners: dict[str, Any]) -> list[int]:
    """Return the layers of the best block among a search's winners.

    Raises:
        BlocktuneError: the search did not look for one.
    """
    if "bw" not in winners:
        raise BlocktuneError(
            "the factor study trains the best block: search.strategies must have bw, but winners were chosen for "
            f"{', '.join(winners)}"
        )
    return winners["bw"]["layers"]


def _design(options: argparse.Namespace) -> None:
    from ..runs.store import Store

    settings = factor_settings(options)
    plans = [read_plan(file) for file in options.plans]
    design = design_of(settings, plans)
    write_json(options.output, design)
    print(design_words(design, plans, Store(options.store), options.cores))
