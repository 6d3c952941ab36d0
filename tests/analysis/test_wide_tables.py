"""The report in a real browser: the last column of Table I is seen, however many strategies there are."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from browser import CHROMIUM, visiting
from test_page import found

from blocktune.analysis.page.content import page_of
from blocktune.analysis.page.page import render

PAPERS = ["baseline1", "baseline2", "lw", "bw", "bwt3", "bwt5", "bwsw"]
FURTHER = ["quarter", "lpft", "gradual", "decay"]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)")
def test_every_column_of_table_one_is_seen_with_all_further_baselines(make, tmp_path):
    def untrained(name, values):
        return {**values, **dict.fromkeys(FURTHER, 0.2)}

    page = tmp_path / "report.html"
    page.write_text(render(page_of(found(make(change=untrained, strategies=PAPERS + FURTHER)))), encoding="utf-8")
    with visiting(page) as visit:
        wide = visit.page.locator("#table1 .wide").first
        assert wide.locator("thead th").count() == 12
        shown, needed = wide.evaluate("element => [element.clientWidth, element.scrollWidth]")
        assert needed <= shown
        # Variance and mean stay below whatever is sorted
        visit.page.locator("#table1 thead button").first.click()
        assert wide.locator("tbody th").all_inner_texts() == ["MobileNet", "VGG16"]
        assert wide.locator("tfoot th").all_inner_texts() == ["Variance", "Mean"]
        assert visit.complaints == []
