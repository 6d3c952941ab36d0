"""`blocktune fetch` and offline: what is named as missing, and what is fetched. The downloads are stand-ins."""

import shutil

import h5py
import pytest

from blocktune.cli import fetching
from blocktune.cli.main import main
from blocktune.data.tfds import prepared_versions
from blocktune.errors import BlocktuneError
from blocktune.fetch.needs import list_needs, require_offline
from blocktune.settings.load import load_config, read_files

QUARTER = "mobilenet_2_5_224_tf_no_top.h5"
STUDY = """
study: elsewhere
data: {image_size: 96}
backbones:
  - {name: MobileNet, alpha: 0.25}
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a study's settings in it, and a home without data sets and weights."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text(STUDY)
    return tmp_path


def put_dataset(place, version="3.0.1"):
    folder = place / "tfds" / "tf_flowers" / version
    folder.mkdir(parents=True)
    (folder / "dataset_info.json").write_text("{}")
    return folder


def put_weights(place):
    file = place / "keras" / "models" / QUARTER
    file.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(file, "w") as content:
        content["weights"] = range(1000)
    return file


def settings(place):
    return load_config(read_files([place / "study.yaml"]))[0]


def offline(capsys, *arguments):
    """Status, standard output and standard error of the check."""
    status = main(["fetch", "--offline", "--configfile", "study.yaml", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


# ------------------------------------------------------------------------------------------------------------------
# what is missing


def test_everything_that_is_missing_is_named_with_its_place(place, capsys):
    status, out, err = offline(capsys)
    assert (status, out) == (2, "")
    assert "offline: 2 of 2 things that the settings need can't be had without a network" in err
    assert f"data.name: dataset tf_flowers: not in {place}/tfds/tf_flowers" in err
    assert f"backbones[0]: MobileNet-a0.25-imagenet weights: no file {place}/keras/models/{QUARTER}" in err
    assert "the same command without --offline" in err


def test_no_settings_file_is_dropped(place, capsys):
    (place / "more.yaml").write_text("data: {name: no_such_dataset}\n", encoding="utf-8")
    assert "dataset no_such_dataset" in offline(capsys, "--configfile", "more.yaml")[2]


def test_what_is_there_is_listed_and_nothing_is_imported_for_it(place, capsys):
    dataset, weights = put_dataset(place), put_weights(place)
    status, out, err = offline(capsys)
    assert (status, err) == (0, "")
    assert out.splitlines() == [f"dataset tf_flowers: in {dataset}", f"MobileNet-a0.25-imagenet weights: in {weights}"]


def test_half_a_weights_file_is_damaged(place, capsys):
    put_dataset(place)
    weights = put_weights(place)
    weights.write_bytes(weights.read_bytes()[:1000])
    status, _, err = offline(capsys)
    assert status == 2
    assert "1 of 2 things" in err
    assert f"backbones[0]: MobileNet-a0.25-imagenet weights: {weights} is truncated or damaged" in err


def test_a_half_prepared_dataset_is_missing(place, capsys):
    put_weights(place)
    put_dataset(place, "incomplete.XYZ_3.0.1").joinpath("dataset_info.json").unlink()
    assert offline(capsys)[0] == 2


def test_a_dataset_with_variants_and_versions(place):
    (place / "tfds" / "many" / "small" / "1.0.0").mkdir(parents=True)
    (place / "tfds" / "many" / "small" / "1.0.0" / "dataset_info.json").touch()
    assert [path.name for path in prepared_versions("many")] == ["1.0.0"]
    assert prepared_versions("many/small") == prepared_versions("many")
    assert prepared_versions("many/small:1.0.0") == prepared_versions("many")
    assert prepared_versions("many/large") == prepared_versions("many:2.0.0") == []


def test_prepared_images_need_no_source(place):
    put_weights(place)
    assert [need.key for need in list_needs(settings(place), prepared=True)] == ["backbones[0]"]
    require_offline(settings(place), True, "")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("data={source: archive, path: nowhere.tgz}", "data.path: archive nowhere.tgz: not in"),
        ("data={source: folder, path: nowhere}", "data.path: folder nowhere: not in"),
        ("backbones=[{name: MobileNet, weights: mine.h5}]", "backbones[0].weights: MobileNet-mine weights: not in"),
        ("backbones=[{name: mine.keras, native: tf}]", "backbones[0].name: mine-own model: not in"),
        ("backbones=[{name: 'mine:net', native: tf}]", "backbones[0].name: mine.net-own module: no module mine"),
    ],
)
def test_files_of_the_user_are_looked_for_too_and_fetch_cannot_get_them(place, capsys, config, said):
    assert said in offline(capsys, "--config", config)[2]
    assert main(["fetch", "--configfile", "study.yaml", "--config", config]) == 2
    assert "fetch can't get it" in capsys.readouterr().err


def test_a_network_of_ones_own_that_is_there(place, capsys):
    (place / "mine.keras").touch()
    (place / "nets.py").touch()
    own = "backbones=[{name: mine.keras, native: tf}, {name: 'nets:net', native: tf}]"
    status, out, _ = offline(capsys, "--config", "data={source: digits}", own)
    assert (status, out) == (0, "mine-own model: in mine.keras\nnets.net-own module: in nets.py\n")


def test_the_demo_needs_nothing(place, capsys):
    status, out, _ = offline(
        capsys, "--config", "data={source: digits}", "backbones=[{name: TinyPlain, weights: digits}]"
    )
    assert (status, out) == (0, "nothing is needed from outside\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--configfile", "nowhere.yaml"], "settings file"),
        (["--config", "seed"], "--config seed: must be KEY=VALUE"),
        (["--config", "data={source"], "must be KEY=VALUE, the value in YAML"),
        (["--config", "sead=1"], "unknown key sead"),
        (["--directory", "nowhere"], "--directory nowhere: no such folder"),
    ],
)
def test_a_mistake_is_one_error(place, capsys, arguments, said):
    assert main(["fetch", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


# ------------------------------------------------------------------------------------------------------------------
# fetching


@pytest.fixture
def network(place, monkeypatch, tmp_path_factory):
    """A stand-in for the network: a prepared data set, and Keras' download answered with a file of random weights."""
    fetched = []

    def dataset(name):
        fetched.append(name)
        put_dataset(place)

    def download(url, target, reporthook=None):
        import keras

        fetched.append(url.rsplit("/", 1)[1])
        made = tmp_path_factory.mktemp("made") / "weights.weights.h5"
        keras.applications.MobileNet(alpha=0.25, include_top=False, weights=None, input_shape=(96, 96, 3)).save(
            made.with_name("whole.h5")
        )
        shutil.move(made.with_name("whole.h5"), target)

    from keras.src.utils import file_utils

    monkeypatch.setattr("blocktune.data.tfds.open_tfds", dataset)
    monkeypatch.setattr(file_utils, "urlretrieve", download)
    # Keras reads its folder when it is imported, which other tests have done
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(place / "keras"))
    (place / "keras").mkdir(exist_ok=True)
    return fetched


