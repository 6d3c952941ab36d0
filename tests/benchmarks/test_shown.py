"""What the README shows of a benchmark is what its file holds, and what was forced is marked there too."""

import json
import re
from pathlib import Path

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
