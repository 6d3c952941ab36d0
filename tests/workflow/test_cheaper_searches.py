"""Studies that find their winners without training every candidate, and what the exhaustive study says of that."""

import csv
import io
import shutil

import pytest

BACKBONE = "TinyPlain-digits"


def rows(study, name):
    return list(csv.DictReader(io.StringIO(study.read(name))))


@pytest.mark.parametrize("method", ["gradient", "graft", "prior"])
def test_a_cheaper_search_trains_only_what_it_chose(finished, tmp_path, method):
    study = finished.copy(tmp_path)
    exhaustive = rows(study, f"results/search/{BACKBONE}/scores.csv")
    study.make(overlay=f"search: {{method: {method}}}")
    scores = study.json(f"results/search/{BACKBONE}/scores-{method}.json")["scores"]
    chosen = rows(study, f"results/search/{BACKBONE}/scores.csv")
    # Every candidate has a score, but only the winners were trained, and as the exhaustive search trains them
    searched = {row["run"] for row in exhaustive if row["strategy"] in ("lw", "bw", "bwsw")}
    assert len(scores) == len(searched)
    assert [row["strategy"] for row in chosen if row["strategy"] in ("lw", "bw", "bwsw")] == ["lw", "bw", "bwsw"]
    accuracy = {(row["strategy"], row["candidate"]): row["accuracy"] for row in exhaustive}
    for row in chosen:
        if row["strategy"] in ("baseline1", "baseline2", "lw", "bw", "bwsw"):
            assert row["accuracy"] == accuracy[row["strategy"], row["candidate"]]
    table = rows(study, "results/tables/table1.csv")
    assert all(table[0].values())
    assert f"search by {method}" in study.read("results/tables/table1.md")


HALVING = "{training: {epochs: 4}, search: {method: halving, halving: {factor: 2}, top_k: [1], window: 1}}"


def finished_runs(study):
    """Epochs of every run in the store, by run id."""
    return {
        path.parent.name: len(path.read_text(encoding="utf-8").splitlines()) - 1
        for path in (study.folder / "data/store").glob("??/*/history.csv")
    }


def test_halving_finds_the_same_with_and_without_the_exhaustive_search(new_study, tmp_path):
    study = new_study(tmp_path / "halving")
    study.make(overlay=HALVING)
    found = study.json(f"results/search/{BACKBONE}/scores-halving.json")
    rounds = found["details"]["rounds"]
    assert [entry["epochs"] for entry in rounds] == [1, 2, 4]
    assert rounds[0]["runs"] > rounds[1]["runs"] > rounds[2]["runs"]
    # Only survivors, the baselines and the random layers were trained to their end
    epochs = finished_runs(study)
    assert set(epochs.values()) == {4}
    searched = set(study.json(f"results/plan/{BACKBONE}/search.json")["runs"])
    assert len(searched & set(epochs)) < rounds[0]["runs"]
    assert "search by halving" in study.read("results/tables/table1.md")
    # Who was dropped keeps no checkpoint
    assert not list((study.folder / "data/store/unfinished").glob("*.checkpoint"))
    halved = study.digests("results/tables", "results/search")
    # The same from whole runs, which are in the store after an exhaustive search
    study.make(overlay=HALVING.replace("halving,", "exhaustive,"))
    before = finished_runs(study)
    assert len(before) > len(epochs)
    shutil.rmtree(study.folder / "results/runs")
    study.make(overlay=HALVING)
    assert finished_runs(study) == before
    assert study.digests("results/tables", "results/search") == halved


def test_regret_compares_all_methods_with_the_exhaustive_search(finished, tmp_path):
    study = finished.copy(tmp_path)
    before = study.trained()
    study.make("regret")
    assert study.trained() == before
    report = study.json("results/regret.json")
    assert set(report["methods"]) == {"gradient", "graft", "halving", "prior"}
    for entry in report["methods"].values():
        assert entry["regret_points"] >= 0
        assert entry["cost_share"] >= 0
        assert entry["pairs"] == 1
    assert report["methods"]["prior"]["epoch_share"] == 0
    assert "| halving |" in study.read("results/tables/regret.md")
    assert (study.folder / "results/figures/figure_cost.svg").is_file()


def test_regret_needs_an_exhaustive_search(finished, tmp_path):
    study = finished.copy(tmp_path)
    done = study.snakemake("regret", overlay="search: {method: prior}")
    assert done.returncode != 0
    assert "search.method is prior: regret is measured against an exhaustive search" in done.stdout
    assert "Traceback" not in done.stdout
