"""The run id: everything that can change a run's numbers is in it, and nothing else."""

import re

import pytest

from blocktune.files.spec import RunSpec
from blocktune.runs import spec as spec_module

# Each would change the numbers
SETTINGS = [
    {"seed": 2},
    {"training": {"learning_rate": 2e-4}},
    {"training": {"epochs": 51}},
    {"training": {"batch_size": 8}},
    {"training": {"plateau": {"patience": 9}}},
    {"training": {"plateau": {"factor": 0.2}}},
    {"training": {"plateau": {"monitor": "val_loss"}}},
    {"training": {"plateau": {"min_delta": 0.0}}},
    {"training": {"plateau": {"cooldown": 1}}},
    {"training": {"plateau": {"min_learning_rate": 1e-6}}},
    {"training": {"optimizer": "sgd"}},
    {"training": {"optimizer": "adamw"}},
    {"training": {"optimizer": "adamw", "weight_decay": 0.01}},
    {"training": {"schedule": "cosine"}},
    {"training": {"schedule": "cosine", "warmup": 1}},
    {"training": {"schedule": "constant"}},
    {"training": {"schedule": "constant", "validate_every": 5}},
    {"training": {"clip_norm": 1.0}},
    {"training": {"label_smoothing": 0.1}},
    {"head": {"units": [128, 32]}},
    {"head": {"units": []}},
    {"head": {"units": [], "start": "probe"}},
    {"head": {"pooling": "average"}},
    {"head": {"dropout": 0.4}},
    {"pixels": {"range": "native"}},
]
# None would
INDIFFERENT = [
    {"study": "another"},
    {"training": {"counts": "best"}},
    {"training": {"validate_every": 1}},
    {"backbones": [{"name": "VGG16", "weights": "none", "label": "the big one"}]},
    {"backbones": [{"name": "VGG16", "weights": "none"}, {"name": "MobileNet"}]},
    # What these change arrives as rows, images and candidates
    {"split": {"search": 0.2}},
    {"data": {"name": "mine", "source": "folder", "path": "/somewhere"}},
    {"search": {"window": 5, "top_k": [2], "delimiters": ["ReLU"]}},
    {"pretraining": {"epochs": 3}},
]
ARGUMENTS = [
    {"data": "e" * 64},
    {"classes": 6},
    {"train": (1, 2)},
    {"validation": (4, 6)},
    {"unfrozen": (3,)},
    {"unfrozen": ()},
]
TABLES = [
    {"weights_digest": "b" * 64},
    {"image_size": 96},
    {"backend": "jax"},
    {"backbone": {"name": "VGG19"}},
    {"backbone": {"alpha": 0.5}},
]
SAME_TABLES = [
    {"backbone": {"label": "the big one", "title": "the big one"}},
    {"backbone": {"weights": "/elsewhere/weights.h5", "key": "VGG16-weights", "weights_kind": "file"}},
]


def test_an_id_is_at_least_twelve_hexadecimal_digits(make_spec):
    assert re.fullmatch("[0-9a-f]{12,}", make_spec().run_id)


def test_an_id_is_the_same_every_time(make_spec):
    assert make_spec().run_id == make_spec().run_id


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_settings_that_change_numbers_change_the_id(make_spec, settings):
    assert make_spec(settings).run_id != make_spec().run_id


@pytest.mark.parametrize("settings", INDIFFERENT, ids=str)
def test_settings_that_change_no_number_keep_the_id(make_spec, settings):
    assert make_spec(settings).run_id == make_spec().run_id


def test_what_a_head_without_hidden_layers_would_drop_changes_no_number(make_spec):
    assert make_spec({"head": {"units": [], "dropout": 0.4}}).run_id == make_spec({"head": {"units": []}}).run_id


def test_what_the_paper_does_is_left_out_so_that_old_runs_are_found(make_spec):
    # As it was when there was no choice; stored runs have these ids
    assert set(make_spec().training) == {"learning_rate", "batch_size", "epochs", "plateau"}
    assert set(make_spec().head) == {"pooling", "units", "dropout"}


@pytest.mark.parametrize(
    ("epochs", "every", "validated"),
    [(16, 4, [4, 8, 12, 16]), (10, 4, [2, 6, 10]), (4, 4, [4]), (5, 4, [1, 5]), (3, 1, [1, 2, 3]), (1, 1, [1])],
)
def test_validated_epochs_are_counted_back_from_the_last(make_spec, epochs, every, validated):
    training = {"schedule": "cosine", "epochs": epochs, "validate_every": every}
    assert make_spec({"training": training}).validated_epochs == validated


def test_another_schedule_has_no_plateau_and_its_default_stays_out(make_spec):
    assert "plateau" not in make_spec({"training": {"schedule": "cosine"}}).training


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=lambda given: next(iter(given)))
def test_data_parts_and_candidate_change_the_id(make_spec, arguments):
    assert make_spec(**arguments).run_id != make_spec().run_id


@pytest.mark.parametrize("changes", TABLES, ids=str)
def test_network_and_weights_change_the_id(make_spec, table, changes):
    assert make_spec(table=table(**changes)).run_id != make_spec().run_id


@pytest.mark.parametrize("changes", SAME_TABLES, ids=str)
def test_label_and_path_of_the_network_keep_the_id(make_spec, table, changes):
    assert make_spec(table=table(**changes)).run_id == make_spec().run_id


OWN = {"name": "nets/mine.keras", "native": "raw", "weights": "own", "key": "mine-own", "weights_kind": "own"}

NATIVE = {"pixels": {"range": "native"}}


def test_a_network_of_ones_own_is_its_architecture_and_weights(make_spec, table):
    def run(settings=None, architecture="c" * 64, weights="a" * 64, **entry):
        own = table(backbone=OWN | entry, architecture=architecture, weights_digest=weights)
        return make_spec(settings, table=own).run_id

    others = [{"architecture": "d" * 64}, {"weights": "b" * 64}, {"settings": NATIVE}]
    others.append({"settings": NATIVE, "native": "tf"})
    assert len({run(), make_spec().run_id, *(run(**other) for other in others)}) == len(others) + 2
    # Its name, and a range that it is not fed, change no number
    for same in ({"name": "mine.keras"}, {"name": "nets:mine", "title": "mine"}, {"native": "tf"}):
        assert run(**same) == run()


def test_another_version_of_the_training_code_changes_the_id(make_spec, monkeypatch):
    before = make_spec().run_id
    monkeypatch.setattr(spec_module, "PROTOCOL_VERSION", spec_module.PROTOCOL_VERSION + 1)
    assert make_spec().run_id != before


def test_no_two_of_all_these_share_an_id(make_spec, table):
    specs = [make_spec(settings) for settings in SETTINGS]
    specs += [make_spec(**arguments) for arguments in ARGUMENTS]
    specs += [make_spec(table=table(**changes)) for changes in TABLES]
    assert len({spec.run_id for spec in specs}) == len(SETTINGS) + len(ARGUMENTS) + len(TABLES)


def test_a_specification_survives_json(make_spec):
    spec = make_spec()
    again = RunSpec.of_text(spec.text().encode(), "spec.json")
    assert again == spec
    assert again.run_id == spec.run_id
