"""The report of a finished study in a real browser: nothing fails, nobody is asked for anything, all can read it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser import CHROMIUM, visiting

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)")


@pytest.fixture(scope="module")
def visit(finished):
    with visiting(finished.folder / "results" / "report.html") as visit:
        yield visit


def rows_of(visit, table):
    return [row.split("\t")[0] for row in visit.page.locator(f"{table} tbody tr").all_inner_texts()]


def test_the_answer_and_table_one_are_those_of_the_files(visit, finished):
    text = visit.page.inner_text("main")
    (best, *_) = finished.json("results/tables/recommendation.json").values()
    assert f"{best['best']['accuracy']:.3f}" in visit.page.inner_text(".answer")
    _, row, *_ = finished.read("results/tables/table1.csv").splitlines()
    assert all(f"{float(number):.3f}" in text for number in row.split(",")[1:])
    assert "pre-trained on handwritten digits" in visit.page.inner_text("header")


def test_all_figures_are_there_and_tell_what_they_show_to_who_cannot_see(visit):
    pictures = visit.page.locator("#figures img")
    assert pictures.count() == 8
    sizes = pictures.evaluate_all("pictures => pictures.map(picture => [picture.naturalWidth, picture.alt.length])")
    assert all(width > 100 and words > 30 for width, words in sizes)


def test_hovering_the_depth_map_tells_layer_type_and_parameters(visit):
    visit.page.locator("#map1").scroll_into_view_if_needed()
    place = visit.page.locator("#map1 .scatterlayer .trace .points path").last.bounding_box()
    visit.page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    label = visit.page.locator("#map1 .hoverlayer .hovertext")
    label.first.wait_for(timeout=5000)
    words = " ".join(label.all_text_contents())
    assert "Conv2D" in words and "parameters" in words and "accuracy" in words


def test_a_table_sorts_by_number_both_ways(visit):
    visit.page.locator("#depth summary").first.click()
    button = visit.page.locator("#depth table thead button", has_text="Parameters")
    numbers = "rows => rows.map(row => Number(row.cells[3].dataset.sort))"
    for direction in ("ascending", "descending"):
        button.click()
        assert button.locator("..").get_attribute("aria-sort") == direction
        shown = visit.page.locator("#depth table tbody tr").evaluate_all(numbers)
        assert shown == sorted(shown, reverse=direction == "descending") and len(set(shown)) > 1


def test_one_backbone_has_no_rows_of_variance_and_mean(visit):
    # With the mark of the footnote on its weights
    assert [row.split()[0] for row in rows_of(visit, "#table1")] == ["TinyPlain"]
    assert visit.page.locator("#table1 tfoot").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_light_and_dark_have_no_barrier(visit, theme):
    from axe_playwright_python.sync_playwright import Axe

    if visit.page.get_attribute("html", "data-theme") != theme:
        visit.page.click("#theme")
    assert visit.page.get_attribute("#theme", "aria-pressed") == str(theme == "dark").lower()
    found = Axe().run(visit.page).response["violations"]
    assert [(entry["id"], entry["nodes"][0]["html"]) for entry in found] == []


def test_it_prints_and_nothing_failed_and_nothing_was_asked_for(visit):
    assert visit.page.pdf().startswith(b"%PDF")
    assert visit.complaints == []
    assert [url for url in visit.asked if not url.startswith(("data:", "blob:", visit.page.url))] == []
