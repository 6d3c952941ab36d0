"""`blocktune reliability`: from the files of several repeats to the page and Figures 9 and 10."""

import json
import xml.etree.ElementTree as ET
from argparse import ArgumentParser

import numpy as np
import pytest
from made_up import made_metrics

from blocktune.analysis.reliability_words import reliability_page
from blocktune.document.markdown import render
from blocktune.errors import BlocktuneError
from blocktune.files.record import JobRecord
from blocktune.steps.page import report
from blocktune.steps.signature import register

NAMES = ("VGG16", "MobileNet")
OPTIMISM = {
    "images": {"chosen_on": 1101, "unseen": 2202},
    "backbones": {
        name: {
            "baseline1": {"selected": 0.5, "unseen": 0.495, "points": None, "interval": None, "by_repeat": None},
            "bw": {"selected": 0.8, "unseen": 0.75, "points": 4.5, "interval": [1.5, 7.5], "by_repeat": [4.0, 5.0]},
            "lw": {"selected": 0.7, "unseen": None, "points": None, "interval": None, "by_repeat": None},
        }
        for name in NAMES
    },
}


def run(folder, studies, runs, **changes):
    settings = folder / "figures.json"
    settings.write_text(json.dumps({"figures": {"dpi": 60}}))
    optimism = folder / "optimism.json"
    optimism.write_text(json.dumps(OPTIMISM))
    study, layers, _, _ = studies[0].paths
    parser = ArgumentParser()
    register(parser.add_subparsers())
    flags = {
        "--settings": [settings],
        "--study": [study],
        "--layers": layers,
        "--search-scores": [path for one in studies for path in one.paths[2]],
        "--final-scores": [path for one in studies for path in one.paths[3]],
        "--runs": [runs],
        "--optimism": [optimism],
        "--output": [folder / "reliability.json"],
        "--markdown": [folder / "reliability.md"],
        "--figure-folder": [folder],
    } | changes
    arguments = [str(part) for flag, values in flags.items() for part in (flag, *values)]
    parsed = parser.parse_args(["reliability", *arguments])
    parsed.func(parsed)


def records(folder, **tests):
    path = folder / "runs.json"
    runs = tuple({"run": name, "metrics": made_metrics(**metrics)} for name, metrics in tests.items())
    JobRecord("job", runs).write(path)
    return path


@pytest.fixture(scope="module")
def repeats(make):
    """Two repeats; in the second every final score is 2 points lower."""
    lower = make(NAMES, change=lambda _, values: {key: value - 0.02 for key, value in values.items()})
    return [make(NAMES), lower]


@pytest.fixture(scope="module")
def of_repeats(repeats, tmp_path_factory):
    """What the command writes about them."""
    folder = tmp_path_factory.mktemp("reliability")
    run(folder, repeats, records(folder))
    return folder


def test_the_page_says_what_is_noise_and_the_figures_are_drawn(of_repeats):
    page = (of_repeats / "reliability.md").read_text()
    found = json.loads((of_repeats / "reliability.json").read_text())
    assert found["repeats"] == 2
    # The paper's numbers, lowered by a point in the mean of the repeats; the same difference in both
    bw = found["strategies"]["bw"]
    assert bw["backbones"]["MobileNet"]["mean"] == pytest.approx(0.877389 - 0.01)
    assert bw["backbones"]["MobileNet"]["sd"] == pytest.approx(np.std([0, 0.02], ddof=1))
    difference = found["differences"]["baseline2"]["bw"]["VGG16"]
    assert difference["by_repeat"][0] == pytest.approx(difference["by_repeat"][1])
    assert "BW against Baseline II: " in page
    assert "2 backbones are too few to tell two strategies apart" in page
    assert "Variance over backbones against Baseline II's: no test, that needs three backbones" in page
    assert "protocol paper" in page
    assert f"{bw['backbones']['VGG16']['mean']:.4f} ± {0.02 / 2**0.5:.4f}" in page
    assert "The search (exhaustive) ranked its candidates on the 1101 images that give these scores" in page
    assert "The intervals hold the noise of images and of training." in page
    assert "VGG16: these winners lost more than Baseline I, beyond noise: BW." in page
    assert "| VGG16 | BW | 0.8000 | 0.7500 | +4.5 | +1.5 to +7.5 |" in page
    assert "| VGG16 | Baseline I | 0.5000 | 0.4950 | reference |  |" in page
    assert "| VGG16 | LW | 0.7000 | diverged | n/a |  |" in page
    assert "2 backbones are too few: Nemenyi's test (0.05) needs mean ranks that differ by 6.4" in page
    for name in ("figure9_blocks_repeated", "figure10_windows_repeated"):
        text = " ".join(ET.parse(of_repeats / f"{name}.svg").getroot().itertext())
        assert "2 repeats" in text and "lowest to highest" in text
        assert (of_repeats / f"{name}.png").stat().st_size > 5000


