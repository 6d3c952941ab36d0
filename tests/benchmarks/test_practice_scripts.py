"""The scripts on the practice recipe fit the package that they are made of."""

from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "arm_findings",
        "practice",
        "practice_ablation",
        "practice_findings",
        "practice_paper",
        "practice_race",
        "practice_table",
        "race_calibration",
    ],
)
def test_they_can_be_started(name):
    assert callable(import_module(name).main)
