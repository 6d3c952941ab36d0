"""The race on made-up tables: few trainings find the best arm, and it says when it is sure."""

from dataclasses import replace

import numpy as np
import pytest
from tables import arms, table

from blocktune.files.plan import ScoredImages
from blocktune.replay.play import Player
from blocktune.search.askers.race import Method as Race
from blocktune.search.belief import believe, places
from blocktune.search.collapse import points_of_collapse
from blocktune.search.method import Known, Seen
from blocktune.settings.search import Search

RATES = (1e-4, 1e-3)
NOISE = 0.004


def hill(seed=0, count=12, seeds=4):
    """Tails at two rates: accuracy rises with the reach up to the ninth block, and the higher rate is better."""
    number = np.arange(count)
    smooth = 0.9 - 0.01 * np.abs(number - 8) ** 1.5
    truth = np.stack([smooth - 0.05, smooth], axis=1).reshape(-1, 1)
    return table(truth + NOISE * np.random.default_rng(seed).standard_normal((len(truth), seeds)), rates=RATES)


def known(seen, budget=100, seeds=(1, 2), draw=0, count=6, **more):
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
        **more,
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
    for budget in (1, 2, 3):
        assert len(Race().ask(known({}, budget=budget))) == budget


def test_it_ends_when_its_answer_is_sure_enough():
    seen = {(arm, seed): trained(0.9 - 0.05 * abs(arm - 6)) for arm in range(12) for seed in (1, 2)}
    state = known(seen, seeds=(1, 2, 3))
    assert Race().ask(replace(state, tolerance=2.0)) == []
    assert believe(state).expected_loss(6) < 2.0 < believe(state).expected_loss(0)
    # Of two arms that are alike it wants to see more, of the others not much
    alike = known({**seen, (7, 1): trained(0.9), (7, 2): trained(0.9)}, seeds=(1, 2, 3))
    wanted = {one.arm for one in Race().ask(replace(alike, tolerance=1e-9))}
    assert wanted & {6, 7}


def test_an_arm_that_comes_up_again_is_trained_with_the_next_seed():
    seen = {(arm, 1): trained(0.9 - 0.05 * abs(arm - 6)) for arm in range(12)}
    asked = Race().ask(known(seen, tolerance=1e-9))
    assert asked and all(one.seed == 2 for one in asked)
    everything = {**seen, **{(arm, 2): one for (arm, _), one in seen.items()}}
    assert Race().ask(known(everything, tolerance=1e-9)) == []


def test_arms_that_diverged_are_not_the_answer():
    seen = {(0, 1): trained(0.5), (1, 1): DIVERGED, (2, 1): trained(0.6)}
    assert Race().answer(known(seen)) == 2
    before = believe(known({place: one for place, one in seen.items() if place != (1, 1)}))
    assert believe(known(seen)).mean[1] < before.mean[1] - 0.01
    nothing = known({(0, 1): DIVERGED, (1, 1): DIVERGED})
    assert Race().answer(nothing) in (0, 1)
    # Where nothing is known yet, other arms come before other seeds
    assert len({one.arm for one in Race().ask(nothing)} - {0, 1}) == 4
    assert {one.seed for one in Race().ask(nothing)} == {1}
    everything = known({(arm, 1): DIVERGED for arm in range(12)})
    assert Race().ask(everything) == []


def test_what_is_given_costs_nothing_and_no_race_ends_before_its_first_round():
    given = frozenset({(0, 1), (1, 1), (10, 1), (11, 1)})
    seen = {place: trained(0.5) for place in given}
    # All alike, so nothing is expected to be lost; but the search has not looked at anything yet
    state = known(seen, budget=6, given=given, tolerance=50)
    first = Race().ask(state)
    assert len(first) == 4 and not {one.arm for one in first} & {arm for arm, _ in given}
    later = replace(state, seen={**seen, **{(one.arm, one.seed): trained(0.5) for one in first}}, seeds=(1,))
    assert Race().ask(later) == []
    assert len(Race().ask(replace(later, tolerance=1e-12))) == 2


def test_no_race_is_sure_of_an_answer_that_was_trained_once_where_it_may_train_it_again():
    seen = {(arm, 1): trained(0.9 - 0.05 * abs(arm - 7)) for arm in range(12)}
    state = known(seen, tolerance=50)
    assert Race().answer(state) == 7
    assert (7, 2) in {(one.arm, one.seed) for one in Race().ask(state)}
    assert Race().ask(replace(state, seen={**seen, (7, 2): trained(0.9)})) == []
    # What the first seed had by chance is seen by further ones: the next best is then looked at twice, too
    unlucky = {(7, 2): trained(0.3), (7, 3): trained(0.3), (5, 1): trained(0.89)}
    lucky = replace(state, seeds=(1, 2, 3), seen=seen | unlucky)
    best = Race().answer(lucky)
    assert best != 7 and (best, 2) in {(one.arm, one.seed) for one in Race().ask(lucky)}
    # With a single seed that can't be
    assert Race().ask(replace(state, seeds=(1,))) == []


