"""The whole path, from digits to Table I, and what a second call does."""

import csv
import io
import re
import socket
import subprocess
import sys
import time

import pytest
from PIL import Image

from blocktune.watch.session import Session

SEARCH = "results/plan/TinyPlain-digits/search.json"
TABLE = "results/tables/table1.csv"


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


# ------------------------------------------------------------------------------------------------------------------
# what one call makes


def test_table_one_has_the_columns_that_others_rely_on(finished):
    lines = finished.read(TABLE).splitlines()
    assert lines[0] == "backbone,baseline1,baseline2,lw,bw,bwt3,bwt5,bwsw"
    # Rows of variance and mean need a second backbone
    assert [line.split(",")[0] for line in lines[1:]] == ["TinyPlain"]
    values = [float(value) for value in lines[1].split(",")[1:]]
    assert all(0 <= value <= 1 for value in values)
    assert len(set(values)) > 1


def test_the_final_scores_are_those_of_the_stored_runs(finished):
    scores = rows(finished.read("results/final/TinyPlain-digits/scores.csv"))
    assert [row["strategy"] for row in scores] == ["baseline1", "baseline2", "lw", "bw", "bwt3", "bwt5", "bwsw"]
    (table,) = [row for row in rows(finished.read(TABLE)) if row["backbone"] == "TinyPlain"]
    for row in scores:
        metrics = finished.json(f"data/store/{row['run'][:2]}/{row['run']}/metrics.json")
        assert float(row["accuracy"]) == metrics["last_accuracy"]
        assert float(table[row["strategy"]]) == pytest.approx(metrics["last_accuracy"], abs=5e-7)


def test_the_winners_are_the_best_of_the_search(finished):
    scores = rows(finished.read("results/search/TinyPlain-digits/scores.csv"))
    winners = finished.json("results/search/TinyPlain-digits/winners.json")
    for strategy in ("lw", "bw", "bwsw"):
        tried = [row for row in scores if row["strategy"] == strategy]
        best = max(tried, key=lambda row: (float(row["accuracy"]), -int(row["candidate"])))
        assert ";".join(winners[strategy]["names"]) == best["names"]
    layers = sorted((row for row in scores if row["strategy"] == "lw"), key=lambda row: int(row["rank"]))
    assert set(winners["bwt3"]["names"]) == {row["names"] for row in layers[:3]}


def test_every_different_candidate_was_trained_once(finished):
    plans = [finished.json(f"results/plan/TinyPlain-digits/{stage}.json") for stage in ("search", "dependent", "final")]
    planned = set().union(*(plan["runs"] for plan in plans))
    assert {path.split("/")[3] for path in finished.trained()} == planned
    assert len(plans[0]["runs"]) < len(plans[0]["candidates"])


@pytest.mark.parametrize("number", range(1, 9))
def test_each_figure_is_there_twice(finished, number):
    (svg,) = (finished.folder / "results" / "figures").glob(f"figure{number}_*.svg")
    assert svg.read_text(encoding="utf-8").rstrip().endswith("</svg>")
    with Image.open(svg.with_suffix(".png")) as image:
        assert image.format == "PNG"
        assert min(image.size) > 100


