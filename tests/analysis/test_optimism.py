"""Selection optimism: what winners lose beyond Baseline I with another training and other images."""

import numpy as np
import pytest
from made_up import made_candidate, made_layer, made_plan, made_study

from blocktune.analysis.layers import Network
from blocktune.analysis.optimism import optimism
from blocktune.analysis.optimism_words import optimism_page
from blocktune.analysis.scores import Score, Scores
from blocktune.document.markdown import render

STRATEGIES = ("baseline1", "bw")
IMAGES = {"search": 100, "final": 500, "validation": 400, "test": 1600}


def study(**changes):
    return made_study(**{"images": IMAGES, "strategies": STRATEGIES} | changes)


def backbone(key="A"):
    return Network(key, key, None, "imagenet", "imagenet", key, (made_layer(0, "input", "InputLayer", 0),))


def made_up(*repeats, study=None):
    """What was found from (search's score, unseen images right) of Baseline I and BW in each repeat."""
    plans, search, metrics, right = [], [], {}, {}
    for place, by_strategy in enumerate(repeats):
        rows, listed = [], []
        for strategy, (selected, bits) in zip(STRATEGIES, by_strategy, strict=True):
            run = f"{strategy}{place}"
            rows.append(Score("A", strategy, 7, 1, 1, 1, 1, f"searched{run}", selected, 2))
            # Another candidate that the search liked better is not the winner's score
            rows.append(Score("A", strategy, 8, 1, 1, 1, 1, f"other{run}", 0.99, 1))
            listed.append(made_candidate(strategy, 7, run))
            accuracy = None if bits is None else float(bits.mean())
            test = None if bits is None else {"last": {"accuracy": accuracy}}
            metrics[run] = {"diverged": bits is None, "last_accuracy": 0.123, "test": test}
            if bits is not None:
                right[run] = bits
        search.append(Scores(rows))
        plans.append([made_plan(listed, backbone="A")])
    return optimism(study or STUDY, plans, search, metrics, right)


STUDY = study()


def first(share):
    return np.arange(1600) < round(1600 * share)


def test_a_winner_is_compared_with_what_nothing_chose():
    # Both parts differ by 5 points for Baseline I; BW fell by 15
    found = made_up(((0.55, first(0.5)), (0.8, first(0.65))))["backbones"]["A"]
    assert (found["bw"]["selected"], found["bw"]["unseen"]) == (0.8, 0.65)
    assert found["bw"]["points"] == pytest.approx(10)
    # 240 of 1600 unseen images tell the two trainings apart; both parts have this noise
    reach = 196 * np.sqrt((0.15 - 0.15**2) * (1 / 400 + 1 / 1600))
    assert found["bw"]["interval"] == pytest.approx([10 - reach, 10 + reach], rel=1e-2)
    assert found["baseline1"]["points"] is None


def test_repeats_that_disagree_make_the_interval_wider():
    agree = made_up(*[((0.5, first(0.5)), (0.7, first(0.65)))] * 2)["backbones"]["A"]["bw"]
    disagree = made_up(((0.5, first(0.5)), (0.75, first(0.65))), ((0.5, first(0.5)), (0.65, first(0.65))))
    disagree = disagree["backbones"]["A"]["bw"]
    assert agree["points"] == pytest.approx(5) and disagree["points"] == pytest.approx(5)
    assert agree["interval"][0] > 0 > disagree["interval"][0]
    assert disagree["by_repeat"] == pytest.approx([10, 0])


def test_repeats_with_parts_of_their_own_need_two():
    each = ((0.5, first(0.5)), (0.7, first(0.65)))
    new = study(each_repeat="new")
    assert made_up(each, study=new)["backbones"]["A"]["bw"]["interval"] is None
    other = ((0.5, first(0.5)), (0.72, first(0.65)))
    low, high = made_up(each, other, study=new)["backbones"]["A"]["bw"]["interval"]
    assert low < 0 < high


def test_a_diverged_run_leaves_no_number():
    found = made_up(((0.5, first(0.5)), (0.7, None)))["backbones"]["A"]["bw"]
    assert (found["selected"], found["unseen"], found["points"], found["interval"]) == (0.7, None, None, None)


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("exhaustive", "The search (exhaustive) ranked its candidates on the 400 images that give these scores"),
        ("halving", "The search (halving) ranked its candidates on the 400 images"),
        ("graft", "The search (graft) ranked its candidates on the 400 images"),
        ("gradient", "never looked at the 400 images"),
        ("prior", "The search (prior) looked at no image."),
    ],
)
def test_what_the_search_looked_at_is_told_by_its_method(method, told):
    searched = study(method=method)
    found = made_up(((0.55, first(0.5)), (0.8, first(0.65))), study=searched)
    page = render(optimism_page(searched, [backbone()], found))
    assert told in page
    assert ("not from selection optimism" in page) == (method in ("gradient", "prior"))
    assert "With one repeat the intervals hold the noise of images only" in page
    assert "- A: these winners lost more than Baseline I, beyond noise: BW." in page
