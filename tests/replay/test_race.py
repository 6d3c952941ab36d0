"""The race on made-up tables: few trainings find the best arm, and it says when it is sure."""

from dataclasses import replace

import numpy as np
import pytest
from tables import arms, table

from blocktune.files.plan import ScoredImages
from blocktune.replay.play import Player
from blocktune.search.belief import believe, places
from blocktune.search.method import Known, Seen
from blocktune.search.race import Race

RATES = (1e-4, 1e-3)
NOISE = 0.004


def hill(seed=0, count=12, seeds=4):
    """Tails at two rates: accuracy rises with the reach up to the ninth block, and the higher rate is better."""
    number = np.arange(count)
    smooth = 0.9 - 0.01 * np.abs(number - 8) ** 1.5
    truth = np.stack([smooth - 0.05, smooth], axis=1).reshape(-1, 1)
    return table(truth + NOISE * np.random.default_rng(seed).standard_normal((len(truth), seeds)), rates=RATES)


def known(seen, budget=None, seeds=(1, 2), draw=0, count=6):
    return Known(
        arms=arms(count, RATES),
        seeds=seeds,
        epochs=4,
        validated=(4,),
        counts="last",
        choose_by="accuracy",
        scored=ScoredImages(100, 20),
        seen=seen,
        scores_of=lambda _: np.array([]),
        budget=budget,
        draw=draw,
    )


def trained(accuracy):
    return Seen((accuracy,), (1 - accuracy,), whole=True, diverged=False)


DIVERGED = Seen((), (), whole=False, diverged=True)


def test_it_finds_an_arm_near_the_best_with_a_third_of_the_trainings():
    lost = []
    for draw in range(6):
        found = hill(draw)
        played = Player(found).play("race", Race(), (1,), budget=8, draw=draw)
        assert played.trainings <= 8
        mean = [np.mean([found.accuracy(arm, seed, "test") for seed in found.seeds]) for arm in found.arms]
        lost.append(max(mean) - mean[played.answer])
    # A table's arm at random loses 12 points
    assert np.mean(lost) < 0.015


def test_what_it_trains_follows_from_what_is_known_and_the_draw():
    asked = [Race().ask(known({})) for _ in range(2)]
    assert asked[0] == asked[1] and len(asked[0]) == 4
    assert len({one.arm for one in asked[0]}) == 4 and {one.epochs for one in asked[0]} == {4}
    seen = {(0, 1): trained(0.5), (5, 1): trained(0.7), (11, 1): trained(0.6)}
    assert Race().ask(known(seen)) == Race().ask(known(dict(reversed(seen.items()))))


def test_the_budget_is_never_passed():
    seen = {(0, 1): trained(0.5), (5, 1): trained(0.9), (11, 1): trained(0.2)}
    assert len(Race().ask(known(seen, budget=5))) == 2
    assert Race().ask(known(seen, budget=3)) == []
    assert len(Race().ask(known({}, budget=2))) == 2


def test_it_ends_when_its_answer_is_sure_enough():
    seen = {(arm, seed): trained(0.9 - 0.05 * abs(arm - 6)) for arm in range(12) for seed in (1, 2)}
    state = known(seen, seeds=(1, 2, 3))
    assert Race(tolerance=2.0).ask(state) == []
    assert believe(state).expected_loss(6) < 2.0 < believe(state).expected_loss(0)
    # Of two arms that are alike it wants to see more, of the others not much
    alike = known({**seen, (7, 1): trained(0.9), (7, 2): trained(0.9)}, seeds=(1, 2, 3))
    wanted = {one.arm for one in Race(tolerance=1e-9).ask(alike)}
    assert wanted & {6, 7}


def test_an_arm_that_comes_up_again_is_trained_with_the_next_seed():
    seen = {(arm, 1): trained(0.9 - 0.05 * abs(arm - 6)) for arm in range(12)}
    asked = Race(tolerance=1e-9).ask(known(seen))
    assert asked and all(one.seed == 2 for one in asked)
    assert Race(tolerance=1e-9).ask(known({**seen, **{(arm, 2): one for (arm, _), one in seen.items()}})) == []


def test_arms_that_diverged_are_not_the_answer():
    seen = {(0, 1): trained(0.5), (1, 1): DIVERGED, (2, 1): trained(0.6)}
    assert Race().answer(known(seen)) == 2
    assert believe(known(seen)).mean[1] < believe(known(seen)).mean[2]
    nothing = known({(0, 1): DIVERGED, (1, 1): DIVERGED})
    assert Race().answer(nothing) in (0, 1)
    assert not {(one.arm, one.seed) for one in Race().ask(nothing)} & set(nothing.seen)


def test_points_are_those_of_accuracy_also_where_the_loss_chooses():
    seen = {(arm, 1): Seen((0.5 + arm / 100,), (2 - arm / 10,), whole=True, diverged=False) for arm in range(6)}
    by_loss = believe(replace(known(seen), choose_by="loss"))
    # A tenth of loss goes with one point
    assert by_loss.points == pytest.approx(10)
    assert believe(known(seen)).points == 100


def test_the_head_alone_lies_behind_the_last_block():
    found = arms(3)
    head = replace(found[0], index=3, names=(("baseline1", 1),), layers=(), first=None, last=None, blocks=None)
    where = places([*found, head])
    assert where[0, :2].tolist() == [1, 1] and where[2, 0] == pytest.approx(1 / 3)
    assert where[3, 0] == pytest.approx(4 / 3) and where[3, 1] == 1
