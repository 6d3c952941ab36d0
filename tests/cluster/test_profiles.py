"""The profiles: execution settings only, every key explained; those of a kind differ only in what they must."""

from pathlib import Path

import pytest
import yaml
from snakemake.cli import get_argument_parser

from blocktune.settings.execution import Execution
from blocktune.settings.model import Settings

PROFILES = Path(__file__).parents[2] / "profiles"
FILES = sorted(PROFILES.glob("*/config.yaml"))


def content(name):
    return yaml.safe_load((PROFILES / name / "config.yaml").read_text(encoding="utf-8"))


def test_the_profiles_are_there():
    assert [file.parent.name for file in FILES] == ["aws-batch", "default", "kubernetes", "slurm", "slurm-gres"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_snakemake_and_its_plugins_know_every_key(file):
    parsed = get_argument_parser(profiles=[str(file.parent)]).parse_args([])
    for key, value in yaml.safe_load(file.read_text(encoding="utf-8")).items():
        if isinstance(value, str | int) and key not in ("max-checksum-file-size",):
            assert getattr(parsed, key.replace("-", "_")) == value, key


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


def test_the_two_for_containers_differ_only_in_their_scripts():
    kubernetes, batch = content("kubernetes"), content("aws-batch")
    assert kubernetes["executor"] == batch["executor"] == "cluster-generic"
    different = {key for key in kubernetes | batch if kubernetes.get(key) != batch.get(key)}
    assert different == {f"cluster-generic-{verb}-cmd" for verb in ("submit", "status", "cancel")}
    assert kubernetes["set-resources"] == content("slurm")["set-resources"]
    # Packages are those of the jobs' image, not of the machine where snakemake runs
    assert "software-deployment" not in kubernetes["shared-fs-usage"]


def test_what_differs_between_sites_stands_in_no_profile():
    site = yaml.safe_load((PROFILES / "site.yaml").read_text(encoding="utf-8"))
    for file in FILES:
        assert not set(site) & set(yaml.safe_load(file.read_text(encoding="utf-8")))
