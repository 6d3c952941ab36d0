"""Where a study may run: another file system, a strict umask, a user without a home, a locale that is not UTF-8."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from made import folder, picture

from blocktune.backbones.imagenet import imagenet_file
from blocktune.cli.main import main
from blocktune.data.tfds import dataset_folder
from blocktune.errors import BlocktuneError
from blocktune.settings.backbone import Backbone
from blocktune.utf8 import require_utf8

MEMORY = Path("/dev/shm")
CLASSES = ("gänse", "中文")
PICTURES = {f"{name}/bïld {n}.png": picture(n + 30 * k, "PNG") for k, name in enumerate(CLASSES) for n in range(10)}
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture(scope="session")
def latin(tmp_path_factory):
    """The environment of a Latin-1 locale, made for this test."""
    place = tmp_path_factory.mktemp("locale")
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-i", "en_US", "-f", "ISO-8859-1", "--no-archive", place / "en_US.ISO-8859-1"],
        capture_output=True,
    )
    if not made or not (place / "en_US.ISO-8859-1" / "LC_CTYPE").is_file():
        pytest.skip("localedef can't make a Latin-1 locale here")
    return {"LOCPATH": str(place), "LC_ALL": "en_US.ISO-8859-1"}


@pytest.fixture
def elsewhere():
    """A folder on another file system than the temporary one."""
    if not MEMORY.is_dir() or MEMORY.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
        pytest.skip("there is no second file system here")
    place = Path(tempfile.mkdtemp(dir=MEMORY))
    yield place
    shutil.rmtree(place)


def prepare(place, pictures, out):
    settings = {"data": {"source": "folder", "path": str(pictures), "name": "x", "image_size": 8}, "seed": 1}
    (place / "data.json").write_text(json.dumps(settings))
    names = ("images.npy", "labels.npy", "manifest.csv", "dataset.json")
    return ["prepare", "--settings", str(place / "data.json"), *(f"--{n.split('.')[0]}={out / n}" for n in names)]


def test_outputs_on_another_file_system_through_a_link(elsewhere, tmp_path):
    (tmp_path / "out").symlink_to(elsewhere)
    assert main(prepare(tmp_path, folder(tmp_path / "photos", PICTURES), tmp_path / "out")) == 0
    assert len(list(elsewhere.iterdir())) == 4


def test_a_strict_umask_is_kept(tmp_path):
    before = os.umask(0o077)
    try:
        assert main(prepare(tmp_path, folder(tmp_path / "photos", PICTURES), tmp_path / "out")) == 0
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_a_user_without_a_home(tmp_path, monkeypatch, refused):
    """As in a container that runs under any number: no HOME, and no entry in the list of users."""
    import pwd

    def nobody(_):
        raise KeyError

    for name in ("HOME", "KERAS_HOME", "TFDS_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    # Where Keras puts its files then
    assert imagenet_file(Backbone(name="VGG16"), 224).is_relative_to("/tmp/.keras")
    assert dataset_folder("tf_flowers").name == "tf_flowers"
    (tmp_path / "s.yaml").write_text("backbones: [{name: VGG16}]\ndata: {name: no_such_dataset}\n")
    refused(["fetch", "--offline", "--configfile", tmp_path / "s.yaml"], ["offline: 2 of 2 things"])
    refused(prepare(tmp_path, "~/photos", tmp_path / "out"), ["data.path ~/photos: this user has no home folder"])


def test_names_that_a_locale_lacks_are_refused_where_nothing_can_be_done(monkeypatch):
    require_utf8("/any/wörd", None)
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "iso8859-1")
    require_utf8("/plain", None)
    with pytest.raises(
        BlocktuneError, match=r"iso8859-1, not UTF-8, so '/any/w\\xf6rd' would be another file.*PYTHONUTF8"
    ):
        require_utf8("/plain", "/any/wörd")


@pytest.mark.parametrize("locale", ["ascii", "latin"])
def test_a_command_in_another_locale_writes_the_same(locale, request, tmp_path):
    environment = ASCII if locale == "ascii" else request.getfixturevalue("latin")
    pictures = folder(tmp_path / "fötos", PICTURES)
    assert main(prepare(tmp_path, pictures, tmp_path / "here")) == 0
    arguments = prepare(tmp_path, pictures, tmp_path / "there")
    bare = {"PATH": os.environ["PATH"], **environment}
    done = subprocess.run([sys.executable, "-m", "blocktune", *arguments], env=bare, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    for file in (tmp_path / "here").iterdir():
        assert file.read_bytes() == (tmp_path / "there" / file.name).read_bytes()


def study_in(place, new_study, target, **environment):
    """A study of odd class names, without a home, under a strict umask, with these variables alone."""
    study = new_study(place / "study")
    pictures = folder(place / "photos", PICTURES)
    overlay = (
        f"data: {{source: folder, name: x, path: {pictures}}}\nsplit: {{search: 0.2, final: 0.6, validation: 0.4}}\n"
    )
    before = os.umask(0o077)
    try:
        study.make(*target, overlay=overlay, environment={"HOME": "/nowhere", **environment})
    finally:
        os.umask(before)
    return study


def test_snakemake_in_all_of_this_at_once(elsewhere, new_study):
    study = study_in(elsewhere, new_study, ["results/plan/splits.csv"], **ASCII)
    assert list(study.json("results/plan/splits.json")["parts"]["final"]["classes"]) == list(CLASSES)
    assert stat.S_IMODE((study.folder / "results/plan/splits.csv").stat().st_mode) == 0o600


@pytest.mark.long
@pytest.mark.parametrize("locale", ["ascii", "latin"])
def test_a_whole_study_in_all_of_this(locale, request, elsewhere, new_study):
    environment = ASCII if locale == "ascii" else request.getfixturevalue("latin")
    study = study_in(elsewhere, new_study, [], **environment)
    assert "gänse" in study.read("results/report.html")
    study_in(elsewhere, new_study, ["models"], **environment)
    (model,) = (study.folder / "results" / "models").rglob("model.keras")
    assert json.loads((model.parent / "labels.json").read_text(encoding="utf-8")) == list(CLASSES)
