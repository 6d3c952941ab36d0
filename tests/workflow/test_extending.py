"""The page on extending: its examples are added to a copy of the package, and a study is run with all of them."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import warm
from sklearn.datasets import load_digits

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^In `([\w/]+\.py)`:\n\n```python\n(.*?)```$", PAGE, flags=re.M | re.S)
IMPORTS = {"accuracies, epochs_to": "accuracies, epochs_to, read_history"}
STUDY = """
study: extended
data: {source: npz, name: drawn, path: drawn.npz, image_size: 8}
backbones: [{name: TinyPlain, weights: digits}]
head: {units: [8, 8]}
training: {epochs: 2, batch_size: 32}
pretraining: {epochs: 2}
search: {method: sizes, strategies: [lw, half]}
baselines: {also: [first]}
export: {to: [lines]}
"""


def add(file, code):
    """Do what the page says: a new file, or a class and its name in the registry at the end of the file."""
    if not file.exists():
        file.write_text(code, encoding="utf-8")
        return
    text = file.read_text(encoding="utf-8")
    members = r"^(?:SEARCHED|FURTHER|VARIED|MEASURED): .*?for kind in \([\w, ]+\)"
    (registry,) = re.findall(members, text, flags=re.M | re.S)
    (name,) = re.findall(r"^class (\w+)\(", code, flags=re.M)
    named = re.sub(r"for kind in \(([\w, ]+)\)", rf"for kind in (\1, {name})", registry)
    assert named != registry
    text = text.replace(registry, f"{code}\n\n{named}")
    for before, after in IMPORTS.items():
        text = text.replace(f"import {before}\n", f"import {after}\n")
    file.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the workflow that has all examples."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("workflow", "envs", "presets", "profiles"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Snakefile", "params.yaml"):
        shutil.copy(ROOT / name, copy / name)
    for file, code in EXAMPLES:
        add(copy / file, code)
    return copy


@pytest.fixture(scope="module")
def extended(copy, tmp_path_factory):
    """A finished study with all examples that a search has."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    digits = load_digits()
    images = np.repeat((digits.images * 15.9).astype(np.uint8)[..., None], 3, axis=-1)
    np.savez(folder / "drawn.npz", images=images[:900], labels=np.array([f"digit {n}" for n in digits.target[:900]]))
    settings = [copy / "params.yaml", copy / "presets" / "demo.yaml", folder / "study.yaml"]
    command = [Path(sys.executable).with_name("snakemake"), "--snakefile", copy / "Snakefile", "--directory", folder]
    command += ["--cores", "2", "--configfile", *settings]
    environment = {"HOME": os.environ.get("HOME", "/tmp"), "PATH": "/usr/bin:/bin"}
    environment |= warm.environment(copy / "workflow", like=copy / "workflow")
    for more in ([], ["--report", "report.zip"]):
        done = subprocess.run([*command, *more], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "results"


def test_snakemakes_own_report_has_a_caption_for_its_figure(extended):
    assert (extended.parent / "report.zip").stat().st_size


def test_the_page_has_an_example_of_each_kind():
    kinds = ["candidates", "candidates", "scorers", "askers", "exporters", "sources", "settings", "factors"]
    assert [Path(file).parent.name for file, _ in EXAMPLES] == kinds


def test_the_images_are_those_of_the_source(extended):
    about = json.loads((extended / "plan" / "study.json").read_text(encoding="utf-8"))
    assert (about["source"], about["dataset"]) == ("npz", "drawn")
    assert about["classes"] == [f"digit {n}" for n in range(10)]


def test_strategy_and_baseline_are_columns_of_table_one(extended):
    with (extended / "tables" / "table1.csv").open(encoding="utf-8") as lines:
        (row, *_) = csv.DictReader(lines)
    assert {"half", "first"} <= set(row)
    assert 0 <= float(row["half"]) <= 1 and 0 <= float(row["first"]) <= 1
    page = (extended / "tables" / "table1.md").read_text(encoding="utf-8")
    assert "HALF" in page and "First layer" in page


def test_they_are_drawn_and_on_the_page(extended):
    assert (extended / "figures" / "figure_half.svg").stat().st_size
    page = (extended / "report.html").read_text(encoding="utf-8")
    assert "HALF" in page and "First layer" in page


def test_the_search_goes_by_the_method(extended):
    (scores,) = extended.glob("search/*/scores-sizes.json")
    (winners,) = extended.glob("search/*/winners.json")
    assert '"method": "sizes"' in scores.read_text(encoding="utf-8")
    assert '"half"' in winners.read_text(encoding="utf-8")


def test_a_method_that_asks_is_one_of_the_copy(copy, tmp_path):
    """Of a plan's time and of a replay: a study by rounds is what tests/workflow/test_race_in_rounds.py runs."""
    table = ROOT / "benchmarks" / "results" / "practice_table.npz"
    size = ["TinyPlain", "--image-size", "16", "--images", "900", "--strategies", "bw", "--budget", "40"]
    environment = {**os.environ, "PYTHONPATH": str(copy / "workflow")}
    for command in (
        ["plan", *size, "--method", "thirds"],
        ["replay", "--table", table, "--method", "thirds", "--replays", "1"],
    ):
        asked = [sys.executable, "-m", "blocktune", *command]
        done = subprocess.run(asked, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and "thirds" in done.stdout, done.stderr


def test_every_run_is_exported_at_the_studys_end(extended):
    lines = (extended / "export" / "lines" / "runs.txt").read_text(encoding="utf-8").splitlines()
    done = json.loads((extended / "export" / "lines.json").read_text(encoding="utf-8"))
    recorded = [json.loads(file.read_text(encoding="utf-8"))["runs"] for file in extended.glob("runs/*/*/*.json")]
    runs = {record["run"] for records in recorded for record in records}
    assert len(lines) == done["runs"] == len(runs) and done["missing"] == 0
    assert all("score/last_accuracy" in line for line in lines)


@pytest.fixture(scope="module")
def factors(copy, tmp_path_factory):
    """What a factor study says that varies the example and measures the other, from made-up runs of its plan."""
    folder = tmp_path_factory.mktemp("factors")
    command = [sys.executable, Path(__file__).with_name("factor_study_of_examples.py"), folder]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(copy / "workflow")}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_the_factors_levels_are_planned_with_the_studys_own(factors):
    design = json.loads((factors / "design.json").read_text(encoding="utf-8"))
    assert design["levels"] == {"dropout": ["0", "0.25", "0.5"]}
    assert design["reference"] == {"dropout": "0.5"}
    # Three strategies with three seeds at each level
    assert design["runs"] == 27


def test_factor_and_response_are_told_and_drawn(factors):
    page = (factors / "factors.md").read_text(encoding="utf-8")
    assert "Within the levels tried, the head's dropout has the largest effect: " in page
    assert "Training accuracy minus validation accuracy: at the reference Baseline I 0.1" in page
    assert "dropout x strategy" in page
    svg = (factors / "figures" / "figure_factors_dropout.svg").read_text(encoding="utf-8")
    assert "share of units that are dropped" in svg and "logarithmic" not in svg
    captions = json.loads((factors / "captions.json").read_text(encoding="utf-8"))
    assert captions["figure_factors_dropout"] == "Accuracy over the head's dropout"
