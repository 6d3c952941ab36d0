"""The backbone stays frozen where fine-tuning is not better by more than noise on the validation images."""

from dataclasses import replace

import numpy as np
import pytest
from made_up import made_candidate, made_epoch, made_plan, made_spec
from test_recommend import backbone, plan, recommendation, study

from blocktune.analysis.keep_frozen import lead_over
from blocktune.analysis.recommend_words import answer
from blocktune.files.history import Epoch

PROBED = {"strategies": ("baseline2", "bw", "probe"), "choose_by": "loss"}
NOISE = np.random.default_rng(0).normal(0, 0.3, 200)
SPREAD = (NOISE - NOISE.mean()) / NOISE.std(ddof=1)


def practice(number=0):
    """The plan of a repeat with Baseline II, a block and the probe."""
    trained = [entry for entry in plan(again=f"-{number}").candidates if entry.strategy != "baseline1"]
    specs = {entry.run: made_spec({"learning_rate": rate}) for entry, rate in zip(trained, (1e-4, 3e-4), strict=True)}
    probe = made_candidate("probe", run="probe", layers=())
    return made_plan([*trained, probe], specs | {"probe": made_spec({})})


def records(one, losses, right=None, test=(0.78, 0.801, 0.798), kept=True):
    """Records of a plan's runs from the loss of each validation image, by strategy (baseline2, bw, probe)."""
    found = {}
    right = right or [np.arange(200) < 150] * 3
    for entry, mine, good, tested in zip(one.candidates, losses, right, test, strict=True):
        metrics = {"diverged": False, "last_accuracy": float(np.mean(good)), "test": {"last": {"accuracy": tested}}}
        found[entry.run] = {
            "run": entry.run,
            "metrics": metrics,
            "history": Epoch.table([made_epoch(val_loss=float(np.mean(mine)))]),
            "resources": {"cpu_seconds": 1},
        }
        if kept:
            kept_right = np.packbits(good).tobytes().hex()
            found[entry.run] |= {"validation_losses": list(mine), "validation_right": kept_right}
    return found


def losses(gain, spread=0.3):
    """Losses of Baseline II, of a block, and of the probe, which the block beats by `gain` with this spread."""
    probe = np.linspace(0.1, 1.1, 200)
    return probe + 0.2, probe - gain + spread * SPREAD, probe


def told(found, **changes):
    return answer(study(**PROBED | changes), backbone(), found)


# The standard error is 0.3 / sqrt(200) = 0.0212
@pytest.mark.parametrize(("gain", "best"), [(0.02, "probe"), (0.0225, "bw"), (-0.1, "probe")])
def test_the_answer_is_the_probe_unless_the_first_is_better_by_more_than_one_standard_error(gain, best):
    one = practice()
    found = recommendation([one], records(one, losses(gain)), {}, study(**PROBED))
    assert found["best"]["strategy"] == best
    assert found["ranked_first"] == ("probe" if gain < 0 else "bw")
    if gain > 0:
        assert found["against_probe"]["gain"] == pytest.approx(gain)
        assert found["against_probe"]["standard_error"] == pytest.approx(0.3 / np.sqrt(200))
    assert {entry["strategy"] for entry in [found["best"], *found["others"]]} == set(PROBED["strategies"])


def test_what_is_kept_frozen_is_told_with_what_came_out_first():
    one = practice()
    found = recommendation([one], records(one, losses(0.02)), {}, study(**PROBED, rates=(1e-4, 3e-4)))
    said = told(found, rates=(1e-4, 3e-4))
    assert said.startswith(
        "Keep the backbone frozen and fit a linear classifier to its features (Linear probe): test accuracy 0.798 (95 %"
    )
    assert "; everything at its best rate 0.780." in said
    assert (
        "The best fine-tuning by validation, 2 layers with weights from conv_dw_1 to conv_dw_1_bn (BW, number 2 from "
        "the head) at 3e-4, is not better by more than noise on the validation images (loss 0.580 against 0.600, "
        "standard error 0.021); its test accuracy is 0.801 (+0.3 points)." in said
    )
    assert "Next best" not in said and "chose" not in said


def test_a_probe_that_came_out_first_is_told_in_the_same_way():
    one = practice()
    said = told(recommendation([one], records(one, losses(-0.1)), {}, study(**PROBED)))
    assert said.startswith("Keep the backbone frozen and fit a linear classifier")
    assert "is not better on the validation images (loss 0.700 against 0.600); its test accuracy is 0.801" in said


