"""Layers added one step at a time: the path over made-up spans, its end, and its budget."""

import math
from dataclasses import replace

import pytest
from test_race import DIVERGED, known

from blocktune.search.arm_table import Arm
from blocktune.search.askers.greedy import Method
from blocktune.search.method import Seen

BLOCKS, RATES = 4, (1e-4, 3e-4, 1e-3)


def trained(accuracy):
    return Seen((None, None, None, accuracy), (None, None, None, 1 - accuracy), whole=True, diverged=False)


def spans():
    """The head alone and every span of four blocks, at each rate."""
    sets = [(), *((*range(first, last + 1),) for last in range(BLOCKS) for first in range(last + 1))]
    return [
        Arm(
            place * len(RATES) + number,
            (("span", place + 1),),
            layers,
            min(layers, default=None),
            max(layers, default=None),
            (layers[0] + 1, layers[-1] + 1) if layers else None,
            rate,
            len(layers),
        )
        for place, layers in enumerate(sets)
        for number, rate in enumerate(RATES)
    ]


def searched(worth, budget=100):
    """What a search trains step by step, and the layers and rate of its answer."""
    state, steps = replace(known({}, budget=budget), arms=spans()), []
    while asked := Method().ask(state):
        steps.append([(state.arms[one.arm].layers, state.arms[one.arm].rate) for one in asked])
        found = {(one.arm, one.seed): worth(state.arms[one.arm]) for one in asked}
        state = replace(state, seen={**state.seen, **found})
    answer = state.arms[Method().answer(state)]
    return steps, (answer.layers, answer.rate)


def hill(arm):
    """Best are the second and third block; the highest rate is best for them."""
    return trained(0.5 + 0.1 * len({1, 2} & {*arm.layers}) - 0.02 * len({0, 3} & {*arm.layers}) + 10 * arm.rate)


def test_it_adds_the_block_that_helps_most_until_none_helps_and_then_tries_the_other_rates():
    steps, answer = searched(hill)
    assert [sorted({layers for layers, _ in step}) for step in steps] == [
        [()],
        [(0,), (1,), (2,), (3,)],
        [(0, 1), (1, 2)],
        [(0, 1, 2), (1, 2, 3)],
        [(1, 2)],
    ]
    assert {rate for step in steps[:-1] for _, rate in step} == {3e-4}
    assert [rate for _, rate in steps[-1]] == [1e-4, 1e-3] and answer == ((1, 2), 1e-3)


def test_where_nothing_helps_the_head_stays_alone():
    steps, answer = searched(lambda arm: trained(0.5 - 0.1 * len(arm.layers)))
    assert len(steps) == 3 and answer[0] == ()


@pytest.mark.parametrize(("budget", "layers"), [(1, ()), (4, (1,)), (7, (1, 2)), (8, (1, 2))])
def test_the_budget_ends_it_with_the_best_of_what_was_trained(budget, layers):
    steps, answer = searched(hill, budget)
    assert sum(map(len, steps)) == budget and answer[0] == layers


def test_what_diverged_is_never_kept():
    steps, answer = searched(lambda arm: DIVERGED if 2 in arm.layers else hill(arm))
    assert answer == ((1,), 1e-3) and not any(2 in layers for layers, _ in steps[-1])
    assert searched(lambda arm: DIVERGED)[0] == [[((), 3e-4)]]
    assert math.isinf(known({(0, 1): DIVERGED}).worth(0, 1))
