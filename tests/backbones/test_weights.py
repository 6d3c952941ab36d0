"""Where weights come from, and what is said when they can't be had."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from blocktune.backbones.weights import weights_digest
from blocktune.errors import BlocktuneError


@pytest.fixture(scope="module")
def plain_weights(build, tmp_path_factory):
    """The weights of a TinyPlain in Keras' two HDF5 forms, and their digest."""
    _, model = build(16, seed=7, name="TinyPlain")
    folder = tmp_path_factory.mktemp("weights")
    model.save_weights(folder / "new.weights.h5")
    model.save(folder / "old.h5")
    return folder / "new.weights.h5", folder / "old.h5", weights_digest(model)


def message(build, **entry):
    with pytest.raises(BlocktuneError) as raised:
        build(16, **entry)
    return str(raised.value)


def test_random_weights_depend_on_the_seed_alone(build):
    digests = [weights_digest(build(16, seed=seed, name="TinyResidual")[1]) for seed in (1, 2, 1)]
    assert digests[0] == digests[2] != digests[1]


@pytest.mark.parametrize("form", [0, 1])
def test_weights_from_a_file(build, plain_weights, form):
    _, model = build(16, seed=1, name="TinyPlain", weights=str(plain_weights[form]))
    assert weights_digest(model) == plain_weights[2]


def test_weights_that_the_workflow_made(build, plain_weights):
    _, model = build(16, seed=1, weights_file=plain_weights[0], name="TinyPlain", weights="digits")
    assert weights_digest(model) == plain_weights[2]


def test_the_digest_sees_a_single_changed_number(build):
    _, model = build(16, name="TinyResidual")
    before = weights_digest(model)
    layer = model.get_layer("block_bn2")
    *others, variance = layer.get_weights()
    variance[3] += 1e-3
    layer.set_weights([*others, variance])
    assert weights_digest(model) != before


def test_a_missing_file_is_named_with_where_it_was_looked_for(build, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = message(build, name="TinyPlain", weights="weights/mine.h5")
    assert "weights file weights/mine.h5 does not exist" in said
    assert str(tmp_path / "weights" / "mine.h5") in said


def test_a_file_that_is_no_hdf5_is_named(build, tmp_path):
    file = tmp_path / "page.h5"
    file.write_text("<html>404 not found</html>")
    said = message(build, name="TinyPlain", weights=str(file))
    assert f"{file} is no HDF5 file" in said


@pytest.mark.parametrize("form", [0, 1])
def test_a_truncated_file_is_called_damaged(build, plain_weights, tmp_path, form):
    whole = plain_weights[form].read_bytes()
    file = tmp_path / f"half{''.join(plain_weights[form].suffixes)}"
    file.write_bytes(whole[: len(whole) // 2])
    said = message(build, name="TinyPlain", weights=str(file))
    assert str(file) in said
    assert "truncated" in said
    assert "was not made for" not in said


@pytest.mark.parametrize("form", [0, 1])
def test_weights_of_another_architecture_name_file_and_network(build, plain_weights, form):
    said = message(build, name="TinyResidual", weights=str(plain_weights[form]))
    assert f"{plain_weights[form]} was not made for TinyResidual" in said
    assert len(said.splitlines()) == 1


@pytest.mark.filterwarnings("ignore:Skipping nested container")
def test_weights_of_another_width_name_the_width(build, tmp_path):
    _, model = build(32, name="MobileNet", alpha=0.25)
    file = tmp_path / "quarter.weights.h5"
    model.save_weights(file)
    with pytest.raises(BlocktuneError, match=r"was not made for MobileNet with alpha 0\.5"):
        build(32, name="MobileNet", alpha=0.5, weights=str(file))


def test_weights_with_another_ending_name_the_right_ones(build, plain_weights, tmp_path):
    file = tmp_path / "weights.bin"
    file.write_bytes(plain_weights[0].read_bytes())
    assert ".h5" in message(build, name="TinyPlain", weights=str(file))


def test_a_size_that_keras_refuses_is_one_error(build):
    with pytest.raises(BlocktuneError, match="VGG16: Keras can't build it"):
        build(16, name="VGG16")


def test_imagenet_without_a_network_fails_at_once_and_says_how_to_do_without(tmp_path):
    section = tmp_path / "backbone.json"
    section.write_text('{"backbone": {"name": "MobileNet", "alpha": 0.25}, "image_size": 128, "seed": 1}')
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {**os.environ, **nowhere, "no_proxy": "", "NO_PROXY": "", "KERAS_HOME": str(tmp_path / "keras")}
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "blocktune", "inspect", "--settings", section, "--output", tmp_path / "layers.json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    # Most of it is the start of Keras, on a busy machine too
    assert time.monotonic() - begun < 60
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    said = done.stderr[done.stderr.index("error:") :]
    assert "MobileNet-a0.25-imagenet: the ImageNet weights can't be had" in said
    assert "Without a network" in said
    assert "weights: PATH.h5" in said
    # The recipe must give the weights that are asked for
    assert "alpha=0.25" in said
    assert not (tmp_path / "layers.json").exists()
    assert Path(tmp_path / "keras").is_dir()
