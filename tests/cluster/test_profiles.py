"""The profiles: execution settings only, every key explained; those for SLURM differ only in how to ask for a GPU."""

from pathlib import Path

import pytest
import yaml

from blocktune.settings.execution import Execution
from blocktune.settings.model import Settings

PROFILES = Path(__file__).parents[2] / "profiles"
FILES = sorted(PROFILES.glob("*/config.yaml"))


def content(name):
    return yaml.safe_load((PROFILES / name / "config.yaml").read_text(encoding="utf-8"))


def test_the_three_profiles_are_there():
    assert [file.parent.name for file in FILES] == ["default", "slurm", "slurm-gres"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_every_key_stands_under_its_explanation(file):
    lines = file.read_text(encoding="utf-8").splitlines()
    unexplained = []
    for above, line in zip(["", *lines], lines, strict=False):
        key = line.split(":")[0]
        if line and not line.startswith(("#", " ")) and not above.startswith("#"):
            unexplained.append(key)
    # This one belongs to the key above it
    assert set(unexplained) <= {"set-resource-scopes"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_a_profile_says_nothing_scientific(file):
    profile = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert not set(profile) & set(Settings.model_fields)
    assert Execution.model_validate(profile["config"])


def test_the_two_for_slurm_differ_only_in_the_gpu():
    gpus, gres = content("slurm"), content("slurm-gres")
    different = {key for key in gpus | gres if gpus.get(key) != gres.get(key)}
    assert different == {"set-resources", "resources", "set-resource-scopes"}
    for rule in ("train", "proxy", "export", "train_factors", "factor_distances"):
        assert gpus["set-resources"][rule]["runtime"] == gres["set-resources"][rule]["runtime"]
        assert (gpus["set-resources"][rule]["gpu"], gres["set-resources"][rule]["gpu"]) == (1, 0)


def test_what_differs_between_sites_stands_in_no_profile():
    site = yaml.safe_load((PROFILES / "site.yaml").read_text(encoding="utf-8"))
    for file in FILES:
        assert not set(site) & set(yaml.safe_load(file.read_text(encoding="utf-8")))