def test_the_report_is_one_file_with_table_and_figures(finished, tmp_path):
    finished.make("--report", tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "table1.csv" in text
    assert all(f"figure{number}_" in text for number in range(1, 9))


# ------------------------------------------------------------------------------------------------------------------
# calling again


def test_a_second_call_has_nothing_to_do(finished):
    assert "Nothing to be done" in finished.make()


def test_a_dry_run_with_other_settings_changes_nothing(finished, tmp_path):
    study = finished.copy(tmp_path)
    before = study.digests("results", "data"), study.dates("results")
    backbones = "{name: TinyPlain, weights: digits}, {name: TinyResidual, weights: digits}"
    other = f"training: {{epochs: 3}}\nbackbones: [{backbones}]"
    for flags in (["-n"], ["-npq"], ["--summary"]):
        assert "Nothing to be done" not in study.make(*flags, overlay=other)
        assert (study.digests("results", "data"), study.dates("results")) == before
    assert "Nothing to be done" in study.make("-n")


def test_a_dry_run_in_a_new_folder_leaves_the_settings_that_were_asked_about(new_study, tmp_path):
    study = new_study(tmp_path / "study")
    study.make("-n", overlay="training: {epochs: 3}")
    assert study.json("results/plan/settings/settings.json")["training"]["epochs"] == 3


def test_without_results_but_with_the_store_nothing_is_trained_and_the_tables_are_the_same(finished, tmp_path):
    study = finished.copy(tmp_path)
    before, trained = study.digests("results/tables"), study.trained()
    metrics = study.read("results/metrics.json")
    for folder in ("results", ".snakemake"):
        (study.folder / folder).rename(tmp_path / f"old {folder}")
    study.make("results/tables/table1.csv", "results/tables/recommendation.md", "results/metrics.json")
    assert study.digests("results/tables") == before
    assert study.read("results/metrics.json") == metrics
    assert study.trained() == trained


def test_another_label_trains_nothing_and_changes_the_table(finished, tmp_path):
    study = finished.copy(tmp_path)
    trained = study.trained()
    study.make(TABLE, overlay="backbones: [{name: TinyPlain, weights: digits, label: Das Kleine}]")
    old, new = finished.read(TABLE), study.read(TABLE)
    assert new == old.replace("TinyPlain", "Das Kleine") != old
    assert study.trained() == trained


def test_another_epoch_that_counts_trains_no_candidate_again(finished, tmp_path):
    study = finished.copy(tmp_path)
    trained = study.trained()
    study.make(TABLE, overlay="training: {counts: best}")
    for row in rows(study.read("results/final/TinyPlain-digits/scores.csv")):
        metrics = study.json(f"data/store/{row['run'][:2]}/{row['run']}/metrics.json")
        assert float(row["accuracy"]) == metrics["best_accuracy"]
    # Other winners may need final runs of their own; what there was is as it was
    assert trained.items() <= study.trained().items()


def test_a_search_over_a_few_tails_and_rates_is_won_by_the_lowest_validation_loss(finished, tmp_path):
    study = finished.copy(tmp_path)
    overlay = """
split: {search: 0.5, final: 0.5}
evaluation: {protocol: holdout, selection: 0.2, choose_by: loss}
search: {strategies: [tail], candidates: 2, rates: [1.0e-3, 1.0e-2]}
training: {schedule: cosine, validate_every: 2}
baselines: {also: [probe]}
"""
    study.make("results/report.html", "results/metrics.json", "results/compare/histories.csv", overlay=overlay)
    tried = rows(study.read("results/search/TinyPlain-digits/scores.csv"))
    assert {row["strategy"] for row in tried} == {"baseline1", "baseline2", "tail", "probe"}
    winners = study.json("results/search/TinyPlain-digits/winners.json")
    final = {row["strategy"]: row for row in rows(study.read("results/final/TinyPlain-digits/scores.csv"))}
    for strategy, winner in winners.items():
        mine = [row for row in tried if row["strategy"] == strategy]
        for row in mine:
            kept = study.json(f"data/store/{row['run'][:2]}/{row['run']}/validation.json")
            assert float(row["loss"]) == pytest.approx(sum(kept["losses"]) / len(kept["losses"]))
        best = min(mine, key=lambda row: float(row["loss"]))
        # A search run is the final run; its test part has no say
        assert (best["rank"], best["run"]) == ("1", winner["run"]) == ("1", final[strategy]["run"])
    tails = sorted({int(row["candidate"]) for row in tried if row["strategy"] == "tail"})
    page = study.read("results/report.html")
    assert len(tails) == 2 and tails[0] == 1
    # Runs with a test part keep what each validation image said, which decides between the probe and the first
    (answer,) = study.json("results/tables/recommendation.json").values()
    sure = answer["against_probe"]
    assert (sure is None) == (answer["ranked_first"] == "probe")
    tuned = sure is not None and sure["more_than_noise"]
    assert answer["best"]["strategy"] == (answer["ranked_first"] if tuned else "probe")
    assert ("Fine-tune" if tuned else "Keep the backbone frozen") in study.read("results/tables/recommendation.md")
    assert f"2 of {tails[1]} block borders" in page
    assert "winners chosen by validation loss" in page
    assert "Figure 3: the baselines" in study.read("results/figures/figure3_baselines_random.svg")
    # Of two epochs only the last was validated; a probe has one
    validated = {(row["series"].split()[1], row["epoch"]) for row in rows(study.read("results/compare/histories.csv"))}
    assert validated == {("probe", "1"), *((name, "2") for name in winners if name != "probe")}
    assert "best tail by loss" in study.read("results/figures/figure11_tails.svg")
    # No figure of candidates that nobody searched for
    numbers = re.findall(r"<figcaption>Figure (\d+)\.", page)
    assert numbers == ["1", "2", "3", "7", "8", "11"]


def test_a_search_over_spans_trains_each_once_and_draws_the_triangle(finished, tmp_path):
    study = finished.copy(tmp_path)
    overlay = "search: {strategies: [span], span_blocks: 2, rates: [1.0e-3, 1.0e-2]}"
    study.make("results/report.html", overlay=overlay)
    tried = rows(study.read("results/search/TinyPlain-digits/scores.csv"))
    spans = {(row["candidate"], row["learning_rate"]): row["run"] for row in tried if row["strategy"] == "span"}
    # Of three blocks, the first two of them merged: the last one, the two others, all
    assert {*spans} == {(number, rate) for number in "156" for rate in ("0.001", "0.01")}
    everything = {row["learning_rate"]: row["run"] for row in tried if row["strategy"] == "baseline2"}
    assert everything == {rate: run for (number, rate), run in spans.items() if number == "6"}
    best = {number: max(float(row["accuracy"]) for row in tried if row["candidate"] == number) for number in "5"}
    page = study.read("results/report.html")
    assert "Triangle of spans of TinyPlain" in page and "Depth map of" not in page
    assert "3 of 6 spans" in page and f"accuracy {best['5']:.3f} (95 % interval" in page
    assert "best span: " in study.read("results/figures/figure12_spans.svg")
    assert re.findall(r"<figcaption>Figure (\d+)\.", page) == ["1", "2", "3", "7", "8", "12"]


def test_another_learning_rate_plans_nothing_but_new_runs(finished, tmp_path):
    study = finished.copy(tmp_path)
    study.make("--config", "training={learning_rate: 0.01}", "--", SEARCH)
    old, new = finished.json(SEARCH), study.json(SEARCH)
    assert len(new["runs"]) == len(old["runs"])
    assert not set(new["runs"]) & set(old["runs"])
    assert {spec["training"]["learning_rate"] for spec in new["runs"].values()} == {0.01}
    # The rest of the section is still that of the files
    assert {spec["training"]["epochs"] for spec in new["runs"].values()} == {2}


@pytest.mark.parametrize("size", [1, 4])
def test_how_many_runs_a_job_takes_changes_jobs_but_no_run(finished, tmp_path, size):
    study = finished.copy(tmp_path)
    study.make("--config", f"runs_per_job={size}", "--", SEARCH)
    old, new = finished.json(SEARCH), study.json(SEARCH)
    assert new["runs"] == old["runs"]
    assert new["candidates"] == old["candidates"]
    sizes = [len(runs) for runs in new["jobs"].values()]
    assert sum(sizes) == len(new["runs"])
    assert max(sizes) == size


def test_plans_that_are_made_anew_and_say_the_same_change_nothing(finished, tmp_path):
    finished.copy(tmp_path).check_planned_again()


def test_a_look_changes_nothing(finished, tmp_path):
    """Neither damage nor what a killed Snakemake left; a call that runs jobs takes care of both."""
    study = finished.copy(tmp_path)
    table = study.folder / TABLE
    table.write_text("edited\n")
    before = study.digests("results", "data", ".snakemake/metadata")
    assert f"{TABLE} is not what the workflow made: a call that runs jobs sets it aside" in study.make("-nq")
    assert TABLE in study.make("--summary")
    assert study.digests("results", "data", ".snakemake/metadata") == before
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    Session(time.time(), "data/store", 0, socket.gethostname(), ended.pid, born=1.0).write(study.folder)
    locks = study.folder / ".snakemake" / "locks"
    locks.mkdir(exist_ok=True)
    (locks / "0.output.lock").write_text("results/tables/table1.csv\n")
    study.make("-np", TABLE)
    assert [path.name for path in locks.iterdir()] == ["0.output.lock"]
    assert "its lock is taken away" in study.make(TABLE)
    assert study.read(TABLE) == finished.read(TABLE)


# ------------------------------------------------------------------------------------------------------------------
# two at once


def test_while_one_works_here_another_study_is_refused_and_its_settings_stay(finished, tmp_path):
    """Jobs read the settings' files; a dry run in a second terminal must not exchange them."""
    study = finished.copy(tmp_path)
    locks = study.folder / ".snakemake" / "locks"
    locks.mkdir(exist_ok=True)
    (locks / "0.output.lock").write_text("results/tables/table1.csv\n")
    before = study.digests("results")
    for flags in (["-n"], []):
        done = study.snakemake(*flags, overlay="training: {epochs: 3}")
        assert done.returncode != 0
        assert "another Snakemake is running" in done.stdout
        assert "Traceback" not in done.stdout
        assert study.digests("results") == before
    # The same study may be looked at, and a lock that was left behind can be taken away
    assert "Nothing to be done" in study.make("-n")
    study.make("--unlock", overlay="training: {epochs: 3}")
    assert "Nothing to be done" in study.make()


# ------------------------------------------------------------------------------------------------------------------
# reading the Snakefile


def test_lint_finds_nothing(finished):
    assert "your workflow is in a good condition" in finished.make("--lint")


def test_reading_the_snakefile_imports_no_keras(new_study, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in ('keras', 'tensorflow', 'tensorflow_datasets'):\n"
        "            raise RuntimeError('imported ' + name)\n"
        "sys.meta_path.insert(0, Refuse())\n",
        encoding="utf-8",
    )
    environment = {"PYTHONPATH": str(tmp_path)}
    guarded = subprocess.run([sys.executable, "-c", "import keras"], env=environment, capture_output=True, text=True)
    assert "imported" in guarded.stderr
    new_study(tmp_path / "study").make("-n", environment=environment)
