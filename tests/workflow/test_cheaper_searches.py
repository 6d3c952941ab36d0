"""Studies that find their winners without training every candidate, and what the exhaustive study says of that."""

import csv
import io

import pytest

# One worker for all: they share one run of the study
pytestmark = pytest.mark.xdist_group("workflow")

BACKBONE = "TinyPlain-digits"


def rows(study, name):
    return list(csv.DictReader(io.StringIO(study.read(name))))


@pytest.mark.parametrize("method", ["gradient", "graft", "prior"])
def test_a_cheaper_search_trains_only_what_it_chose(finished, tmp_path, method):
    study = finished.copy(tmp_path)
    exhaustive = rows(study, f"results/search/{BACKBONE}/scores.csv")
    study.make(overlay=f"search: {{method: {method}}}")
    scores = study.json(f"results/search/{BACKBONE}/proxy-{method}.json")["scores"]
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
