"""A class too small for the probe's cross-validation is an error before anything trains."""

import pytest

from blocktune.errors import BlocktuneError
from blocktune.files.dataset import PartSummary
from blocktune.search.probe_classes import check_probe_classes
from blocktune.settings.load import validate
from blocktune.settings.model import Settings

CLASSES = ("oak", "ash", "elm")


def check(counts, **settings):
    """Check parts that have so many images of each class; None says that they are enough."""
    given = {"backbones": [{"name": "TinyPlain", "weights": "none"}], "data": {"image_size": 8}, **settings}
    parts = {
        part: PartSummary(sum(sizes), dict(zip(CLASSES, sizes, strict=True)), "0" * 64)
        for part, sizes in counts.items()
    }
    return check_probe_classes(validate(Settings, given), parts)


def test_two_images_of_each_class_are_enough():
    assert check({"search": (1, 1, 1), "final": (3, 3, 2)}, baselines={"also": ["probe"]}) is None


def test_a_class_of_one_image_is_named():
    with pytest.raises(
        BlocktuneError, match=r"baselines.also has probe.*training set .split.final.*'elm' \(1\).*split.final"
    ):
        check({"search": (1, 1, 1), "final": (3, 3, 1)}, baselines={"also": ["lpft", "probe"]})


def test_heads_that_start_as_probes_need_it_of_the_search_too():
    head = {"units": [], "start": "probe"}
    check({"search": (2, 2, 2), "final": (3, 3, 2)}, head=head)
    with pytest.raises(
        BlocktuneError, match=r"head.start is probe.*training set .split.search.*'elm' \(1\).*split.search"
    ):
        check({"search": (2, 2, 1), "final": (3, 3, 2)}, head=head)


def test_a_study_without_a_probe_may_have_such_a_class():
    assert check({"search": (1, 1, 1), "final": (3, 3, 1)}, baselines={"also": ["lpft"]}) is None
