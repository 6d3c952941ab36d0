"""Case 7: what goes wrong between DVC and Snakemake is said clearly, and nothing is lost."""

import shutil

TABLE = "results/tables/table1.md"


def test_no_remote(clone):
    clone.dvc("remote", "remove", "here")
    assert "No remote provided" in clone.dvc("pull", fails=True)


def test_a_remote_without_an_object_and_what_that_costs(clone, tmp_path):
    remote = tmp_path / "remote"
    shutil.copytree(clone.folder.joinpath(clone.dvc("config", "remote.here.url").strip()), remote)
    clone.dvc("remote", "modify", "here", "url", remote)
    digest = next(
        line.split()[-1] for line in _after(clone.folder / "dvc.lock", "path: results/metrics.json") if "md5:" in line
    )
    (remote / "files/md5" / digest[:2] / digest[2:]).unlink()
    out = clone.dvc("pull", fails=True)
    assert "results/metrics.json" in out
    # What the remote has is here, and the rest is made from it: no training
    assert clone.jobs_run(clone.snakemake()) == {"metrics"}
    assert clone.jobs_run(clone.dvc("repro")) == set()


def _after(path, line):
    lines = path.read_text(encoding="utf-8").splitlines()
    return lines[next(number for number, text in enumerate(lines) if line in text) :]


def test_a_hand_edited_output_is_neither_kept_as_a_result_nor_lost(pulled):
    made = pulled.shown()
    table = pulled.folder / TABLE
    table.write_text(table.read_text(encoding="utf-8").replace("TinyPlain", "MyNet"), encoding="utf-8")
    out = pulled.dvc("repro", fails=True)
    assert f"{TABLE} was changed after the workflow made it" in out
    assert "MyNet" in table.read_text(encoding="utf-8")
    assert "--force" in pulled.dvc("checkout", fails=True)
    assert "MyNet" in table.read_text(encoding="utf-8")
    table.unlink()
    pulled.dvc("repro")
    assert pulled.shown() == made


def test_a_removed_result_that_nothing_needs_does_not_vanish_from_the_next_version(pulled):
    scores = pulled.folder / "results/search/TinyPlain-digits/scores.csv"
    scores.unlink()
    out = pulled.dvc("repro", fails=True)
    assert "results/search/TinyPlain-digits/scores.csv" in out
    pulled.snakemake("results/search/TinyPlain-digits/scores.csv")
    assert pulled.jobs_run(pulled.dvc("repro")) == set()
    assert scores.is_file()
    assert "up to date" in pulled.dvc("status")


def test_a_dirty_workspace(pulled):
    """Results that DVC does not have yet are not thrown away for those of another version."""
    pulled.change(figures={"dpi": 80})
    pulled.snakemake()
    made = pulled.shown()
    assert "--force" in pulled.dvc("checkout", fails=True)
    assert pulled.shown() == made


def test_no_git(pulled, tmp_path):
    bare = type(pulled)(tmp_path / "no git", pulled.home)
    shutil.copytree(pulled.folder, bare.folder, ignore=shutil.ignore_patterns(".git"))
    assert "git" in bare.dvc("status", fails=True).lower()
    assert "Nothing to be done" in bare.snakemake("-n")


def test_what_dvc_could_not_see_is_refused_before_anything_runs(pulled, tmp_path):
    before = pulled.digests("results", "data")
    images = tmp_path / "images"
    images.mkdir()
    params = (pulled.folder / "params.yaml").read_text(encoding="utf-8")
    pulled.change(data={"source": "folder", "path": str(images)})
    assert "lies outside data/raw" in pulled.dvc("repro", fails=True)
    pulled.change(data={"source": "digits", "path": None}, training={"epoch": 3})
    assert "training.epoch" in pulled.dvc("repro", fails=True)
    (pulled.folder / "params.yaml").write_text(params, encoding="utf-8")
    pulled.change(figures={"dpi": 80})
    overlay = "--configfile presets/quick.yaml"
    assert "BLOCKTUNE_FLAGS has --configfile" in pulled.dvc("repro", fails=True, BLOCKTUNE_FLAGS=overlay)
    assert pulled.digests("results", "data") == before


def test_outputs_that_are_links_into_the_cache_are_refused_by_hand_and_replaced_by_repro(pulled):
    pulled.dvc("config", "--local", "cache.type", "hardlink")
    pulled.dvc("checkout", "--relink")
    pulled.change(figures={"dpi": 80})
    assert "cache.type copy" in pulled.snakemake(fails=True)
    assert pulled.damaged_objects() == []
    pulled.dvc("config", "--local", "cache.type", "copy")
    pulled.dvc("checkout", "--relink", "--force")
    assert pulled.jobs_run(pulled.snakemake()) == {"figures", "page"}
    assert pulled.damaged_objects() == []
