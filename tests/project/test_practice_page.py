"""What the documentation says of the recipe for practice stands in files of the benchmarks, and in the preset."""

import json
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
PAGE = (ROOT / "docs" / "practice.md").read_text(encoding="utf-8")
PRESET = yaml.safe_load((ROOT / "presets" / "practice.yaml").read_text(encoding="utf-8"))


def test_the_ablation_is_the_benchmarks_table():
    assert (RESULTS / "practice_ablation.md").read_text(encoding="utf-8").strip() in PAGE
    runs = json.loads((RESULTS / "practice_ablation.json").read_text(encoding="utf-8"))["runs"]
    assert len({run["cell"] for run in runs}) == 9


def test_the_cells_are_the_benchmarks_table():
    assert (RESULTS / "practice.md").read_text(encoding="utf-8").strip() in PAGE


@pytest.mark.parametrize("name", ["practice_guides", "practice_noise", "practice_race"])
def test_the_other_tables_are_the_benchmarks(name):
    assert (RESULTS / f"{name}.md").read_text(encoding="utf-8").strip() in PAGE


def test_the_readme_tells_what_was_found():
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    cells = json.loads((RESULTS / "practice.json").read_text(encoding="utf-8"))["cells"]
    shown = [cell for cell in cells if cell["backbone"] == "MobileNet 0.25" and cell["image_size"] == 96]
    assert {cell["seeds"] for cell in shown} == {3}
    above = {cell["target"]: 100 * (cell["answer"] - cell["probe"]) for cell in shown}
    digits, flowers, trash = (f"{above[target]:.1f}" for target in ("sign_digits", "tf_flowers", "trashnet"))
    assert f"{digits} points above the linear probe on sign_digits, {flowers} on tf_flowers and {trash} on" in readme
    others = [100 * (cell["answer"] - cell["probe"]) for cell in cells if cell not in shown]
    assert f"the answer is {min(others):.1f} to {max(others):.1f} points above their probes" in readme
    leads = [100 * (cell["answer"] - cell["paper_answer"]) for cell in shown]
    assert f"{min(leads):.1f} to {max(leads):.1f} points above what the paper's recipe finds" in readme
    assert all(cell["cpu_seconds"] < cell["paper_cpu_seconds"] / 4 for cell in shown)
    chosen = {one["answer_is"].split()[0] for cell in shown for one in cell["each_seed"]}
    assert chosen == {"tail"}
    studies = [one for cell in cells for one in cell["each_seed"]]
    highest = sum(one["answer_is"].endswith(f" at {max(PRESET['search']['rates']):g}") for one in studies)
    assert f"In {highest} of these {len(studies)} studies" in PAGE
    gains = [100 * (cell["answer"] - cell["everything"]) for cell in cells]
    between = f"between {max(gains):.1f} points below the answer and {-min(gains):.1f} points above it"
    assert f"{between}, {sum(gains) / len(gains):.1f} below on average" in readme
    behind = [100 * (cell["answer"] - cell["bw"]) for cell in shown if cell["bw"] is not None]
    assert f"is {min(behind):.1f} to {max(behind):.1f} points below that" in readme


def test_the_losses_are_those_of_the_runs_and_the_lowest_are_bold():
    runs = json.loads((RESULTS / "practice_loss.json").read_text(encoding="utf-8"))["runs"]
    lines = PAGE.split("| target, network |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    networks = {}
    for run in runs:
        networks.setdefault((run["target"], run["backbone"]), []).append(run)
    lowest = {name: {min(found, key=lambda run: run[name])["run"] for found in networks.values()} for name in NAMES}
    told = {tuple(cell.strip() for cell in line.strip("|").split("|"))[2:] for line in lines}
    assert len(lines) == len(runs)
    for run in runs:
        plain, loss = (f"**{run[name]:.3f}**" if run["run"] in lowest[name] else f"{run[name]:.3f}" for name in NAMES)
        assert (plain, f"{run['temperature']:.2f}", loss, f"{run['validation']:.3f}", f"{run['test']:.3f}") in told


NAMES = ("plain_loss", "loss")


def test_every_line_of_the_recipe_is_explained():
    rows = PAGE.split("## Line by line", 1)[1].split("## One change", 1)[0]
    for key, value in PRESET["training"].items():
        if key != "learning_rate":
            assert f"`{key}: {value:g}`" in rows if isinstance(value, (int, float)) else f"`{key}: {value}`" in rows
    assert str(PRESET["search"]["candidates"]) in rows
    for section in ("split", "evaluation", "head", "search", "baselines"):
        assert f"`{section}:" in rows
