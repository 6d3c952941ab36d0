"""Runs that differ in learning rate and seed alone share what is compiled; their numbers are those of a run alone."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from test_recipes import PART as WITH_TEST
from test_resume import MODERN, PLATEAU, PROBE, study
from test_train import make_images
from test_train_own_networks import PART, network, planned

from blocktune.files.spec import Rate
from blocktune.known_keras import keras
from blocktune.runs.spec import rows_digest
from blocktune.settings.head import Head
from blocktune.training.checkpoint import CheckpointFile
from blocktune.training.compiled import Shared
from blocktune.training.planned import planned_backbone
from blocktune.training.train import train_run

CASES = {
    "the paper's recipe": {"unfrozen": [7, 8], "plateau": PLATEAU},
    "the head alone": {"unfrozen": []},
    "constant with warm-up": {"unfrozen": [4, 5, 7, 8], **MODERN, "schedule": "constant"},
    "cosine, validated at times": {"unfrozen": [7, 8], "plateau": {}, "schedule": "cosine", "validate_every": 2},
    "from a probe": {"unfrozen": [7, 8], "head": PROBE, "batch_norm": "frozen", **MODERN, "schedule": "cosine"},
    "gamma and beta at rest": {"unfrozen": [1, 2, 4, 5], "batch_norm": "adapt"},
    "augmented": {"unfrozen": [7, 8], "augmentation": {"flip": True}},
}


def scores(finished):
    return finished.metrics, finished.history, finished.validation


def of(spec, rate, seed):
    return replace(spec, seed=seed, training={**spec.training, "learning_rate": rate})


def with_shares(spec):
    return replace(spec, rates=(Rate(7, 0.5), Rate(8, 0.1)))


@pytest.mark.parametrize("case", [*CASES, "shares of the rate, scored on a test part"])
def test_runs_of_one_graph_have_the_numbers_of_a_run_alone(case):
    special = case not in CASES

    def begin():
        spec, backbone, table, rows = study(**CASES.get(case, {"unfrozen": [7, 8]}))
        if special:
            spec, rows = replace(with_shares(spec), test_rows=rows_digest(WITH_TEST.test)), WITH_TEST
        return spec, backbone, table, rows

    spec, backbone, table, rows = begin()
    shared, graphs = Shared(), set()

    def found(rate, seed):
        mine = of(spec, rate, seed)
        graphs.add(mine.graph)
        shared.restore()
        together = train_run(mine, backbone, table, make_images(), rows, 1.0, shared=shared)
        return together, backbone.get_weights()

    # The first of them is compiled as a run alone is; with the second the network is lost
    (first, weights), (lost, _), (again, weights_again) = found(1e-2, 1), found(1e30, 1), found(1e-2, 1)
    assert lost.metrics["diverged"]
    assert scores(again) == scores(first)
    together, weights_together = found(1e-3, 2)
    _, fresh, _, _ = begin()
    alone = train_run(of(spec, 1e-3, 2), fresh, table, make_images(), rows, 1.0)
    assert scores(together) == scores(alone)
    for ours, theirs in zip([*weights_again, *weights_together], [*weights, *fresh.get_weights()], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert len(graphs) == 1


def test_a_pause_and_a_checkpoint_do_not_mind_who_shares(tmp_path):
    spec, backbone, table, part = study([4, 5, 7, 8], **MODERN, schedule="cosine")
    shared, specs = Shared(), [of(spec, 1e-3, 1), of(spec, 1e-2, 2)]

    def go(pause):
        done = []
        for mine in specs:
            shared.restore()
            file = CheckpointFile(tmp_path / mine.run_id, mine)
            done.append(train_run(mine, backbone, table, make_images(), part, 1.0, file, None, pause, shared=shared))
        return done

    assert all(finished.paused for finished in go(2))
    first, second = go(None)
    _, fresh, _, _ = study([4, 5, 7, 8], **MODERN, schedule="cosine")
    assert scores(first) == scores(train_run(specs[0], fresh, table, make_images(), part, 1.0))
    shared.restore()
    # Which is a run alone, as the test above has it
    assert scores(second) == scores(train_run(specs[1], backbone, table, make_images(), part, 1.0, shared=shared))


def test_random_layers_of_the_backbone_begin_anew(tmp_path, monkeypatch):
    from blocktune.backbones.own import seed_random_layers

    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(4)
    network().save("mine.keras")
    table, spec = planned()
    shared, backbone = Shared(), planned_backbone(spec, table, "layers.json", None)
    other = replace(spec, seed=2)

    def together(mine):
        shared.restore()
        seed_random_layers(backbone, mine.seed)
        return scores(train_run(mine, backbone, table, make_images(), PART, 1.0, shared=shared))

    def alone(mine):
        fresh = planned_backbone(mine, table, "layers.json", None)
        return scores(train_run(mine, fresh, table, make_images(), PART, 1.0))

    first, second, again = (together(mine) for mine in (spec, other, spec))
    assert first == again == alone(spec) != second == alone(other)


def test_no_head_and_no_optimizer_is_held_for_later_runs():
    held = []

    class Watched(Shared):
        def keep(self, *arguments):
            tracemalloc.start()
            super().keep(*arguments)
            held.append(tracemalloc.get_traced_memory()[0])
            tracemalloc.stop()

    spec, backbone, table, part = study([7, 8], head=Head(units=(1024, 8)))
    spec = replace(spec, training={**spec.training, "epochs": 1})
    finished = train_run(spec, backbone, table, make_images(), part, 1.0, shared=Watched())
    # A number takes four bytes; most of those that train are the head's
    assert held[0] < finished.metrics["parameters_trained"]


@pytest.mark.parametrize(
    "other",
    [
        {"training": {"epochs": 5, "batch_size": 8, "learning_rate": 1e-3}},
        {"unfrozen": (8,)},
        {"train_rows": "others"},
        {"rates": (Rate(7, 0.5),)},
    ],
)
def test_what_changes_a_graph_is_another(other):
    spec, *_ = study([7, 8])
    assert spec.graph is not None
    assert replace(spec, **other).graph != spec.graph


def test_a_run_in_phases_and_a_probe_share_nothing():
    spec, *_ = study([7, 8])
    assert replace(spec, phases=((5, (7, 8)),)).graph is None
    assert replace(spec, training={}).graph is None
    assert replace(spec, backend="jax").graph is None
