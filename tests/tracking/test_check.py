"""What is looked at before and after Snakemake, without Snakemake."""

import os
from pathlib import Path

import pytest

from blocktune.cli.main import main
from blocktune.errors import BlocktuneError
from blocktune.files.plain import write_json
from blocktune.settings.load import load_files
from blocktune.tracking import provenance
from blocktune.tracking.places import SETTINGS
from blocktune.tracking.restore import project_of_experiment, refuse_links, share_store
from blocktune.tracking.snakemake_records import write_record

PARAMS = "backbones: [{name: VGG16, weights: none}]\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BLOCKTUNE_FLAGS", raising=False)
    (tmp_path / "params.yaml").write_text(PARAMS)
    return tmp_path


@pytest.fixture
def said(capsys):
    """`said("check")` is what a command complains about; it must be refused."""

    def run(*arguments):
        assert main(arguments) == 2
        return capsys.readouterr().err

    return run


def make(output, content="made"):
    """An output as a job leaves it, with Snakemake's record."""
    path = Path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    write_record(output, {"rule": "table", "endtime": path.stat().st_mtime})
    return path


def test_nothing_to_complain_about():
    assert main(["check"]) == 0


@pytest.mark.parametrize(
    ("flags", "said_of"),
    [
        ("--cores 3 --config runs_per_job=4 memory_gb=3", None),
        ("--workflow-profile profiles/slurm", None),
        ("--configfile presets/demo.yaml", "--configfile"),
        ("--configfile=presets/demo.yaml", "--configfile"),
        ("--config runs_per_job=4 'training={epochs: 3}'", "training="),
        ("--dry-run", "--dryrun"),
        ("-kn", "--dryrun"),
        ("--cores 2 -dstudies/birds", "--directory"),
        ("-C seed=3", "seed=3"),
        ("--touch", "--touch"),
    ],
)
def test_flags_may_not_change_what_is_computed(flags, said_of, said, monkeypatch):
    monkeypatch.setenv("BLOCKTUNE_FLAGS", flags)
    if said_of is None:
        assert main(["check"]) == 0
    else:
        assert f"BLOCKTUNE_FLAGS has {said_of}" in said("check")


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ("data: {source: folder, path: /elsewhere/birds}\n", "data.path: /elsewhere/birds"),
        ("data: {source: folder, path: data/raw/../birds}\n", "data.path: data/raw/../birds"),
        ("backbones: [{name: VGG16, weights: data/net.h5}]\n", "backbones[0].weights: data/net.h5"),
        ("backbones: [{name: /elsewhere/bird.keras, native: tf}]\n", "backbones[0].name: /elsewhere/bird.keras"),
    ],
)
def test_sources_that_dvc_does_not_watch(settings, key, said, folder):
    text = settings if settings.startswith("backbones") else PARAMS + settings
    (folder / "params.yaml").write_text(text)
    assert f"{key} lies outside data/raw" in said("check")
    (folder / "params.yaml").write_text(text.replace("/elsewhere/", "data/raw/").replace("data/raw/../", "data/raw/"))
    if "backbones" not in key:
        assert main(["check"]) == 0


def test_a_functions_module_that_dvc_does_not_watch(said, folder):
    (folder / "params.yaml").write_text("backbones: [{name: 'nets.small:net', native: tf}]\n")
    assert "move it to data/raw/small.py, dvc add it there, and name data.raw.small:net" in said("check")
    (folder / "params.yaml").write_text("backbones: [{name: 'data.raw.small:net', native: tf}]\n")
    assert main(["check"]) == 0


def test_a_wrong_official_archive(said, folder):
    (folder / "data/raw").mkdir(parents=True)
    (folder / "data/raw/flower_photos.tgz").write_bytes(b"half")
    (folder / "params.yaml").write_text(PARAMS + "data: {source: archive, path: data/raw/flower_photos.tgz}\n")
    assert "4 bytes instead of 228813984" in said("check")


def test_a_lock_is_named_with_the_way_out(said, folder):
    (folder / ".snakemake/locks").mkdir(parents=True)
    (folder / ".snakemake/locks/0.output.lock").touch()
    assert "snakemake --unlock" in said("check")
    assert "Snakemake is running" in said("pack")


def test_outputs_are_compared_with_what_was_made(said):
    table = make("results/tables/table1.md")
    assert main(["check"]) == 0
    provenance.write_provenance()
    # A checkout leaves another date and the same content; an edit another content
    os.utime(table, (1, 1))
    assert main(["check"]) == 0
    table.write_text("mine")
    assert "results/tables/table1.md was changed" in said("check")
    # Made anew by a job since: no edit
    make("results/tables/table1.md", "made anew")
    assert main(["check"]) == 0


def test_results_of_other_settings_are_not_packed_for_these(said, folder):
    settings = load_files([folder / "params.yaml"]).model_dump(mode="json")
    write_json(SETTINGS, settings | {"seed": 7, "study": "another"})
    assert "they differ in study, seed" in said("pack")
    SETTINGS.unlink()
    assert "no study here" in said("pack")


def test_links_are_refused(folder):
    table = make("results/tables/table1.md")
    refuse_links()
    os.link(table, folder / "another name")
    with pytest.raises(BlocktuneError, match=r"cache\.type copy"):
        refuse_links()


def test_an_experiment_uses_its_projects_store(folder, monkeypatch):
    temporary = folder / ".dvc" / "tmp" / "exps" / "tmpabc"
    temporary.mkdir(parents=True)
    assert project_of_experiment(folder) is None
    assert project_of_experiment(temporary) == folder
    store = Path("data/store")
    share_store(store)
    assert not (folder / store).exists()
    monkeypatch.chdir(temporary)
    share_store(store)
    assert (temporary / store).resolve() == (folder / store).resolve()
    share_store(store)
