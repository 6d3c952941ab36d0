"""`blocktune new`: what it sees in a folder, what it writes, what it refuses."""

import shutil

import numpy as np
import pytest
import yaml
from PIL import Image

from blocktune.cli.main import main
from blocktune.data.survey import Copies, survey
from blocktune.settings.load import validate
from blocktune.settings.model import Settings


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "meine Blüten"
    generator = np.random.default_rng(0)
    for name, count in (("rosa kraut", 12), ("gelb", 30)):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = generator.integers(0, 256, (20 + number, 40, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


def new(folder, *arguments):
    return main(["new", "--data", str(folder), *map(str, arguments)])


def test_the_settings_fit_the_pictures_and_are_valid(pictures, capsys):
    assert new(pictures) == 0
    told = capsys.readouterr().out
    assert "42 pictures in 2 classes" in told and "largest class: 2.5 times the smallest" in told
    (file,) = pictures.parent.glob("*.yaml")
    assert str(file.name) in told
    settings = validate(Settings, yaml.safe_load(file.read_text(encoding="utf-8")))
    assert settings.data.path == str(pictures)
    assert settings.study == "meine Blüten"
    assert settings.evaluation.protocol == "holdout"
    # Five of the smallest class's twelve, but not more than four tenths
    assert settings.split.search == pytest.approx(0.4)
    assert settings.data.on_bad_image == "fail"


def test_copies_and_broken_files_are_told_apart(pictures, capsys):
    content = (pictures / "gelb" / "3.png").read_bytes()
    (pictures / "gelb" / "copy.png").write_bytes(content)
    (pictures / "rosa kraut" / "copy.png").write_bytes(content)
    (pictures / "rosa kraut" / "notes.txt").write_text("no picture")
    found = survey(pictures)
    assert (found.copies, found.counts) == (Copies(bytes=2, pixels=0, across=1), {"gelb": 31, "rosa kraut": 13})
    assert found.broken == [("rosa kraut/notes.txt", "it is no image of a known format")]
    assert found.sides[0] == 20 and found.sides[2] == 40
    assert new(pictures, "--output", "mine.yaml") == 0
    assert (
        "copies: 2 byte-equal, 0 with equal pixels in another file, 1 of both in another class"
        in capsys.readouterr().out
    )
    assert "on_bad_image: skip" in (pictures.parent / "mine.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_an_archive_is_looked_at_as_the_folder_is(pictures, tmp_path, ending):
    shutil.make_archive(
        str(tmp_path / "rare.birds"), {"zip": "zip", "tar.gz": "gztar"}[ending], tmp_path, pictures.name
    )
    archive = tmp_path / f"rare.birds.{ending}"
    assert survey(archive).counts == survey(pictures).counts
    assert new(archive) == 0
    settings = validate(Settings, yaml.safe_load((tmp_path / "rare.birds.yaml").read_text(encoding="utf-8")))
    assert (settings.data.source, settings.data.path) == ("archive", str(archive))
    assert settings.study == "rare.birds"


def test_a_file_that_is_there_stays(pictures, capsys):
    (pictures.parent / "mine.yaml").write_text("precious")
    assert new(pictures, "--output", "mine.yaml") == 2
    assert "--force" in capsys.readouterr().err
    assert (pictures.parent / "mine.yaml").read_text() == "precious"
    assert new(pictures, "--output", "mine.yaml", "--force") == 0


def test_what_is_no_folder_of_classes_is_refused(pictures, tmp_path, capsys):
    def refused(folder, message):
        assert new(folder) == 2
        assert message in capsys.readouterr().err
        assert not list(tmp_path.glob("*.yaml"))

    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "no class folder")
    refused(tmp_path / "nowhere", "does not exist")
    refused(pictures / "gelb" / "3.png", "can't be read as an archive")
    refused(pictures / "gelb", "no class folder")
    for number in range(4):
        (pictures / "rosa kraut" / f"{number}.png").write_text("broken")
    refused(pictures, "class 'rosa kraut' has 8 readable pictures; at least 10 are needed")


def test_a_cheaper_search_is_estimated_to_take_less():
    from blocktune.candidates.table import Layer, LayerTable
    from blocktune.search.duration import study_seconds

    layers = tuple(Layer(index, f"l{index}", "Conv2D", 5000, 0, True, False, (8, 8, 16)) for index in range(30))
    table = LayerTable({"key": "x"}, "tensorflow", "d", 96, 1, layers)

    def seconds(method, photographs=3000, also=()):
        content = {"backbones": [{"name": "MobileNet"}], "search": {"method": method}, "training": {"epochs": 10}}
        content["baselines"] = {"also": [*also]}
        return study_seconds(validate(Settings, content), table, photographs)

    halving, exhaustive = seconds("halving"), seconds("exhaustive")
    assert exhaustive.least == exhaustive.most
    assert seconds("gradient").most < halving.least < exhaustive.least
    # At worst nobody is discarded, and every round builds each network anew
    assert exhaustive.most < halving.most < 1.5 * exhaustive.most
    assert seconds("exhaustive", 6000).least > 1.5 * exhaustive.least
    # A further baseline is one more training, a probe none
    assert seconds("exhaustive", also=["probe"]) == exhaustive
    assert seconds("exhaustive", also=["quarter"]).least > exhaustive.least
