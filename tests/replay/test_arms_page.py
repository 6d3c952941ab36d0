"""The page on tables of arms: its examples run as they stand, and its numbers are those of the shipped table."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from blocktune.cli.main import main
from blocktune.files.plain import read_json
from blocktune.search.arm_table import read_tables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "arms.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "benchmarks" / "results" / "practice_table.npz"
OWN, USE = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.M | re.S)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder in which the example lies where the page says."""
    (tmp_path / "benchmarks").symlink_to(ROOT / "benchmarks")
    monkeypatch.chdir(tmp_path)
    # The command adds the folder
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def test_the_reader_is_used_as_the_page_says_and_can_be_copied(place):
    (place / "arm_table.py").write_bytes((ROOT / "workflow/blocktune/search/arm_table.py").read_bytes())
    (place / "use.py").write_text(USE.replace("blocktune.search.arm_table", "arm_table"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; sys.path.insert(0, ''); import use"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("tail 17 at 0.001 unfreezes blocks")
    assert [line.split()[0] for line in lines[1:]] == ["1", "test", "2", "test", "3", "test", "shared"]


def test_what_the_page_shows_is_what_its_command_finds(place):
    command = re.search(r"^blocktune (replay .*--figure \S+)$", PAGE, flags=re.M)[1].split()
    # The others take half a minute; the whole table is that of the file (tests/benchmarks/test_shown.py)
    methods = ["exhaustive", "halving", "prior", "race"]
    assert main([*command, "--method", *methods, "--budget", "8", "--json", "found.json"]) == 0
    found = read_json(place / "found.json")["methods"]
    stored = read_json(ROOT / "benchmarks" / "results" / "practice_referee.json")["methods"]
    assert {name.partition(" ")[0] for name in found} == set(methods)
    for name, entry in found.items():
        for key in ("out_of_seed_regret_points", "cost_share", "beats_probe_share"):
            assert entry[key] == pytest.approx(stored[name][key], rel=1e-6, abs=1e-9), (name, key)


def test_a_method_of_ones_own_is_replayed_as_the_page_says(place):
    (place / "mine.py").write_text(OWN, encoding="utf-8")
    (named,) = re.findall(r"--method (mine:\w+)", PAGE)
    assert main(["replay", "--table", str(EXAMPLE), "--method", named, "--json", "found.json"]) == 0
    (entry,) = read_json(place / "found.json")["methods"].values()
    # A third of 57 arms and two neighbours, of three rates
    assert 0.5 < entry["cost_share"] < 1.5


def test_what_the_page_says_of_the_example_is_so():
    tables = read_tables(EXAMPLE)
    assert f"an example of {EXAMPLE.stat().st_size / 1e3:.0f} kB: {len(tables[0].arms)} arms" in PAGE
    hours = [sum(one.price(arm, seed) for arm in one.arms for seed in one.seeds) / 3600 for one in tables]
    words = " ".join(PAGE.split())
    assert f"took {min(hours):.2f} to {max(hours):.2f} processor hours each ({57 * 3} trainings" in words
    sheet = EXAMPLE.with_suffix(".md").read_text(encoding="utf-8")
    assert "An example: `benchmarks/practice.py`" in sheet and "Of these numbers: MIT" in sheet
