"""What a measured machine needs for runs and studies that were not measured."""

import pytest
from made_up import made_backbone

from blocktune.candidates.strategies import distinct
from blocktune.files.layers import Layer, LayerTable
from blocktune.runs.estimate import Work, run_seconds
from blocktune.runs.speed import Depth, Speed
from blocktune.search.duration import study_jobs, study_seconds
from blocktune.search.schedule import search_candidates
from blocktune.settings.load import validate
from blocktune.settings.model import Settings

LAYERS = tuple(Layer(index, f"l{index}", "Conv2D", 5000, 0, True, False, (8, 8, 16)) for index in range(10))
TABLE = LayerTable(made_backbone(), "tensorflow", "d", 96, 1, LAYERS)
SPEED = Speed((Depth(0, 6.0, 0.03), Depth(10, 2.0, 0.01)), 5.0, 1.0, 0.001, 0.002, 20.0)


@pytest.mark.parametrize(("unfrozen", "once", "image"), [((0, 9), 6.0, 0.03), ((5, 6), 4.0, 0.02), ((), 2.0, 0.01)])
def test_a_run_costs_what_its_depth_does(unfrozen, once, image):
    # 100 images are trained on, 30 scored cost as much as 10
    work = Work(train=100, validation=30, epochs=4, batch_size=32)
    assert SPEED.run_seconds(TABLE, unfrozen, work) == pytest.approx(once + 4 * 110 * image)
    # Runs that share a graph have most of what is done once done for them
    assert SPEED.run_seconds(TABLE, unfrozen, work, 3) == pytest.approx(1.2 * once + 3 * 4 * 110 * image)


def test_only_epochs_that_are_scored_cost_their_scoring():
    # Of 10 epochs 2, 6 and 10 score 30 images, which cost as much as 10
    work = Work(train=100, validation=30, epochs=10, batch_size=32, validate_every=4)
    assert SPEED.run_seconds(TABLE, (0,), work) == pytest.approx(6.0 + (10 * 100 + 3 * 10) * 0.03)


@pytest.mark.parametrize("augmented", [False, True])
def test_an_estimate_from_operations_counts_scored_epochs_alone(augmented):
    def seconds(every, epochs=10, validation=30):
        return run_seconds(TABLE, (5,), Work(100, validation, epochs, 32, augmented, every))

    def scoring(every):
        return seconds(every) - seconds(every, validation=0)

    above = 3 / 10 * (scoring(1) - scoring(10)) / 9 * 10
    # All that is left is what passes the frozen layers once
    assert scoring(4) - scoring(10) == pytest.approx(above * 2 / 3)


def test_a_study_that_scores_fewer_epochs_is_announced_as_shorter():
    def seconds(**training):
        content = {
            "backbones": [{"name": "MobileNet"}],
            "split": {"search": 0.7},
            "search": {"strategies": ["tail"], "delimiters": ["Conv2D"]},
            "training": {"epochs": 8, "batch_size": 32, "schedule": "cosine"} | training,
        }
        return study_seconds(validate(Settings, content), TABLE, 1000, SPEED).most

    assert seconds(validate_every=4) < seconds(validate_every=2) < seconds()


def test_no_more_jobs_can_run_at_once_than_there_are_runs():
    content = {
        "backbones": [{"name": "MobileNet"}],
        "search": {"strategies": ["tail"], "delimiters": ["Conv2D"], "rates": [1e-3, 1e-4, 1e-5], "candidates": 2},
    }
    settings = validate(Settings, content)
    assert study_jobs(settings, TABLE, 100) < study_jobs(settings, TABLE, 10**5) == study_jobs(settings, TABLE, 10**8)
    tails = len(distinct(search_candidates(settings, TABLE)))
    assert study_jobs(settings, TABLE, 10**8) == 3 * tails


def test_a_study_costs_its_runs_at_each_rate_its_probe_and_its_jobs():
    def seconds(rates, also=()):
        content = {
            "backbones": [{"name": "MobileNet"}],
            "split": {"search": 0.7},
            "head": {"units": [], "start": "probe"},
            "search": {"strategies": ["tail"], "delimiters": ["Conv2D"], "rates": rates, "candidates": 2},
            "training": {"epochs": 4, "batch_size": 32},
            "baselines": {"also": [*also]},
        }
        return study_seconds(validate(Settings, content), TABLE, 1000, SPEED).most

    one = seconds([1e-3])
    # So small a study is one job; it is started once, however many rates there are
    alone = one - SPEED.job_seconds(1000, True) - SPEED.beside
    more = seconds([1e-3, 1e-4]) - one
    assert 0 < more < alone
    assert seconds([1e-3, 1e-4, 3e-4]) - one == pytest.approx(2 * more)
    assert seconds([1e-3], ["probe"]) - one == pytest.approx(SPEED.probe_seconds(1000))
