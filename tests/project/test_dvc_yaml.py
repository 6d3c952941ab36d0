"""dvc.yaml, .dvc/config and .dvcignore say what the package relies on."""

from fnmatch import fnmatch
from pathlib import Path

import yaml

from blocktune.settings.model import Settings
from blocktune.tracking.places import ON_REQUEST, PROVENANCE, RAW, TRACKED

ROOT = Path(__file__).parents[2]
DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
STUDY = DVC["stages"]["study"]


def test_every_output_stays_where_it_is_when_the_stage_starts():
    assert all(list(out.values()) == [{"persist": True}] for out in STUDY["outs"])


def test_the_outputs_are_those_that_are_packed_checked_and_tidied():
    assert {Path(*out) for out in STUDY["outs"]} == {*TRACKED, PROVENANCE}


def test_every_section_of_the_settings_counts():
    assert set(STUDY["params"]) == set(Settings.model_fields)


def test_the_code_and_what_comes_from_outside_count():
    assert {"Snakefile", "workflow/rules", "workflow/blocktune", str(RAW)} <= set(STUDY["deps"])
    assert all((ROOT / dependency).exists() for dependency in STUDY["deps"])


def test_what_is_compared_is_among_the_outputs():
    files = [*DVC["metrics"], *(file for plot in DVC["plots"] for settings in plot.values() for file in settings["y"])]
    assert len(files) == 4
    assert all(any(Path(file).is_relative_to(place) for place in TRACKED) for file in files)


def test_results_are_copies_of_the_cache():
    text = (ROOT / ".dvc" / "config").read_text(encoding="utf-8")
    assert "type = copy" in text


def test_what_is_made_on_request_is_not_tracked():
    patterns = (ROOT / ".dvcignore").read_text(encoding="utf-8").splitlines()
    for name in ON_REQUEST:
        assert any(fnmatch(name, Path(pattern).name) for pattern in patterns if pattern.startswith("results/"))
