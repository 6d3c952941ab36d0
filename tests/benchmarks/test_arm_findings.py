"""Which arms of a table are whose, and what the script makes of the tables that are stored."""

import sys
from itertools import pairwise
from pathlib import Path

import pytest
from arm_findings import main, strategies_of

from blocktune.search.arm_table import read_tables

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


def arms_of(table):
    return {name: [arm for arm in table.arms if fits(arm)] for name, fits in strategies_of(table).items()}


def test_each_strategy_has_its_spans():
    for table in read_tables(RESULTS / "span_table.npz"):
        arms = arms_of(table)
        # Twelve merged blocks, a tail from each of them, every stretch of them; each at three rates
        found = {"head alone": 1, "one block": 12, "tail": 12, "everything": 1, "any span": 78}
        assert {name: len(of) for name, of in arms.items()} == {name: 3 * count for name, count in found.items()}
        blocks = sorted({arm.blocks for arm in arms["one block"]})
        assert blocks[0][0] == 1 and blocks[-1][1] == table.about["blocks"]
        assert all(last + 1 == first for (_, last), (first, _) in pairwise(blocks))


def test_the_papers_strategies_share_arms_with_the_same_layers():
    (table,) = read_tables(RESULTS / "paper_table.npz")
    arms = arms_of(table)
    assert {name: len(of) for name, of in arms.items()} == {
        "head alone": 1,
        "one block": 27,
        "one layer": 54,
        "one window": 57,
        "everything": 1,
    }
    assert len(table.arms) == 105 < sum(map(len, arms.values()))


@pytest.mark.parametrize("name", ["span", "paper"])
def test_the_stored_findings_are_those_of_the_stored_table(tmp_path, monkeypatch, name):
    table, output = RESULTS / f"{name}_table.npz", tmp_path / f"{name}_findings.json"
    monkeypatch.setattr(sys, "argv", ["arm_findings.py", "--table", str(table), "--output", str(output)])
    main()
    for file in (output, output.with_suffix(".md")):
        assert file.read_text(encoding="utf-8") == (RESULTS / file.name).read_text(encoding="utf-8")