def test_a_clear_lead_is_told_beside_the_probe_and_everything():
    one, mine = practice(), study(**PROBED, rates=(1e-4, 3e-4))
    runs = records(one, losses(0.1))
    right = {run: np.arange(300) < place for run, place in zip(runs, (234, 240, 239), strict=True)}
    said = told(recommendation([one], runs, right, mine), rates=(1e-4, 3e-4))
    assert said.startswith(
        "Fine-tune 2 layers with weights from conv_dw_1 to conv_dw_1_bn (BW, number 2 from the head) at 3e-4: test "
        "accuracy 0.801 (95 % interval 0.752 to 0.842); linear probe 0.798 (+0.3 points, "
    )
    assert "), everything at its best rate 0.780. The search used 20 % of the training images." in said
    assert "That is the highest learning rate tried; a higher one in search.rates may be better." in said
    assert "(+0.3 points, -0.4 to +1.0)" in said
    assert "The difference to the probe is not more than the noise of the test images." in said


@pytest.mark.parametrize(
    ("rates", "said"),
    [((3e-4, 1e-3), "lowest learning rate tried; a lower"), ((1e-4, 3e-4, 1e-3), None), ((3e-4,), None)],
)
def test_a_rate_at_the_end_of_those_tried_is_told(rates, said):
    one, mine = practice(), study(**PROBED, rates=rates)
    found = told(recommendation([one], records(one, losses(0.1)), {}, mine), rates=rates)
    assert ("learning rate tried" in found) == (said is not None)
    assert said is None or said in found


def test_runs_that_kept_nothing_of_their_validation_images_are_not_judged():
    # The block has one image more right than the probe, which is no more than noise
    one, right = practice(), [np.arange(200) < count for count in (100, 151, 150)]
    by_accuracy = study(**PROBED | {"choose_by": "accuracy"})
    kept, gone = (records(one, losses(0.02), right, kept=kept) for kept in (True, False))
    assert recommendation([one], kept, {}, by_accuracy)["best"]["strategy"] == "probe"
    for runs in (gone, kept | {"probe": gone["probe"]}):
        found = recommendation([one], runs, {}, by_accuracy)
        assert (found["best"]["strategy"], found["against_probe"]) == ("bw", None)
        assert "standard error" not in told(found)


def test_nothing_is_judged_on_images_that_also_score():
    one = practice()
    parts = {name: count for name, count in study().images.items() if name != "test"}
    runs = records(one, losses(0.02))
    for record in runs.values():
        del record["metrics"]["test"]
    found = recommendation([one], runs, {}, study(**PROBED, images=parts))
    assert (found["best"]["strategy"], found["against_probe"]) == ("bw", None)


@pytest.mark.parametrize(("more", "best"), [(2, "probe"), (8, "bw")])
def test_by_accuracy_what_is_right_decides(more, best):
    one, mine = practice(), study(**PROBED | {"choose_by": "accuracy"})
    # Of 200 images the block has `more` right that the probe has not, and 4 the other way round
    probe = np.arange(200) < 150
    block = (np.arange(200) < 150 + 4 + more) & (np.arange(200) >= 4)
    runs = records(one, losses(-1), [np.arange(200) < 100, block, probe])
    found = recommendation([one], runs, {}, mine)
    difference = block.astype(float) - probe
    assert found["against_probe"]["gain"] == pytest.approx(more / 200)
    assert found["against_probe"]["standard_error"] == pytest.approx(difference.std(ddof=1) / np.sqrt(200))
    assert found["best"]["strategy"] == best
    # The best epoch's answers are not kept, so nothing is said of them
    assert lead_over(replace(mine, counts="best"), [runs[one.candidates[1].run]], [runs["probe"]]) is None


def test_repeats_bring_the_noise_of_training():
    probe, block = losses(0.05)[2], losses(0.05)[1]
    ours = [{"validation_losses": list(block + shift)} for shift in (0.1, -0.1)]
    theirs = [{"validation_losses": list(probe)}] * 2
    found = lead_over(study(**PROBED), ours, theirs)
    images, training = 0.3**2 / 200, np.var([0.15, -0.05], ddof=1) / 2
    assert found["gain"] == pytest.approx(0.05)
    assert found["standard_error"] == pytest.approx(np.sqrt(images + training))
    assert not found["more_than_noise"]
    # With images of their own the variance between repeats holds both; 200 of them for 500 that are trained on
    new = lead_over(study(**PROBED, each_repeat="new"), ours, theirs)
    assert new["standard_error"] == pytest.approx(np.sqrt(2 * training * (1 / 2 + 200 / 500)))


def test_the_loss_chooses_where_it_is_asked_for_and_is_told():
    one, mine = practice(), study(**PROBED)
    right = [np.arange(200) < 190, np.arange(200) < 150, np.arange(200) < 150]
    found = recommendation([one], records(one, losses(0.1), right, test=(0.9, 0.85, 0.8)), {}, mine)
    assert found["best"]["strategy"] == "bw"
    assert found["best"]["validation_loss"] == pytest.approx(0.5)
    assert "the validation set prefers the answer (loss 0.500 against 0.800)." in told(found)
