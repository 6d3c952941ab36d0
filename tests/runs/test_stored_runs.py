"""The runs stored in benchmarks/results: the preset still plans them, and their plateau never acted."""

import tarfile
from functools import cache
from pathlib import Path

import pytest

from blocktune.files.history import Epoch
from blocktune.files.record import MetricsFile, ResourcesFile, Seal, ValidationFile
from blocktune.files.spec import RunSpec
from blocktune.settings.load import load_files

ROOT = Path(__file__).parents[2]
PACKS = ("regret_runs.tar.xz", "quick_holdout/runs.tar.xz")
# What the studies on these runs vary: seeds, rates of the factor study, policies of benchmarks/batch_norm.py
VARIED = ("learning_rate", "batch_norm")


@cache
def stored(pack):
    """By run: its specification and the rows of its history."""
    texts = {}
    with tarfile.open(ROOT / "benchmarks" / "results" / pack) as files:
        for member in files:
            name, run = Path(member.name).name, Path(member.name).parent.name
            if name in ("spec.json", "history.csv"):
                texts.setdefault(run, {})[name] = files.extractfile(member).read().decode()
    return {run: (_spec(found["spec.json"]), _epochs(found["history.csv"])) for run, found in texts.items()}


def _spec(text):
    return RunSpec.of_text(text.encode(), "spec.json")


def _epochs(text):
    epochs = Epoch.of_text(text.encode(), "history.csv")
    assert Epoch.table(epochs) == text
    return epochs


@pytest.mark.parametrize("pack", PACKS)
def test_stored_runs_have_the_ids_that_the_preset_plans(pack, make_spec):
    planned = load_files([ROOT / "params.yaml", ROOT / "presets" / "quick.yaml"]).model_dump(mode="json")
    sections = {name: planned[name] for name in ("training", "head", "pixels")}
    of_the_preset = make_spec(settings=sections)
    training = of_the_preset.training
    assert stored(pack)
    for run, (spec, _) in stored(pack).items():
        assert spec.run_id == run
        varied = {name: spec.training[name] for name in VARIED if name in spec.training}
        assert spec.training == training | varied
        assert (spec.head, spec.pixel_range, spec.image_size) == (
            of_the_preset.head,
            planned["pixels"]["range"],
            planned["data"]["image_size"],
        )
    assert any(spec.training == training for spec, _ in stored(pack).values())


@pytest.mark.parametrize("pack", PACKS)
def test_the_plateau_never_acted_in_the_stored_runs(pack):
    for spec, epochs in stored(pack).values():
        assert len(epochs) == spec.training["epochs"] <= spec.training["plateau"]["patience"]
        assert len({epoch.learning_rate for epoch in epochs}) == 1


@pytest.mark.parametrize("pack", PACKS)
def test_what_is_stored_is_read_and_would_be_written_alike(pack):
    kinds = {"metrics": MetricsFile, "resources": ResourcesFile, "validation": ValidationFile, "seal": Seal}
    read = set()
    with tarfile.open(ROOT / "benchmarks" / "results" / pack) as files:
        for member in files:
            name = Path(member.name).stem
            if name in kinds:
                content = files.extractfile(member).read()
                assert kinds[name].of_text(content, member.name).text().encode() == content
                read.add(name)
    assert read >= {"metrics", "resources"}
