"""What a race begins with is what the published table says."""

from pathlib import Path

import pytest
from usual_arms import coefficients

from blocktune.search.arm_table import read_tables
from blocktune.search.usual import SURFACES

TABLE = Path(__file__).parents[2] / "benchmarks" / "results" / "span_table.npz"


def test_the_coefficients_are_those_of_the_published_table():
    tables = {(one.about["dataset"], one.about["backbone"]): one for one in read_tables(TABLE)}
    assert tables.keys() == SURFACES.keys()
    for cell, table in tables.items():
        assert SURFACES[cell] == pytest.approx(coefficients(table), abs=2e-3)
