"""Measuring how fast this machine trains."""

import pytest

from blocktune.errors import BlocktuneError
from blocktune.settings.load import validate
from blocktune.settings.model import Settings
from blocktune.training import speed

SETTINGS = validate(
    Settings,
    {
        "backbones": [{"name": "TinyPlain", "weights": "digits"}],
        "data": {"source": "digits", "image_size": 16},
        "split": {"search": 0.7},
        "evaluation": {"protocol": "holdout"},
        "head": {"pooling": "average", "units": [], "start": "probe"},
        "training": {"optimizer": "adamw", "schedule": "cosine", "batch_size": 32, "batch_norm": "frozen"},
    },
)


# As many as a class of 10 and one of 12 have: less than one step
@pytest.mark.parametrize("images", [22])
def test_every_depth_of_a_network_is_measured(images):
    table, found = speed.measure(SETTINGS, images, 2)
    firsts = [depth.first for depth in found.depths]
    assert firsts == sorted(set(firsts)) and firsts[-1] == len(table.layers) and len(firsts) == 3
    assert all(depth.once > 0 and depth.image > 0 for depth in found.depths)
    # Tracing all layers takes longer than tracing the head
    assert found.depths[0].once > found.depths[-1].once
    assert found.start > 0 and found.forward_image > 0 and found.probe_image > 0 and found.measured > 0


def test_why_it_could_not_be_measured_is_one_line(monkeypatch):
    monkeypatch.setattr(speed, "_MOST_SECONDS", 0.01)
    with pytest.raises(BlocktuneError, match=r"^it took more than 0.01 s$"):
        speed.measure(SETTINGS, 22, 2)