@pytest.mark.filterwarnings("ignore")
def test_fetch_gets_what_is_missing_and_nothing_twice(place, network, capsys):
    assert main(["fetch", "--configfile", "study.yaml"]) == 0, capsys.readouterr().err
    assert network == ["tf_flowers", QUARTER]
    assert "dataset tf_flowers: in" in capsys.readouterr().out
    assert offline(capsys)[0] == 0
    assert main(["fetch", "--configfile", "study.yaml"]) == 0
    assert len(network) == 2


@pytest.mark.filterwarnings("ignore")
def test_fetch_replaces_half_a_file(place, network, capsys):
    put_dataset(place)
    weights = put_weights(place)
    weights.write_bytes(weights.read_bytes()[:1000])
    assert main(["fetch", "--configfile", "study.yaml"]) == 0, capsys.readouterr().err
    assert network == [QUARTER]
    assert offline(capsys)[0] == 0


def test_what_arrived_elsewhere_is_noticed(place, monkeypatch, capsys):
    put_weights(place)
    monkeypatch.setattr("blocktune.data.tfds.open_tfds", lambda name: None)
    assert main(["fetch", "--configfile", "study.yaml"]) == 2
    assert "dataset tf_flowers: not in" in capsys.readouterr().err


def test_the_base_is_the_workflow_s_own_params(place, monkeypatch):
    assert fetching._PARAMS.is_file()
    assert main(["fetch", "--offline", "--config", "data={source: digits}"]) == 2


def test_require_offline_says_which_command_fetches(place):
    with pytest.raises(BlocktuneError, match=r"blocktune fetch --configfile study\.yaml"):
        require_offline(settings(place), False, "blocktune fetch --configfile study.yaml")
