"""What a backbone is called in paths and in tables."""

import pytest

from blocktune.settings.architectures import ARCHITECTURES
from blocktune.settings.backbone import Backbone


@pytest.mark.parametrize(
    ("entry", "key", "title", "kind"),
    [
        ({"name": "VGG16"}, "VGG16-imagenet", "VGG16", "imagenet"),
        ({"name": "VGG16", "weights": "none"}, "VGG16-none", "VGG16 (random weights)", "none"),
        ({"name": "MobileNet", "alpha": 0.25}, "MobileNet-a0.25-imagenet", "MobileNet 0.25", "imagenet"),
        ({"name": "TinyPlain", "weights": "digits"}, "TinyPlain-digits", "TinyPlain", "digits"),
        (
            {"name": "MobileNet", "alpha": 1, "weights": "/some where/my weights.h5"},
            "MobileNet-a1-my_weights",
            "MobileNet 1",
            "file",
        ),
        ({"name": "my nets/bird net.keras", "native": "tf"}, "bird_net-own", "bird net", "own"),
        ({"name": "nets.small:net", "native": "raw"}, "nets.small.net-own", "nets.small:net", "own"),
        ({"name": "nets:net", "native": "tf", "weights": "none"}, "nets.net-none", "nets:net (random weights)", "none"),
        ({"name": "nets:net", "native": "tf", "weights": "a/b.h5"}, "nets.net-b", "nets:net", "file"),
    ],
)
def test_key_title_and_kind(entry, key, title, kind):
    backbone = Backbone(**entry)
    assert (backbone.key, backbone.title, backbone.weights_kind) == (key, title, kind)


def test_a_label_changes_the_title_only():
    plain, labelled = Backbone(name="VGG16"), Backbone(name="VGG16", label="the big one")
    assert labelled.title == "the big one"
    assert labelled.key == plain.key


def test_random_weights_say_so_under_any_label():
    assert Backbone(name="VGG16", weights="none", label="VGG").title == "VGG (random weights)"


def test_an_empty_label_is_none():
    assert Backbone(name="VGG16", label="").title == "VGG16"


@pytest.mark.parametrize("name", [name for name, facts in ARCHITECTURES.items() if facts.imagenet_alphas])
def test_every_width_with_imagenet_weights_is_accepted(name):
    assert [Backbone(name=name, alpha=alpha).alpha for alpha in ARCHITECTURES[name].imagenet_alphas]


@pytest.mark.parametrize("weights", ["none", "mine.h5"])
def test_any_width_goes_without_imagenet_weights(weights):
    assert Backbone(name="MobileNet", alpha=0.3, weights=weights).alpha == 0.3


def test_every_architecture_is_a_constructor_of_keras():
    applications = pytest.importorskip("keras").applications
    names = [name for name, facts in ARCHITECTURES.items() if not facts.tiny]
    assert [name for name in names if not callable(getattr(applications, name, None))] == []