def test_the_model_that_is_taken_home_counts_half_for_what_it_came_to_itself():
    low, high = trained(0.6), trained(0.9)
    # Two arms with the same two results, by another seed each: the study's own seed, the first, makes the model
    seen = {(5, 1): high, (5, 2): low, (6, 1): low, (6, 2): high, (0, 1): trained(0.5), (11, 1): trained(0.5)}
    assert Race().answer(known(seen)) == 5
    assert Race().answer(known({**seen, (5, 1): low, (5, 2): high, (6, 1): high, (6, 2): low})) == 6
    # Half of it does not make up for an arm that is far better on an average
    better = {(arm, 3): trained(0.95) for arm in (5,)} | {(arm, 2): trained(0.95) for arm in (5,)}
    assert Race().answer(known({**seen, **better, (6, 1): trained(0.7), (6, 2): trained(0.5)}, seeds=(1, 2, 3))) == 5


def test_a_model_that_diverged_is_not_taken_home_however_good_its_arm_is():
    seen = {(0, 1): DIVERGED, (0, 2): trained(0.9), (0, 3): trained(0.9), (5, 1): trained(0.8), (9, 1): trained(0.7)}
    state = known(seen, seeds=(1, 2, 3))
    assert Race().answer(state) == 5
    # Where no model of the study's seed is left, another seed's shows that the arm can be trained
    assert Race().answer(known({(0, 1): DIVERGED, (0, 2): trained(0.9)})) == 0
    # A training that diverged is no repeat; without a seed that is left there can be none
    once = known({**seen, (5, 2): DIVERGED}, seeds=(1, 2, 3), tolerance=50)
    assert (5, 3) in {(one.arm, one.seed) for one in Race().ask(once)}
    assert Race().ask(replace(once, seeds=(1, 2))) == []


@pytest.mark.parametrize("accuracy", [0.1, 0.5, 0.7, 1.0])
def test_equal_results_leave_little_to_lose_whatever_they_are(accuracy):
    seen = {(arm, 1): trained(accuracy) for arm in (0, 5, 11)}
    belief = known(seen).belief
    assert 0 < belief.expected_loss(5) < 1.5
    assert belief.mean + belief.collapses == pytest.approx(np.full(12, accuracy), abs=0.003)


def test_collapses_cost_more_at_high_rates_and_with_many_parameters_and_nothing_where_all_guess():
    cost = points_of_collapse(known({(0, 1): trained(0.8)})).reshape(6, 2)
    # Tails reach farther from arm to arm, at a low and at a high rate
    assert (np.diff(cost, axis=0) > 0).all() and (cost[:, 1] > 50 * cost[:, 0]).all()
    assert cost.max() < 100 * (0.8 - 0.2) / 2
    assert not points_of_collapse(known({(0, 1): trained(0.2)})).any()
    # At the middle of three rates nearly nothing
    state = replace(known({(0, 1): trained(0.8)}), arms=arms(4, (1e-4, 3e-4, 1e-3)))
    assert points_of_collapse(state).reshape(4, 3)[-1] == pytest.approx([0.012, 0.108, 1.2])


def test_between_two_alike_the_lower_rate_is_the_answer_and_a_clear_lead_still_counts():
    everything = [len(RATES) * 5 + place for place in range(2)]
    alike = {(arm, seed): trained(0.8) for arm in everything for seed in (1, 2)}
    assert Race().answer(known(alike)) == everything[0]
    ahead = alike | {(everything[1], seed): trained(0.95) for seed in (1, 2)}
    assert Race().answer(known(ahead)) == everything[1]


def test_the_budget_and_the_tolerance_are_those_of_a_study_unless_they_are_given():
    study = Search()
    state = known({}, budget=None)
    assert state.tolerance == study.tolerance
    spent = {(arm, seed): trained(0.5) for arm in range(12) for seed in (1, 2)}
    assert len(spent) == study.budget
    assert Race().ask(known(spent, budget=None, seeds=(1, 2, 3), tolerance=1e-12)) == []
    assert Race().ask(known(spent, budget=study.budget + 1, seeds=(1, 2, 3), tolerance=1e-12))


