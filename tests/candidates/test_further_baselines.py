"""Baselines beside the paper's two: what they tune, when, and at which rate."""

from itertools import pairwise

import pytest

from blocktune.candidates.further import FURTHER
from blocktune.candidates.recipe import Recipe
from blocktune.candidates.strategies import blocks
from blocktune.errors import BlocktuneError
from blocktune.files.layers import Layer
from blocktune.files.spec import Phase
from blocktune.settings.load import validate
from blocktune.settings.model import Baselines, Settings

# Weights at 1, 2 | 4 | 6, 7 | 9: four blocks, nearest the head first (9), (6, 7), (4), (1, 2)
LAYERS = tuple(
    Layer(index, f"l{index}", "X", int(index in (1, 2, 4, 6, 7, 9)), 0, True, False, (1,)) for index in range(10)
)
EVERYTHING = (1, 2, 4, 6, 7, 9)


def settings(**changes):
    return validate(
        Settings, {"backbones": [{"name": "TinyPlain", "weights": "none"}], "data": {"image_size": 8}, **changes}
    )


def candidate(key, epochs=10, **asked):
    """A baseline's candidate, of the layers above."""
    return FURTHER[key].candidate(LAYERS, blocks(LAYERS), epochs, Baselines(**asked))


def test_the_probe_unfreezes_nothing_and_is_not_baseline_one():
    found = candidate("probe")
    assert (found.strategy, found.layers, found.recipe) == ("probe", (), Recipe(probe=True))


def test_the_last_quarter_is_an_ordinary_candidate():
    found = candidate("quarter")
    assert (found.strategy, found.layers, found.recipe) == ("quarter", (7, 9), None)


@pytest.mark.parametrize(
    ("epochs", "share", "alone"), [(10, 0.5, 5), (10, 0.01, 1), (10, 0.99, 9), (2, 0.5, 1), (3, 0.5, 2)]
)
def test_lpft_trains_the_head_alone_and_then_everything_within_the_budget(epochs, share, alone):
    found = candidate("lpft", epochs, head_share=share)
    assert found.layers == EVERYTHING
    assert found.recipe.phases == (Phase(alone, ()), Phase(epochs - alone, EVERYTHING))


@pytest.mark.parametrize("epochs", [2, 3, 5, 10, 50])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_gradual_unfreezing_begins_with_the_head_and_ends_with_everything_within_the_budget(epochs, share):
    phases = candidate("gradual", epochs, unfreezing_share=share).recipe.phases
    assert sum(phase.epochs for phase in phases) == epochs
    assert phases[0].unfrozen == ()
    assert phases[-1].unfrozen == EVERYTHING
    assert all(set(one.unfrozen) < set(other.unfrozen) for one, other in pairwise(phases))


def test_gradual_unfreezing_goes_down_from_the_head_a_block_at_a_time():
    phases = candidate("gradual", 8, unfreezing_share=0.5).recipe.phases
    assert phases == (Phase(1, ()), Phase(1, (9,)), Phase(1, (6, 7, 9)), Phase(1, (4, 6, 7, 9)), Phase(4, EVERYTHING))


def test_rates_fall_in_equal_ratios_from_the_head_to_the_input():
    found = candidate("decay", lowest_rate=0.125)
    assert found.layers == EVERYTHING
    assert dict(found.recipe.rates) == pytest.approx({9: 1, 7: 0.5, 6: 0.5, 4: 0.25, 2: 0.125, 1: 0.125})


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"baselines": {"also": ["lp-ft"]}}, "baselines.also"),
        ({"baselines": {"also": ["lpft", "lpft"]}}, "baselines.also"),
        ({"baselines": {"also": ["gradual"]}, "training": {"epochs": 1}}, "training.epochs"),
        ({"baselines": {"lowest_rate": 0}}, "baselines.lowest_rate"),
    ],
)
def test_what_does_not_fit_is_named(changes, named):
    with pytest.raises(BlocktuneError, match=named):
        settings(**changes)
