"""The tutorial and the how-to that goes on from it, command by command, on a small folder of pictures."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))

from documented import blocks, clone, environment
from test_commands import classifier, own_networks, pictures

pytestmark = pytest.mark.long

# "Read it, change it": what makes minutes of hours
QUICKLY = {
    "data": {"image_size": 32},
    "training": {"epochs": 2},
    "search": {"candidates": 2, "rates": [1e-3]},
}
STUDY = "studies/birds/results"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder like the repository with pictures in it; what would be downloaded is there, with random weights."""
    import keras

    place = clone(tmp_path_factory.mktemp("tutorial"))
    pictures(place / "birds", ["blue tit", "robin"], 14)
    pictures(place / "new_pictures", ["."], 2)
    (place / "keras" / "models").mkdir(parents=True)
    keras.utils.set_random_seed(1)
    network = keras.applications.MobileNet(alpha=0.25, include_top=False, weights=None, input_shape=(32, 32, 3))
    # With the statistics of nothing no difference between pictures would get through
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    network(np.random.default_rng(0).uniform(-1, 1, (64, 32, 32, 3)), training=True)
    network.save(place / "keras" / "models" / "mobilenet_2_5_224_tf_no_top.h5")
    return place


@pytest.fixture(scope="module")
def terminal(place):
    """`terminal(block)` runs a page's block as it stands and returns what it printed."""

    def run(*command):
        done = subprocess.run(
            command if len(command) > 1 else ["/bin/bash", "-eu", "-c", *command],
            cwd=place,
            env=environment(place, PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin"),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="module")
def tutorial(place, terminal):
    """What each block of the tutorial printed."""
    new, *others = blocks("docs/own-images.md", "bash")
    printed = [terminal(new)]
    file = place / "birds.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    for section, values in QUICKLY.items():
        settings[section] = settings.get(section, {}) | values
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return printed + [terminal(block) for block in others]


@pytest.fixture(scope="module")
def how_to(place, terminal, tutorial):
    """What each block of the how-to on a network of one's own printed."""
    classifier(place)
    terminal(sys.executable, "-c", own_networks(place))
    return [terminal(block) for block in blocks("docs/own-backbone.md", "bash")]


def table_one(place):
    text = (place / STUDY / "tables" / "table1.csv").read_text(encoding="utf-8")
    return [row["backbone"] for row in csv.DictReader(io.StringIO(text))]


def runs_by_network(place):
    specs = [json.loads(file.read_text()) for file in (place / "studies/birds/data/store").glob("*/*/spec.json")]
    assert specs
    return {name: sum(spec["backbone"]["name"] == name for spec in specs) for name in ("MobileNet", "own")}


def test_the_tutorial_ends_with_predictions(place, tutorial):
    new, _, answer, model = tutorial
    assert "28 images in 2 classes" in new and "wrote birds.yaml" in new
    # A network that was trained on nothing has no code worth showing
    assert "## MobileNet 0.25" in answer and "test accuracy" in answer
    predicted = [line for line in model.splitlines() if line.startswith("new_pictures/")]
    assert len(predicted) == 2
    assert all(line.split("  ")[1].rsplit(" ", 1)[0] in ("blue tit", "robin") for line in predicted)
    assert (place / STUDY / "report.html").stat().st_size > 1e6


def test_a_network_of_ones_own_goes_all_the_way(place, how_to):
    plan, study, function, function_predicted = how_to
    assert "distinct runs" in plan
    assert "## BirdNet" in study and 'keras.saving.load_model("birdnet.keras"' in study
    for printed in (study, function_predicted):
        assert sum(line.startswith(("new_pictures/", "../../new_pictures/")) for line in printed.splitlines()) == 2
    card = (place / STUDY / "models" / "birdnet-own" / "best" / "README.md").read_text(encoding="utf-8")
    assert "from birdnet.keras" in card
    # The last study's, whose network has random weights and says so
    assert table_one(place)[0] == "nets:small (random weights)"
    assert "distinct runs" in function
    # Networks of both kinds were trained, and MobileNet's runs are those of the tutorial
    assert min(runs_by_network(place).values()) >= 5


def test_another_name_for_the_same_network_trains_nothing(place, terminal, how_to):
    before = runs_by_network(place)
    study = place / "studies" / "birds"
    (study / "birdnet.keras").rename(study / "renamed.keras")
    (place / "renamed.yaml").write_text("backbones: [{name: renamed.keras, native: tf}]\n")
    block = blocks("docs/own-backbone.md", "bash")[1].splitlines()[0]
    terminal(block.replace("own.yaml", "renamed.yaml"))
    assert table_one(place)[0] == "renamed"
    assert runs_by_network(place) == before
