"""The card of a model folder is one that the Hugging Face Hub reads, by its own package and without a network."""

from types import SimpleNamespace

import numpy as np
import pytest
from huggingface_hub import ModelCard
from huggingface_hub.utils import validate_repo_id
from made_up import made_parts, made_study

from blocktune.analysis.classification import evaluation
from blocktune.analysis.layers import Network
from blocktune.deliver.hub import front_matter, hub_id

SPLIT = made_parts(search=10, final=70, validation=30)
LABELS = ["dandelion", "Löwenzahn: gelb"]
FOUND = evaluation(LABELS, np.array([0, 1, 1, 0]), np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]]))


def card(licence=None, kind="imagenet", title="MobileNet: ü 0.25", **changes):
    backbone = Network("MobileNet-a0.25-imagenet", "MobileNet", 0.25, kind, kind, title, ())
    exported = SimpleNamespace(scored="test", evaluation=FOUND)
    subject = SimpleNamespace(strategy="tail", backbone=backbone)
    text = front_matter(made_study(**changes), subject, exported, SPLIT, licence) + "# A title\n\nWords.\n"
    return ModelCard(text)


def test_the_hubs_own_reader_finds_everything():
    found = card("CC-BY-4.0").data
    assert (found.library_name, found.pipeline_tag, found.license) == ("keras", "image-classification", "cc-by-4.0")
    assert (found.base_model, found.datasets) == ("MobileNet-a0.25-imagenet", ["tf_flowers"])
    assert "tail" in found.model_name and "MobileNet: ü 0.25" in found.model_name
    accuracy, calibration = found.eval_results
    assert (accuracy.task_type, accuracy.metric_type, accuracy.metric_value) == (
        "image-classification",
        "accuracy",
        0.75,
    )
    assert (accuracy.dataset_name, accuracy.dataset_split) == ("tf_flowers", "test")
    assert accuracy.dataset_args == {"images": 4, "classes": 2, "split_sha256": SPLIT.digest}
    low, high = accuracy.metric_args["confidence_interval"]
    assert [low, high] == pytest.approx(FOUND["interval"], abs=1e-6) and low < 0.75 < high
    assert calibration.metric_value == FOUND["calibration_error"]


def test_what_it_writes_is_what_the_hub_would_write():
    """Read, written by the Hub's package and read again: nothing is lost or changed."""
    first = card("MIT")
    again = ModelCard(str(first))
    assert again.data.to_dict() == first.data.to_dict()
    assert again.text.strip() == "# A title\n\nWords."


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (None, {"license": "other", "license_name": "not-stated"}),
        ("cc0-1.0", {"license": "cc0-1.0"}),
        ("Apache-2.0", {"license": "apache-2.0"}),
        ("ODbL-1.0", {"license": "odbl"}),
        ("Our terms, 2026: ask us!", {"license": "other", "license_name": "our-terms-2026-ask-us"}),
    ],
)
def test_a_licence_is_one_of_the_hubs_or_other(given, found):
    data = card(given).data.to_dict()
    assert {key: data[key] for key in ("license", "license_name") if key in data} == found


def test_a_network_without_pre_training_has_no_base_model():
    assert card(kind="none").data.base_model is None


@pytest.mark.parametrize(
    "name",
    [
        "tf_flowers",
        "imagenet_v2/matched-frequency",
        "a:b+c",
        "../x--y",
        "ünïcode",
        "x" * 200,
        "a/b/c",
        "--",
        "é",
        "x.git",
    ],
)
def test_any_name_becomes_one_that_a_repository_can_have(name):
    validate_repo_id(hub_id(name))
    assert card(dataset=name).data.datasets == [hub_id(name)]
