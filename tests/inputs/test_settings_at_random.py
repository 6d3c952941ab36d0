"""Whatever settings are accepted can be planned, without Keras; whatever is not gets an error that names the key."""

import json
import re
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from drawn_settings import allowed, damaged
from hypothesis import HealthCheck, given, settings

from blocktune.errors import BlocktuneError
from blocktune.files.layers import Layer, LayerTable
from blocktune.files.plan import Plan
from blocktune.search.rounds import Rules
from blocktune.search.schedule import (
    Planner,
    dependent_candidates,
    further_baselines,
    search_candidates,
    strategy_columns,
)
from blocktune.settings.code import code_digests
from blocktune.settings.load import load_config
from blocktune.settings.model import Settings
from blocktune.settings.schema import schema
from blocktune.settings.sections import dataset_key, write_sections

CHAIN = ["InputLayer", *["Conv2D", "BatchNormalization", "ReLU"] * 6, "MaxPooling2D"]
PARTS = {"search": np.arange(10), "final": np.arange(70), "validation": np.arange(70, 100)}
KEYS = {key for section in [schema(), *schema()["$defs"].values()] for key in section.get("properties", {})}

# The code stays as it is
DIGESTS = cache(code_digests)

few = settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))


def table_of(chosen, row):
    layers = tuple(
        Layer(index, f"{kind}{index}", kind, 10 * (kind in ("Conv2D", "BatchNormalization")), 0, True, False, (4, 4, 2))
        for index, kind in enumerate(CHAIN)
    )
    return LayerTable(row.backbone.described, "tensorflow", "a" * 64, chosen.data.image_size, chosen.seed, layers)


def plan(chosen: Settings):
    """Every plan of a study, as the workflow makes them, from made-up layers."""
    ends = Rules.of(chosen).ends
    assert 1 <= len(ends) < 200
    assert list(ends) == sorted({*ends})
    plans = []
    for row in chosen.backbone_repeats[:2]:
        mine = chosen.of_repeat(row.repeat, row.pixels)
        table = table_of(mine, row)
        parts = PARTS | ({"test": np.arange(90, 100)} if mine.selection is not None else {})
        study = Planner(mine, "d" * 64, 5, parts, "auto")
        candidates = search_candidates(mine, table)
        ranking = [layer.index for layer in table.layers if layer.weighted]
        dependent = dependent_candidates(mine, table, ranking)
        plans += [
            study.plan("search", "search", table, candidates),
            study.plan("dependent", "search", table, dependent),
            study.plan("final", "final", table, [*candidates[:2], *dependent, *further_baselines(mine, table)]),
        ]
    return plans


def check(config, folder: Path):
    try:
        chosen, execution = load_config(config)
    except BlocktuneError as error:
        for line in str(error).splitlines():
            assert line.startswith("settings: ")
            # Names a key that there is, or quotes the one that there is not
            assert KEYS & set(re.findall(r"\w+", line)) or "key" in line, line
            assert len(line) < 1500
        return False
    json.dumps(chosen.model_dump(mode="json"), allow_nan=False)
    assert len(dataset_key(chosen).encode()) < 200 and all(
        len(row.key.encode()) < 200 for row in chosen.backbone_repeats[:2]
    )
    assert len(strategy_columns(chosen)) >= 3
    assert execution.job_environment()
    try:
        plans = plan(chosen)
    except BlocktuneError as error:
        assert re.match(r"search\.(top_k|window|random_layers|delimiters)\b", str(error)), error
        return False
    for made in plans:
        assert Plan.of_text(made.text().encode(), "plan") == made
        # Without bwt nothing depends on the search's ranking
        assert made.jobs or not made.candidates
        assert set(made.runs) >= made.trained_runs
    if chosen.data.source not in ("archive", "folder"):
        write_sections(chosen, folder)
    return True


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to plan in; planning must not import Keras."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("blocktune.settings.sections.code_digests", DIGESTS)
    before = "keras" in sys.modules
    yield tmp_path
    assert before == ("keras" in sys.modules)


def test_settings_as_the_schema_allows_them(folder):
    accepted = []
    few(given(allowed())(lambda config: accepted.append(check(config, folder))))()
    # Else this would test nothing. How many there are depends on what is imported: Hypothesis draws constants from it
    assert sum(accepted) > len(accepted) / 10


def test_settings_with_something_wrong_in_them(folder):
    accepted = []
    few(given(damaged())(lambda config: accepted.append(check(config, folder))))()
    assert accepted.count(False) > len(accepted) / 4


@pytest.mark.long
@pytest.mark.parametrize("drawn", [allowed, damaged])
def test_thousands_of_settings(drawn, folder):
    accepted = []
    many(given(drawn())(lambda config: accepted.append(check(config, folder))))()
    print(f"{len(accepted)} drawn, {sum(accepted)} accepted and planned")
    assert sum(accepted) > 0
