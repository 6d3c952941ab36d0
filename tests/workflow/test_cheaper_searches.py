"""Studies that find their winners without training every candidate, and what the exhaustive study says of that."""

import csv
import io
import shutil

from blocktune.watch.watcher import Watcher

BACKBONE = "TinyPlain-digits"


def rows(study, name):
    return list(csv.DictReader(io.StringIO(study.read(name))))


def test_a_cheaper_search_trains_only_what_it_chose(finished, tmp_path):
    # What follows from the scores is the same for every method; regret below looks at all of them
    method = "prior"
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


# After two epochs the candidates of the tiny study all guess; after four of these they can be told apart
LEARNS = "training: {epochs: 8, batch_size: 4, learning_rate: 1.0e-3}, head: {units: [64, 64]}"
SEARCH = "top_k: [1], window: 1, halving: {factor: 2, first_epochs: 4}"
HALVING = f"{{search: {{method: halving, {SEARCH}}}, {LEARNS}}}"
EXHAUSTIVE = f"{{search: {{method: exhaustive, {SEARCH}}}, {LEARNS}}}"


def without_search_runs(study):
    """Remove what the search trained and all that followed; the final runs stay in the store."""
    for run in study.json(f"results/plan/{BACKBONE}/search.json")["runs"]:
        shutil.rmtree(study.folder / "data/store" / run[:2] / run, ignore_errors=True)
    for place in ("results/runs", "results/search", "data/store/paused", "data/store/unfinished"):
        shutil.rmtree(study.folder / place, ignore_errors=True)
    return study


def test_halving_finds_the_same_with_and_without_the_exhaustive_search(finished, tmp_path):
    study = without_search_runs(finished.copy(tmp_path))
    study.make(overlay=HALVING)
    found = study.json(f"results/search/{BACKBONE}/scores-halving.json")
    rounds = found["details"]["rounds"]
    assert [entry["epochs"] for entry in rounds] == [4, 8]
    assert rounds[0]["runs"] > rounds[1]["runs"]
    # Only survivors, the baselines and the random layers were trained to their end
    searched = study.json(f"results/plan/{BACKBONE}/search.json")["runs"]
    ended = [run for run in searched if (study.folder / "data/store" / run[:2] / run).is_dir()]
    assert rounds[1]["runs"] <= len(ended) < len(searched)
    assert "search by halving" in study.read("results/tables/table1.md")
    # Whatever trained is shown, by how far it came; all blocks came to the end, since they could not be told apart
    for shown in ("results/report.html", "results/figures/figure4_layers.svg"):
        assert "dropped after 4 of 8 epochs" in study.read(shown)
    assert "bw: no candidate discarded: 3 candidates can&#39;t be distinguished" in study.read("results/report.html")
    progress = Watcher(study.folder).look()
    assert progress.state == "finished"
    assert progress.runs.done == progress.total.least == progress.total.most
    # Who was dropped keeps no checkpoint
    assert not list((study.folder / "data/store/unfinished").glob("*.checkpoint"))
    # The same from whole runs, which are in the store after an exhaustive search
    (tmp_path / "whole").mkdir()
    whole = without_search_runs(study.copy(tmp_path / "whole"))
    whole.make("searched", overlay=EXHAUSTIVE)
    before = whole.trained()
    whole.make(overlay=HALVING)
    places = "results/tables", "results/search"
    assert whole.digests(*places) == study.digests(*places)
    assert set(before) <= set(whole.trained())
    whole.check_planned_again(overlay=HALVING)


def test_regret_compares_all_methods_with_the_exhaustive_search(finished, tmp_path):
    study = finished.copy(tmp_path)
    before = study.trained()
    study.make("regret")
    assert study.trained() == before
    report = study.json("results/regret.json")
    assert set(report["methods"]) == {"gradient", "graft", "halving", "logme", "prior"}
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