def test_several_arms_in_one_place_are_tried_once_each():
    # Layers of one block with as many parameters each lie in one place
    twins = [replace(arm, blocks=(1, 1), parameters=7, rate=1e-3) for arm in arms(6, RATES)]
    asked = Race().ask(replace(known({}), arms=twins))
    assert len({one.arm for one in asked}) == 4


def test_a_single_arm_is_the_best():
    state = known({(0, 1): trained(0.5)}, count=1)
    one = replace(state, arms=state.arms[:1])
    assert [(asked.arm, asked.seed) for asked in Race().ask(one)] == [(0, 2)]
    assert (
        Race().ask(replace(one, seeds=(1,))) == []
        and one.belief.expected_loss(0) == 0
        and one.belief.chances.tolist() == [1]
    )


def test_what_is_believed_is_told_in_probabilities():
    seen = {(arm, seed): trained(0.9 - 0.05 * abs(arm - 6)) for arm in range(12) for seed in (1, 2)}
    belief = known(seen).belief
    assert belief.chances.sum() == pytest.approx(1) and belief.chances.argmax() == 6
    assert belief.beats(6, 0.5) > 0.999 and belief.beats(6, 0.99) < 0.001
    assert belief.beats_all(6, [0, 11]) == 1 and belief.beats_all(0, [6, 11]) == 0
    assert belief.expected_loss(0, among=[0]) == 0
    assert belief.expected_loss(0, among=[0, 1]) < belief.expected_loss(0)
    # Without a look at an arm less is known of it
    unseen = known({place: one for place, one in seen.items() if place[0] not in (10, 11)}).belief
    assert unseen.deviation[11] > 2 * belief.deviation[11]


def looked_at(share, wrong, images=400):
    """A training that classifies rightly a share of the images; which ones begins at the place `wrong`."""
    right = np.ones(images, bool)
    right[(wrong + np.arange(round((1 - share) * images))) % images] = False
    return replace(trained(right.mean()), right=right)


def believed(places_of_wrong, peak=0.9):
    """What is believed of six tails at two rates whose wrong images begin at these places, by arm."""
    shares = [peak - 0.01 * abs(arm - 6) for arm in range(12)]
    seen = {(arm, seed): looked_at(shares[arm], places_of_wrong[arm]) for arm in range(12) for seed in (1, 2)}
    return known(seen).belief


def test_images_that_arms_disagree_on_make_the_answer_less_sure_and_those_they_share_do_not():
    alike, apart = believed([0] * 12), believed(range(0, 360, 30))
    assert np.allclose(alike.mean, apart.mean) and alike.expected_loss(6) == apart.expected_loss(6) < 0.1
    # Of images that all get wrong, others would hold about as many for each
    assert (
        alike.loss_on_other_images(6)
        < 0.3
        < 2 * alike.loss_on_other_images(6) + 0.3
        < apart.loss_on_other_images(6) + 0.3
    )
    assert alike.chances[6] > apart.chances[6] and alike.within(6, 0.5) > apart.within(6, 0.5)
    right = looked_at(0.87, 0).right
    assert alike.beats(6, 0.87, right) > apart.beats(6, 0.87, looked_at(0.87, 0).right) > 0.5
    assert apart.beats(6, 0.87) == 1, "on the validation images themselves"


def test_without_a_look_at_each_image_nothing_is_said_of_others():
    seen = {(arm, 1): looked_at(0.8 + arm / 100, 0) for arm in range(3)}
    seen[3, 1] = DIVERGED
    assert known(seen).belief.loss_on_other_images(2) is not None
    seen[4, 1] = trained(0.8)
    assert known(seen).belief.loss_on_other_images(2) is None


def test_points_are_those_of_accuracy_also_where_the_loss_chooses():
    seen = {(arm, 1): Seen((0.5 + arm / 100,), (2 - arm / 10,), whole=True, diverged=False) for arm in range(6)}
    by_loss = believe(replace(known(seen), choose_by="loss"))
    # A tenth of loss goes with one point
    assert by_loss.points == pytest.approx(10)
    assert believe(known(seen)).points == 100
    # Where accuracy does not rise as the loss falls, a unit of loss can't be told in points
    flat = {place: replace(one, accuracies=(0.5,)) for place, one in seen.items()}
    assert believe(replace(known(flat), choose_by="loss")).points == 100


def test_the_head_alone_lies_behind_the_last_block():
    found = arms(3)
    head = replace(found[0], index=3, names=(("baseline1", 1),), layers=(), first=None, last=None, blocks=None)
    where = places([*found, head])
    assert where[0, :2].tolist() == [1, 1] and where[2, 0] == pytest.approx(1 / 3)
    assert where[3, 0] == pytest.approx(4 / 3) and where[3, 1] == 1
