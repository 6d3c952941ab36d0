"""Intervals of differences: they hold the noise of images and of training, and as often as they say."""

import numpy as np
import pytest

from blocktune.analysis.paired import of_mean, of_training, paired_differences, pooled, reach, student
from blocktune.analysis.scores import Score


def made_up(by_backbone):
    """Pairs and rightness from (ours, theirs) of each repeat, bool (images,) each."""
    pairs, known = {}, {}
    for key, repeats in by_backbone.items():
        pairs[key] = []
        for place, right in enumerate(repeats):
            scores = []
            for name, values in zip(("ours", "theirs"), right, strict=True):
                run = f"{key}-{name}-{place}"
                known[run] = values
                scores.append(Score(key, name, 1, 1, 1, 1, 1, run, float(values.mean()), 1))
            pairs[key].append(tuple(scores))
    return pairs, known


def first(count, share):
    return np.arange(count) < round(count * share)


def test_one_repeat_knows_the_images_only():
    pairs, right = made_up({"A": [(first(400, 0.65), first(400, 0.6))]})
    found = paired_differences(pairs, right)["A"]
    assert found["interval_over"] == "images"
    # McNemar's standard error: 20 of 400 images tell the two apart
    error = 100 * np.sqrt((0.05 - 0.05**2) / 400)
    assert found["interval"] == pytest.approx([5 - 1.966 * error, 5 + 1.966 * error], rel=1e-2)


def test_repeats_that_agree_add_nothing():
    same = (first(400, 0.65), first(400, 0.6))
    one, two = (paired_differences(*made_up({"A": [same] * count}))["A"] for count in (1, 2))
    assert two["interval"] == pytest.approx(one["interval"])
    assert two["interval_over"] == "images and repeats"


def test_repeats_that_disagree_widen_the_interval_over_both():
    repeats = [(first(400, 0.7), first(400, 0.6)), (first(400, 0.62), first(400, 0.6))]
    found = paired_differences(*made_up({"A": repeats}))["A"]
    low, high = found["interval"]
    assert low < min(found["by_repeat"]) and max(found["by_repeat"]) < high
    # Two repeats of one backbone: Student's quantile with one degree of freedom for that part
    images = of_mean(100 * np.mean([ours.astype(float) - theirs for ours, theirs in repeats], axis=0))
    training = (10 - 2) ** 2 / 2 / 2
    total = images[0] + training
    quantile = (1.966 * images[0] + 12.706 * training) / total
    assert (high - low) / 2 == pytest.approx(quantile * np.sqrt(total), rel=1e-3)


def test_backbones_of_a_study_lend_each_other_repeats():
    noisy = [(first(400, 0.7), first(400, 0.6)), (first(400, 0.62), first(400, 0.6))]
    alone = paired_differences(*made_up({"A": noisy}))["A"]["interval"]
    among = paired_differences(*made_up(dict.fromkeys("ABCD", noisy)))["A"]["interval"]
    assert np.ptp(among) < np.ptp(alone) / 2
    # One that is noisier than the others is not lent their calm
    calm = [(first(400, 0.66), first(400, 0.6))] * 2
    found = paired_differences(*made_up({"A": noisy, "B": calm, "C": calm, "D": calm}))
    assert np.ptp(found["A"]["interval"]) == pytest.approx(np.ptp(among))
    assert np.ptp(found["B"]["interval"]) < np.ptp(found["A"]["interval"])


def test_a_backbone_that_diverged_takes_no_interval_from_the_others():
    repeats = [(first(400, 0.7), first(400, 0.6)), (first(400, 0.62), first(400, 0.6))]
    pairs, right = made_up({"A": repeats, "B": repeats})
    pairs["B"][0] = (None, pairs["B"][0][1])
    found = paired_differences(pairs, right)
    assert found["B"]["interval"] is None and found["B"]["points"] is None
    assert found["A"] == paired_differences({"A": pairs["A"]}, right)["A"]


def test_runs_that_guess_do_not_calm_the_intervals_of_others():
    noisy = [(first(400, 0.7), first(400, 0.6)), (first(400, 0.62), first(400, 0.6))]
    guessing = [(first(400, 0.2), first(400, 0.6))] * 2
    alone, two = (paired_differences(*made_up(dict.fromkeys(keys, noisy))) for keys in ("A", "AB"))
    among = made_up({"A": noisy, "B": guessing})
    assert paired_differences(*among, untrained=["B"])["A"]["interval"] == alone["A"]["interval"]
    # Where all guess, their repeats are all there is
    both = {"A": noisy, "B": guessing}
    assert paired_differences(*made_up(both), untrained=["A", "B"]) == paired_differences(*made_up(both))
    # Were B a backbone like the others, A would borrow from it
    assert np.ptp(paired_differences(*among)["A"]["interval"]) == pytest.approx(np.ptp(two["A"]["interval"]))


@pytest.mark.parametrize("training", [0.0, 0.5, 1.0, 2.0, 4.0])
@pytest.mark.parametrize(("repeats", "backbones"), [(2, 1), (3, 1), (5, 1), (2, 4), (3, 4)])
def test_the_interval_holds_the_truth_as_often_as_it_says(repeats, backbones, training):
    """Noise of images of one point; training noise that is common to all images, and some that differs between them."""
    generator = np.random.default_rng(repeats * 10 + backbones)
    images, differing, held = 500, 15.0, []
    # Each gives an interval a backbone
    for _ in range(600 // backbones):
        groups, means = [], []
        for _ in range(backbones):
            hard = generator.normal(0, np.sqrt(images - differing**2 / repeats), images)
            found = (
                hard + generator.normal(0, training, (repeats, 1)) + generator.normal(0, differing, (repeats, images))
            )
            groups.append(found.mean(axis=1))
            means.append(found.mean(axis=0))
        spread = pooled(groups)
        for by_repeat, over_images in zip(groups, means, strict=True):
            held.append(abs(np.mean(by_repeat)) <= reach(of_mean(over_images), of_training(by_repeat, spread)))
    assert 0.92 < np.mean(held) < 0.99


def test_student_is_the_interval_of_repeats_alone():
    assert student([8, 12]) == pytest.approx([10 - 12.706 * 2, 10 + 12.706 * 2], abs=1e-2)
    assert student([3, 3, 3]) == [3, 3]
