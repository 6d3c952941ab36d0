"""The control: the last quarter of the layers with weights."""

from types import SimpleNamespace

import pytest
from made_up import made_backbone

from blocktune.candidates.candidate import Candidate
from blocktune.candidates.further import last_quarter
from blocktune.files.layers import Layer, LayerTable
from blocktune.scorers.prior import Method


def table(parameters):
    layers = tuple(
        Layer(index, f"layer{index}", "Conv2D", count, 0, True, False, (4, 4, 3))
        for index, count in enumerate(parameters)
    )
    return LayerTable(made_backbone(), "tensorflow", "d", 16, 1, layers)


def candidate(*layers):
    return Candidate("lw", 1, layers, min(layers, default=None), max(layers, default=None))


def overlaps(network, candidates):
    return list(Method().score(SimpleNamespace(table=network, candidates=candidates)).scores.values())


def test_the_last_quarter_counts_layers_with_weights_alone():
    assert last_quarter(table([0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0]).layers) == (11, 12)
    assert last_quarter(table([0, 1, 1, 1, 1, 1]).layers) == (4, 5)
    assert last_quarter(table([0, 1]).layers) == (1,)
    assert last_quarter(table([0, 0]).layers) == ()


def test_the_quarter_itself_is_best_and_what_lies_outside_scores_nothing():
    network = table([0, 5, 5, 5, 5, 5, 5, 2, 8])
    found = overlaps(network, [candidate(*layers) for layers in ((7, 8), (8,), (6, 7, 8), (7,), (1,), (), range(1, 9))])
    assert found == pytest.approx([1, 0.8, 10 / 15, 0.2, 0, 0, 0.25])


def test_a_network_without_weights_scores_nothing():
    assert overlaps(table([0, 0]), [candidate()]) == [0.0]
