"""Cases 1 and 2: a second call has nothing to do, here and in a clone."""


def test_a_second_repro_does_nothing_and_snakemake_neither(published):
    before = published.trained()
    assert set(before) == published.planned()
    assert "didn't change, skipping" in published.dvc("repro")
    assert "Nothing to be done" in published.snakemake("-n")
    assert published.trained() == before


def test_dvc_shows_table_one_rankings_and_histories(published, tmp_path):
    assert "TinyPlain-digits.lw" in published.dvc("metrics", "show")
    out = published.dvc("plots", "show", "--out", tmp_path)
    assert not {"failed", "WARNING"} & set(out.split())
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert [title for title in ("Table I", "best first", "Final runs") if title not in page] == []
    assert page.count('"series": "TinyPlain-digits bwt1"') >= 3


def test_clone_and_pull_show_everything_and_nothing_runs(published, clone):
    clone.dvc("pull")
    assert clone.shown() == published.shown()
    assert "up to date" in clone.dvc("status")
    assert "Nothing to be done" in clone.snakemake("-n")
    assert "Nothing to be done" in clone.snakemake()
    assert "didn't change, skipping" in clone.dvc("repro")
    assert set(clone.trained()) == published.planned()
    assert clone.digests("data/store", "results/runs") == published.digests("data/store", "results/runs")
    clone.snakemake("--report", "report.html")
    assert "table1.csv" in (clone.folder / "report.html").read_text(encoding="utf-8")
    assert clone.damaged_objects() == []
