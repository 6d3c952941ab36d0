"""The user's own networks as the tests on them build, save and refuse them."""

import numpy as np
import pytest

from blocktune.backbones.build import build_backbone
from blocktune.errors import BlocktuneError
from blocktune.settings.backbone import Backbone

SIZE = 32
PICTURES = np.random.default_rng(0).uniform(0, 1, (2, SIZE, SIZE, 3)).astype(np.float32)


def made(name, size=SIZE, seed=1, **entry):
    return build_backbone(Backbone(name=name, native="unit", **entry), size, seed)


def saved(model, name="mine.keras"):
    model.save(name)
    return name


def complaint(name, **given):
    with pytest.raises(BlocktuneError) as raised:
        made(name, **given)
    said = str(raised.value)
    assert len(said.splitlines()) == 1 and name.partition(":")[0] in said
    return said
