"""Which arms of a table of spans are whose, and what the script makes of the table that is stored."""

import sys
from itertools import pairwise
from pathlib import Path

from span_findings import main, strategies_of

from blocktune.search.arm_table import read_tables

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


def test_each_strategy_has_its_arms():
    for table in read_tables(RESULTS / "span_table.npz"):
        arms = {name: [arm for arm in table.arms if fits(arm)] for name, fits in strategies_of(table).items()}
        # Twelve merged blocks, a tail from each of them, every stretch of them; each at three rates
        found = {"head alone": 1, "one block": 12, "tail": 12, "everything": 1, "any span": 78}
        assert {name: len(of) for name, of in arms.items()} == {name: 3 * count for name, count in found.items()}
        blocks = sorted({arm.blocks for arm in arms["one block"]})
        assert blocks[0][0] == 1 and blocks[-1][1] == table.about["blocks"]
        assert all(last + 1 == first for (_, last), (first, _) in pairwise(blocks))


def test_the_stored_findings_are_those_of_the_stored_table(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["span_findings.py", "--output", str(tmp_path / "span_findings.json")])
    main()
    for name in ("span_findings.json", "span_findings.md"):
        assert (tmp_path / name).read_text(encoding="utf-8") == (RESULTS / name).read_text(encoding="utf-8")
