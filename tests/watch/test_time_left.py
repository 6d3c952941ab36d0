"""How much time `blocktune status` says is left. The studies are pretended; nothing trains."""

import json

import pytest
from looking import BACKBONE, RUNS, counts, look, work


def reckoned(study):
    """Seconds of training left in the first backbone."""
    return look(study).backbones[0].training_seconds_left.least


def test_time_left_follows_what_runs_took(planned):
    estimated = reckoned(planned)
    assert estimated > 0
    planned.finish(RUNS[0], seconds=2.0)
    quick = reckoned(planned)
    planned.finish(RUNS[1], seconds=2.0)
    assert reckoned(planned) < quick
    (planned.store.path(RUNS[0]) / "resources.json").write_text('{"seconds": 20.0}')
    assert reckoned(planned) > 3 * quick


def test_time_left_is_shared_among_those_that_run(planned):
    work(planned)
    planned.inspect("TinyResidual-digits")
    planned.plan("search", {"k": [RUNS[7]]}, {"lw": [RUNS[7]]}, "TinyResidual-digits")
    with planned.store.lock(RUNS[2]):
        one = look(planned)
        with planned.store.lock(RUNS[5]):
            two = look(planned)
    assert one.seconds_left.least == pytest.approx(sum(entry.training_seconds_left.least for entry in one.backbones))
    assert two.seconds_left.most < 0.6 * one.seconds_left.most


def test_final_runs_are_reckoned_with_before_they_are_planned(planned):
    without = reckoned(planned)
    planned.plan("dependent", {}, {})
    planned.plan("final", {}, {})
    assert reckoned(planned) < without


def test_the_winners_that_repeats_train_once_more_are_reckoned_with(planned):
    once = reckoned(planned)
    changed = planned.settings.model_dump(mode="json") | {"repeats": 2}
    planned.write("results/plan/settings/settings.json", json.dumps(changed))
    twice = reckoned(planned)
    planned.plan("unseen", {}, {})
    assert reckoned(planned) == pytest.approx(once) and once < twice


def test_how_long_a_probe_took_tells_nothing_of_trainings(planned):
    planned.plan("dependent", {}, {})
    planned.plan("final", {"f": [RUNS[7]]}, {"probe": [RUNS[7]]})
    planned.finish(RUNS[0], seconds=20.0)
    before = reckoned(planned)
    planned.finish(RUNS[7], seconds=1e-3)
    assert 0.8 * before < reckoned(planned) < before


def test_records_that_cannot_be_read_are_no_reason_to_fail(planned):
    planned.finish(RUNS[0])
    (planned.store.path(RUNS[0]) / "resources.json").write_text("{")
    planned.write(f"results/plan/{BACKBONE}/dependent.json", "{ half")
    planned.write("results/plan/splits.json", "{")
    assert counts(look(planned).runs) == (7, 1, 0, 6, 0)


def reckoned_with(study, **training):
    changed = study.settings.model_dump(mode="json")
    changed["training"] |= {"schedule": "cosine", "epochs": 8, **training}
    study.write("results/plan/settings/settings.json", json.dumps(changed))
    return reckoned(study)


def test_images_that_are_changed_at_random_pass_the_frozen_part_in_every_epoch(planned):
    assert reckoned_with(planned, augmentation={"flip": True}) > reckoned_with(planned)


def test_epochs_that_are_not_validated_take_less(planned):
    few, some, all_of_them = (reckoned_with(planned, validate_every=every) for every in (4, 2, 1))
    assert few < some < all_of_them
