import os

import pytest

from blocktune.settings.backbone import Backbone
from blocktune.training.process import one_thread_per_process

# Before any test imports Keras
one_thread_per_process()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(scope="session")
def build():
    """`build(64, name="VGG16", ...)` is the entry and its network for pictures of 64 pixels."""
    from blocktune.backbones.build import build_backbone

    def make(image_size, seed=1, weights_file=None, **entry):
        backbone = Backbone(**{"weights": "none", **entry})
        return backbone, build_backbone(backbone, image_size, seed, weights_file)

    return make
