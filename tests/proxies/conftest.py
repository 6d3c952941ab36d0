from types import SimpleNamespace

import numpy as np
import pytest

from blocktune.backbones.pixels import pixel_transform

SIZE = 16
CLASSES = 3


class Small:
    """A tiny backbone with its table, candidates, synthetic images and a specification of its search."""

    def __init__(self, name, epochs=2):
        from blocktune.backbones.build import build_backbone
        from blocktune.backbones.inspect import layer_table
        from blocktune.candidates.strategies import baselines, blocks, single_layers, windows
        from blocktune.runs.spec import Part, run_spec
        from blocktune.settings.backbone import Backbone
        from blocktune.settings.head import Head, Pixels
        from blocktune.settings.model import Settings
        from blocktune.settings.training import Training
        from blocktune.training.assemble import ImageSet

        settings = Settings(
            backbones=[Backbone(name=name, weights="none")],
            pixels=Pixels(range="unit"),
            head=Head(units=(16, 8)),
            training=Training(epochs=epochs, learning_rate=1e-2),
        )
        entry = settings.backbones[0]
        self.backbone = build_backbone(entry, SIZE, 7)
        self.table = layer_table(self.backbone, entry, 7)
        self.part = Part(np.arange(0, 27), np.arange(27, 42))
        self.spec = run_spec(settings, self.table, "d", CLASSES, self.part, ())
        layers = self.table.layers
        self.candidates = [*baselines(layers), *single_layers(layers), *blocks(layers), *windows(layers)]
        generator = np.random.default_rng(5)
        labels = np.arange(42) % CLASSES
        images = generator.integers(0, 120, (42, SIZE, SIZE, 3)) + labels[:, None, None, None] * 60
        self.image_set = ImageSet(images.astype(np.uint8), labels.astype(np.int64))

    @property
    def study(self):
        """What every training takes."""
        return self.spec, self.backbone, self.table, self.image_set, self.part

    @property
    def task(self):
        """What a method scores."""
        study = {"spec": self.spec, "backbone": self.backbone, "table": self.table, "images": self.image_set}
        study |= {"part": self.part, "candidates": self.candidates, "transform": pixel_transform("TinyPlain", "unit")}
        return SimpleNamespace(**study, memory_gb=1.0)

    def weights(self):
        return [np.array(weight.numpy()) for weight in self.backbone.weights]

    def inputs(self, rows=slice(None)):
        return self.image_set.images[rows].astype(np.float32) / np.float32(255)


@pytest.fixture
def small():
    return Small
