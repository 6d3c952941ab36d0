"""What arms usually come to: a race begins with that, and what a data set's own arms came to is left out."""

import numpy as np
import pytest

from blocktune.search import usual
from blocktune.search.arm_table import Arm
from blocktune.search.pooling import covariance_before, pool
from blocktune.search.usual import usual_worth


def spans(count=6, rates=(1e-4, 3e-4, 1e-3)):
    """The head alone and all spans of some blocks at each rate."""
    blocks = [None, *((first, last) for first in range(1, count + 1) for last in range(first, count + 1))]
    return [
        Arm(index, (("span", index + 1),), (), None, None, one, rate, 0 if one is None else one[1] - one[0] + 1)
        for index, (one, rate) in enumerate((one, rate) for one in blocks for rate in rates)
    ]


@pytest.mark.parametrize("without", [None, "tf_flowers", "sign_digits", "trashnet"])
def test_a_long_stretch_up_to_the_head_at_a_high_rate_is_usually_best_and_the_head_alone_worse(without):
    arms = spans()
    worth = usual_worth(arms, without)
    best, head = arms[worth.argmax()], worth[[arm.blocks is None for arm in arms]]
    assert best.rate == 1e-3 and best.blocks[0] <= 4 and best.blocks[1] == 6
    assert (head < np.median(worth)).all()


def test_a_data_set_is_told_nothing_of_its_own_arms_and_each_other_one_counts_alike(monkeypatch):
    def level(value):
        return (value, *[0.0] * 19)

    made_up = {("a", "net"): level(1.0), ("a", "other net"): level(3.0), ("b", "net"): level(10.0)}
    monkeypatch.setattr(usual, "SURFACES", made_up)
    arms = spans()
    for without, mean in ((None, 6.0), ("c", 6.0), ("a", 10.0), ("b", 2.0)):
        assert usual_worth(arms, without) == pytest.approx(np.full(len(arms), mean))


@pytest.mark.parametrize("name", ["tf_flowers:3.0.1", "TF_Flowers", "flower_photos"])
def test_a_data_set_is_known_by_its_other_names_too(name):
    assert usual_worth(spans(), name) == pytest.approx(usual_worth(spans(), "tf_flowers"))
    assert usual_worth(spans(), name) != pytest.approx(usual_worth(spans()))


def test_rates_beyond_those_of_the_tables_count_as_their_ends_and_none_as_the_middle():
    ends, beyond = spans(rates=(1e-4, 1e-3)), spans(rates=(1e-6, 0.1))
    assert usual_worth(beyond) == pytest.approx(usual_worth(ends))
    assert usual_worth(spans(rates=(None,))) == pytest.approx(usual_worth(spans(rates=(3e-4,))))


def test_a_few_trainings_count_for_more_than_what_is_usual():
    falling = np.linspace(1, -1, 8)
    where = np.array([[first / 8, 1.0, -3.5, 1.0] for first in range(1, 9)])
    assert np.linalg.eigvalsh(covariance_before(where)).min() > -1e-9
    seen = np.repeat(np.arange(8), 2)
    agreeing, opposed = (pool(where, falling, seen, sign * falling[seen]) for sign in (1, -1))
    assert agreeing.mean.argmax() == 0 and opposed.mean.argmax() == 7
    # What agrees with it is known the better
    assert np.diag(agreeing.covariance).sum() < np.diag(opposed.covariance).sum()
    # Where nothing else is known, it says what to expect beside what was trained
    one = pool(where, falling, np.array([4, 4, 5]), np.array([0.50, 0.51, 0.45]))
    assert one.mean[0] > one.mean[4] > one.mean[7]
