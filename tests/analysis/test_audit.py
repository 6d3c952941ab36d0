"""The range audit: both ranges side by side, flags, and the variance over backbones."""

import numpy as np
import pytest
from made_up import made_layer, made_study

from blocktune.analysis.audit import audit
from blocktune.analysis.audit_words import audit_page, sentences
from blocktune.analysis.layers import Network
from blocktune.analysis.scores import Score, Scores
from blocktune.document.markdown import render
from blocktune.files.reliability import Audit

LAYERS = (made_layer(0, "input", "InputLayer", 0), made_layer(1, "conv"))


def backbone(name, weights="imagenet"):
    return Network(name, name, None, weights, weights, name, LAYERS)


def scores(pixels, **accuracies):
    return Scores(
        Score(name, strategy, 1, 1, 1, 1, 10, f"{name}-{strategy}-{pixels}", accuracy, 1)
        for name, pair in accuracies.items()
        for strategy, accuracy in zip(("baseline1", "bw"), pair, strict=True)
    )


STUDY = made_study(range="unit")
BACKBONES = [backbone("MobileNetV3Small"), backbone("VGG16"), backbone("TinyPlain", "digits")]
UNIT = scores("unit", MobileNetV3Small=(0.2, 0.4), VGG16=(0.7, 0.8), TinyPlain=(0.6, 0.6))
NATIVE = scores("native", MobileNetV3Small=(0.8, 0.8), VGG16=(0.75, 0.8), TinyPlain=(0.6, 0.6))


def test_both_ranges_are_compared_and_mismatches_flagged():
    found = audit(STUDY, BACKBONES, {"unit": [UNIT], "native": [NATIVE]}, {})
    small = found["backbones"]["MobileNetV3Small"]
    assert (small["trained_on"], small["mismatched"]) == ("0 to 255", True)
    assert small["baseline1"]["native_minus_unit"]["points"] == pytest.approx(60)
    assert small["bw"]["native_minus_unit"]["points"] == pytest.approx(40)
    assert found["backbones"]["TinyPlain"]["mismatched"] is False
    over = found["over_backbones"]["baseline1"]
    assert over["unit"]["variance"] == pytest.approx(np.var([0.2, 0.7, 0.6], ddof=1))
    assert over["native"]["mean"] == pytest.approx((0.8 + 0.75 + 0.6) / 3)
    told = "\n".join(sentences(BACKBONES, found))
    assert "MobileNetV3Small gets 0 to 1, but was trained on 0 to 255: its own preprocessing gains +60.0 points" in told
    assert "TinyPlain was trained on 0 to 1, so both preprocessings are the same." in told
    assert Audit.of_text(Audit(found).text().encode(), "audit.json").found == found


def test_a_study_that_feeds_each_its_own_range_has_no_mismatch():
    found = audit(made_study(range="native"), BACKBONES, {"unit": [UNIT], "native": [NATIVE]}, {})
    assert not any(entry["mismatched"] for entry in found["backbones"].values())
    assert found["backbones"]["VGG16"]["baseline1"]["native_minus_unit"]["points"] == pytest.approx(5)


def test_with_a_test_part_the_gain_has_an_interval_over_images():
    generator = np.random.default_rng(0)
    right = {
        f"{name}-{strategy}-{pixels}": generator.random(500) < 0.7
        for name in ("MobileNetV3Small", "VGG16", "TinyPlain")
        for strategy in ("baseline1", "bw")
        for pixels in ("unit", "native")
    }
    found = audit(STUDY, BACKBONES, {"unit": [UNIT], "native": [NATIVE]}, right)
    gain = found["backbones"]["VGG16"]["bw"]["native_minus_unit"]
    assert gain["interval_over"] == "images"
    assert gain["interval"][0] < 0 < gain["interval"][1]


def test_random_weights_have_no_range_of_their_own():
    random = [backbone("VGG16", "none")]
    found = audit(STUDY, random, {"unit": [UNIT], "native": [NATIVE]}, {})
    assert "it has no preprocessing of its own" in sentences(random, found)[0]


def test_no_gain_over_a_run_that_has_learnt_nothing():
    study = made_study(
        range="unit",
        images=dict.fromkeys(("search", "final", "validation"), 500),
        strategies=("baseline1", "bw"),
        most_frequent={"validation": 125},
    )
    found = audit(study, BACKBONES, {"unit": [UNIT], "native": [NATIVE]}, {})
    small = found["backbones"]["MobileNetV3Small"]
    assert (small["baseline1"]["untrained"], small["bw"]["untrained"]) == (["unit"], [])
    page = render(audit_page(study, BACKBONES, found))
    assert "+60.0" not in page and "| 0.2000 | 0.8000 | untrained |" in page
    assert (
        "own preprocessing gains +40.0 points with BW; Baseline I is untrained with 0 to 1 (0.2000 with 0 to 1 and"
        in page
    )
    assert "not better than always answering with the most frequent class (0.250;" in page
    learnt = audit(STUDY, BACKBONES, {"unit": [UNIT], "native": [NATIVE]}, {})
    assert "untrained" not in render(audit_page(study, BACKBONES, learnt))
