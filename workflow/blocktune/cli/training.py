"""Commands that train: `pretrain` and `train`."""

import argparse
import os
from pathlib import Path
from typing import Any

from ..errors import BlocktuneError
from ..gpus.use import no_gpu
from ..runs.files import read_json, write_json
from ..runs.plan import Plan, read_plan
from ..runs.spec import RunSpec
from ..settings.load import validate
from ..settings.model import Pretraining
from ..training.dry import run_dry_job
from .common import limit_flags, path_flag, run_limits, settled_gpus, training_flags


def register(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    pretrain = commands.add_parser("pretrain", help="train a tiny backbone of the demo on the source digits")
    path_flag(pretrain, "--settings", "the pre-training section of the settings")
    pretrain.add_argument("--name", required=True, help="TinyPlain or TinyResidual")
    path_flag(pretrain, "--output", "the weights to write (.weights.h5)")
    pretrain.set_defaults(func=_pretrain)

    train = commands.add_parser("train", help="train the runs of one job, or take them from the store")
    training_flags(train)
    limit_flags(train)
    train.add_argument("--job", required=True, help="name of the job in the plan")
    train.add_argument("--store", type=Path, required=True, metavar="FOLDER", help="folder of finished runs")
    train.add_argument(
        "--compare",
        type=int,
        metavar="N",
        help="also measure what tuning changed: weights, calibration, features on N photographs",
    )
    train.add_argument(
        "--dry-seconds",
        type=float,
        default=os.environ.get("BLOCKTUNE_DRY_SECONDS"),
        metavar="S",
        help="sleep S seconds instead of each training (default: $BLOCKTUNE_DRY_SECONDS, or train)",
    )
    path_flag(train, "--output", "the records of the job's runs to write")
    train.set_defaults(func=_train)


def _pretrain(options: argparse.Namespace) -> None:
    from ..training.process import one_thread_per_process

    one_thread_per_process()
    no_gpu()
    from ..data.digits import load_digits_images
    from ..training.pretrain import pretrain

    section = read_json(options.settings)
    settings = validate(Pretraining, section["pretraining"])
    images, labels = load_digits_images(settings.digits, section["image_size"], None, section["seed"])
    accuracy = pretrain(options.name, images, labels, settings, section["seed"], options.output)
    print(f"{options.name}: accuracy {accuracy:.4f} on the source digits held out")


def _train(options: argparse.Namespace) -> None:
    plan = read_plan(options.plan)
    if options.job not in plan["jobs"]:
        raise BlocktuneError(f"--job {options.job}: {options.plan} has no such job; it has {len(plan['jobs'])} others")
    specs = [RunSpec.from_json(plan["runs"][run]) for run in plan["jobs"][options.job]]
    if options.dry_seconds is None:
        records = _trained(specs, plan, options)
    else:
        records = run_dry_job(specs, options.store, options.dry_seconds)
    write_json(options.output, {"job": options.job, "runs": records})


def _trained(specs: list[RunSpec], plan: Plan, options: argparse.Namespace) -> list[dict[str, Any]]:
    from ..training.process import one_thread_per_process

    one_thread_per_process()
    gpus, limits = settled_gpus(options), run_limits(options)
    from ..training.job import Job, run_job
    from ..training.limits import RunLimits

    job = Job(
        layers=options.layers,
        prepared=options.dataset.parent,
        splits=options.splits,
        stage=plan["stage"],
        store=options.store,
        pretrained=options.pretrained,
        memory_gb=options.memory_gb,
        pause_after=plan.get("pause_after"),
        compared=options.compare,
        rows=plan.get("rows", {}),
        gpus=gpus,
        limits=RunLimits(limits["run_minutes"], limits["run_memory_gb"]),
    )
    return run_job(specs, job)
