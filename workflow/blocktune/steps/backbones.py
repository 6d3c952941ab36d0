"""Backbones: weights of the demo's tiny ones, and every backbone's layer table."""

from pathlib import Path
from typing import Annotated

from ..files.layers import LayerTable
from ..gpus.use import no_gpu
from ..settings.backbone import Backbone
from ..settings.load import validate
from ..settings.model import Pretraining
from .shared import JsonFile
from .signature import step


@step("backbones")
def pretrain(
    settings: Annotated[JsonFile, "the pre-training section of the settings"],
    name: Annotated[str, "TinyPlain or TinyResidual"],
    output: Annotated[Path, "the weights to write (.weights.h5)"],
) -> None:
    """Train a tiny backbone of the demo on the source digits."""
    from ..training.process import one_thread_per_process

    one_thread_per_process()
    no_gpu()
    from ..data.digits import load_digits_images
    from ..training.pretrain import pretrain

    asked, seed = validate(Pretraining, settings["pretraining"]), settings["seed"]
    images, labels = load_digits_images(asked.digits, settings["image_size"], None, seed)
    accuracy = pretrain(name, images, labels, asked, seed, output)
    print(f"{name}: accuracy {accuracy:.4f} on the source digits held out")


@step("backbones")
def inspect(
    settings: Annotated[JsonFile, "the backbone's section of the settings"],
    output: Annotated[Path, "the layer table to write"],
    pretrained: Annotated[Path | None, "weights made by `pretrain`, for `weights: digits`"] = None,
) -> None:
    """Write a backbone's layer table and its weights' digest."""
    entry = validate(Backbone, settings["backbone"])
    table = build_table(entry, settings["image_size"], settings["seed"], pretrained)
    table.write(output)
    print(f"{entry.key}: {len(table.layers)} layers, weights {table.weights_digest[:12]}")


def build_table(entry: Backbone, image_size: int, seed: int = 0, pretrained: Path | None = None) -> LayerTable:
    """Build a backbone and return its layer table."""
    # Keras takes seconds to import, which no other command should pay
    from ..training.process import one_thread_per_process

    one_thread_per_process()
    no_gpu()
    from ..backbones.build import build_backbone
    from ..backbones.inspect import layer_table

    return layer_table(build_backbone(entry, image_size, seed, pretrained), entry, seed)
