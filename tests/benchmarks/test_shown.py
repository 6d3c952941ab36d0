"""What the README shows of a benchmark is what its file holds, and what was forced is marked there too."""

import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


def shown(name):
    """What the README says was seen with a script."""
    seen = (FOLDER / "README.md").read_text(encoding="utf-8").split("## Seen\n", 1)[1]
    found = re.search(rf"^\*\*{name}\*\*.*?(?=^\*\*|\Z)", seen, flags=re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def results(name):
    file = FOLDER / "results" / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def test_the_search_cost_is_that_of_the_file():
    found, said = results("search_cost"), shown("search_cost")
    assert f"{found['wall_ratio']:.1f} times" in said and f"{found['cpu_ratio']:.1f} times" in said
    # Without rounds it is of the time before anyone looked what ran beside
    assert ("to be measured again" in said) == ("rounds" not in found)
    assert ("FORCED" in said) == found.get("forced", False)


def test_the_engine_is_that_of_the_file():
    ratios, said = results("engine").get("times_less", {}), shown("engine")
    assert bool(said) == bool(ratios)
    assert all(f"{ratio['times_less']:.1f} times" in said for ratio in ratios.values())
    assert ("FORCED" in said) == any(ratio["forced"] for ratio in ratios.values())


def test_the_figure_of_the_readme_is_drawn_from_the_file(tmp_path):
    from practice_figure import draw

    draw(FOLDER / "results" / "practice.json", tmp_path)
    shown = FOLDER.parent / "docs" / "practice.svg"
    assert (tmp_path / "practice.svg").read_text(encoding="utf-8") == shown.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["race_calibration", "span_calibration"])
def test_the_tables_of_the_race_are_those_of_the_file(name):
    from race_calibration import markdown

    tables = markdown(results(name))
    assert tables == (FOLDER / "results" / f"{name}.md").read_text(encoding="utf-8")
    assert tables in (FOLDER.parent / "docs" / "searches.md").read_text(encoding="utf-8")


def test_a_race_that_knows_the_truth_and_one_that_does_not_are_told_apart():
    from race_calibration import summary

    race = {"cell": "a", "budget": 8, "trainings": 8, "on_validation": 0.1, "stated": 0.2, "stated_measured": 0.3}
    right = summary(
        [race | {"measured": 0.3, "within": {"1": [0.95, True]}}] * 19
        + [race | {"measured": 2.0, "within": {"1": [0.95, False]}}]
    )
    assert right["reliability"] == [
        {"stated": pytest.approx(0.95), "came_about": pytest.approx(0.95), "statements": 20}
    ]
    wrong = summary([race | {"measured": 2.0, "within": {"1": [0.95, False], "2": [1.0, True]}}])
    assert wrong["reliability"][0]["came_about"] == 0.5 and wrong["all"]["measured"] == 2.0


@pytest.mark.parametrize("name", ["search_referee", "practice_referee", "paper_referee"])
def test_the_table_of_replayed_searches_is_that_of_the_file_and_so_is_its_figure(name, tmp_path):
    from blocktune.document.markdown import render
    from blocktune.files.replayed import Replayed
    from blocktune.replay.figure import draw_replayed
    from blocktune.replay.words import replay_page

    report = Replayed.read(FOLDER / "results" / f"{name}.json")
    whole = render(replay_page(report))
    assert whole == (FOLDER / "results" / f"{name}.md").read_text(encoding="utf-8")
    docs = FOLDER.parent / "docs"
    assert whole.partition("\n\n")[0] in (docs / "arms.md").read_text(encoding="utf-8")
    draw_replayed(report, tmp_path / "drawn.svg")
    assert (tmp_path / "drawn.svg").read_text(encoding="utf-8") == (docs / f"{name}.svg").read_text(encoding="utf-8")
