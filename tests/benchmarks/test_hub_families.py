"""Families of keras-hub, as the script tries them: planned, cut where it is exact, and trained for one step."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from blocktune.training.process import one_thread_per_process

one_thread_per_process()

hub_families = pytest.importorskip("hub_families")
from hub_networks import SEVERAL, SMALL  # noqa: E402

BY_DEFAULT = ("ViTBackbone", "HGNetV2Backbone")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in BY_DEFAULT else pytest.mark.long) for name in (*SMALL, *SEVERAL)],
)
def test_a_family_is_planned_cut_and_trained_exactly(name, tmp_path):
    found = hub_families.trial(name, tmp_path)
    assert "why" not in found, found
    assert found["blocks"] > 1 and found["weighted"] >= found["blocks"]
    assert found["cuts"] >= 1 and found["step"]["difference"] <= 2e-5 * found["step"]["whole"]
    assert np.isfinite(found["step"]["whole"])


@pytest.mark.parametrize(("name", "why"), [("BertBackbone", "takes no images"), ("VideoPrismBackbone", "takes videos")])
def test_what_is_no_network_for_images_is_listed_with_the_reason(name, why, tmp_path):
    assert name in hub_families.every_family()
    assert hub_families.trial(name, tmp_path) == {"why": why}


def test_the_table_names_every_family():
    step = {"above_prefix": 1.0, "whole": 1.0, "difference": 0.0}
    about = {"layers": 9, "weighted": 5, "blocks": 3, "blocks_by_nature": 2, "cuts": 4, "output": [5, 8], "step": step}
    families = {"ViTBackbone": about, "BertBackbone": {"why": "takes no images"}}
    page = hub_families.markdown({"versions": {"keras-hub": "1"}, "families": families})
    assert "ViT" in page and "random weights" in page and "takes no images" in page


def test_the_page_has_the_table_of_the_results_which_names_every_family():
    root = Path(__file__).parents[2]
    result = json.loads((root / "benchmarks" / "results" / "hub_families.json").read_text(encoding="utf-8"))
    assert set(result["families"]) == set(hub_families.every_family())
    assert result["versions"]["keras-hub"] == version("keras-hub")
    page = hub_families.markdown(result).strip()
    assert page in (root / "docs" / "hub.md").read_text(encoding="utf-8")