def test_the_report_tells_from_the_files_what_the_page_tells(repeats, of_repeats):
    """Although the keys of a JSON file are sorted and the strategies of a study are not."""
    found = json.loads((of_repeats / "reliability.json").read_text())
    told = reliability_page(repeats[0].study, repeats[0].backbones, found, OPTIMISM)
    assert render(told) == (of_repeats / "reliability.md").read_text()


def test_the_report_takes_both_files_on_repeats_or_none():
    with pytest.raises(BlocktuneError, match="--reliability and --optimism go together: give both files or neither"):
        report(*[None] * 9, reliability={"repeats": 2})


def test_a_test_part_gives_intervals_over_images_from_one_repeat(make, tmp_path):
    study = make(NAMES, images={"search": 367, "final": 2019, "validation": 550, "test": 1101})
    generator = np.random.default_rng(0)
    tests = {}
    for strategy in ("baseline1", "baseline2", "lw", "bw", "bwt3", "bwt5", "bwsw"):
        right = np.packbits(generator.random(1101) < 0.8).tobytes().hex()
        tests[f"{strategy}-1"] = {"test": {"last": {"accuracy": 0.8, "right": right}}}
    run(tmp_path, [study], records(tmp_path, **tests))
    found = json.loads((tmp_path / "reliability.json").read_text())
    difference = found["differences"]["baseline1"]["bw"]["VGG16"]
    assert difference["interval_over"] == "images"
    assert difference["interval"][1] - difference["interval"][0] == pytest.approx(
        2 * 1.96 * 100 * (0.32 / 1101) ** 0.5, rel=0.15
    )
    page = (tmp_path / "reliability.md").read_text()
    assert "There is one repeat, so the noise of training is unknown, and the intervals leave it out." in page
    assert "BW against Baseline II, noise of training left out: " in page
    assert "Intervals: noise of the test images alone" in page
    assert "protocol paper" not in page


def test_a_baseline_that_has_learnt_nothing_is_no_yardstick(make, tmp_path):
    def guesses(name, values):
        return {**values, "baseline2": 0.22} if name == "VGG16" else values

    studies = [make(NAMES, change=guesses), make(NAMES)]
    run(tmp_path, studies, records(tmp_path))
    found = json.loads((tmp_path / "reliability.json").read_text())
    assert found["differences"]["baseline2"]["bw"]["VGG16"]["untrained"] == ["baseline2"]
    assert found["differences"]["baseline1"]["bw"]["VGG16"]["untrained"] == []
    page = (tmp_path / "reliability.md").read_text()
    (verdict,) = [line for line in page.splitlines() if line.startswith("- BW against Baseline II")]
    assert "untrained, so not compared, with VGG16 (Baseline II)" in verdict
    assert "MobileNet" in verdict and "better with VGG16" not in verdict
    assert "not better than always answering with the most frequent class" in page
    table = page.split("## Points above Baseline II")[1]
    assert next(line for line in table.splitlines() if line.startswith("| VGG16")).count("| untrained ") == 5


def test_a_missing_backbone_of_a_repeat_is_an_error(repeats, tmp_path):
    with pytest.raises(BlocktuneError, match="--search-scores: 3 files, but 2 are needed for each repeat"):
        run(
            tmp_path,
            repeats,
            records(tmp_path),
            **{"--search-scores": [path for one in repeats for path in one.paths[2]][:3]},
        )
    assert not (tmp_path / "reliability.md").exists()
