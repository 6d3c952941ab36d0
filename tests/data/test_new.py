"""`blocktune new`: what it sees in a folder, what it writes, what it refuses."""

import re
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml
from made_up import made_backbone
from PIL import Image

from blocktune.cli import new_time
from blocktune.cli.main import main
from blocktune.data.survey import Copies, survey
from blocktune.errors import BlocktuneError
from blocktune.runs.speed import Depth, Speed
from blocktune.settings.load import load_files, validate
from blocktune.settings.model import Settings
from blocktune.training import speed

ROOT = Path(__file__).parents[2]
TABLES = cache(new_time.build_table)


@pytest.fixture(autouse=True)
def networks_are_built_once(monkeypatch):
    monkeypatch.setattr(new_time, "build_table", TABLES)


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


def new(folder, *arguments, measure=False):
    return main(["new", "--data", str(folder), *map(str, arguments), *([] if measure else ["--no-measure"])])


def test_the_settings_fit_the_pictures_and_are_valid(pictures, capsys):
    assert new(pictures) == 0
    told = capsys.readouterr().out
    assert "42 images in 2 classes" in told and "largest class: 2.5 times the smallest" in told
    (file,) = pictures.parent.glob("*.yaml")
    assert str(file.name) in told
    settings = validate(Settings, yaml.safe_load(file.read_text(encoding="utf-8")))
    assert settings.data.path == str(pictures)
    assert settings.study == "meine Blüten"
    assert settings.evaluation.protocol == "holdout"
    assert settings.split.search == settings.split.final
    assert settings.data.on_bad_image == "fail"


def test_a_deployed_study_goes_on_in_its_own_folder(pictures, capsys):
    (pictures.parent / "config").mkdir()
    assert new(pictures, "--output", "config/config.yaml") == 0
    steps = capsys.readouterr().out.partition("then:\n\n")[2]
    assert re.fullmatch(r"  snakemake --cores \d+\n  blocktune recommend\n\nand open results/report\.html\n", steps)


def test_the_recipe_is_that_of_the_preset(pictures):
    assert new(pictures, "--output", "mine.yaml") == 0
    written = load_files([ROOT / "params.yaml", pictures.parent / "mine.yaml"]).model_dump()
    preset = load_files([ROOT / "params.yaml", ROOT / "presets" / "practice.yaml"]).model_dump()
    for settings in (written, preset):
        del settings["study"], settings["data"], settings["backbones"]
    assert written == preset


def test_too_few_images_to_choose_on_are_told(pictures, capsys):
    assert new(pictures) == 0
    told = capsys.readouterr().out
    # 15 % and 30 % of 42; half a point over the square root of these
    assert "warning: the validation set has about 6 images and the test set 13" in told
    assert "about 20 and 14 points" in told
    assert "few images" in next(pictures.parent.glob("*.yaml")).read_text(encoding="utf-8")


@pytest.fixture
def machine(monkeypatch):
    """`machine(seconds)` is one where a training image takes so long in every epoch; of two cores."""
    from blocktune.files.layers import Layer, LayerTable

    layers = [
        Layer(index, f"l{index}", "Conv2D", 5000 * (index % 2), 0, True, False, (8, 8, 16)) for index in range(30)
    ]
    table = LayerTable(made_backbone(), "tensorflow", "d", 96, 1, tuple(layers))

    def make(image):
        depths = (Depth(0, 2.0, image), Depth(30, 1.0, image))
        monkeypatch.setattr(speed, "measure", lambda *_: (table, Speed(depths, 4.0, 1.0, 0.001, 0.001, 20.0)))
        monkeypatch.setattr(new_time, "usable_cores", lambda: 2)

    return make


def written(pictures):
    (file,) = pictures.parent.glob("*.yaml")
    text = file.read_text(encoding="utf-8")
    return validate(Settings, yaml.safe_load(text)).split.search, text


def test_what_was_measured_is_announced(pictures, machine, capsys):
    machine(0.001)
    assert new(pictures, measure=True) == 0
    told = capsys.readouterr().out
    assert re.search(
        r"about \d+ min of processor time on one core, .* on 2 cores \(measured on this machine for 20 s; right within "
        r"a factor of 1.5\)",
        told,
    )
    assert written(pictures)[0] == 0.7


def test_a_study_of_many_hours_searches_on_a_share(machine):
    machine(0.01)

    def settings_at(share):
        content = load_files([ROOT / "params.yaml", ROOT / "presets" / "practice.yaml"]).model_dump()
        # As long as the times below were chosen for, whatever the recipe's epochs and search are
        every = {"method": "exhaustive", "budget": 24}
        changed = {"split": {"search": share.search}, "training": {"epochs": 8}, "search": every}
        return validate(Settings, content | {name: content[name] | values for name, values in changed.items()})

    def settled(images, classes):
        share, said = new_time.settled(settings_at, images, classes, measured=True)
        return share, said

    (whole, said) = settled(2000, [1000, 1000])
    assert whole == new_time.WHOLE and "split.search" not in said
    (part, said) = settled(20_000, [10_000, 10_000])
    assert part.search < 0.7
    assert f"split.search is {part.search:g} and not 0.7: on the whole training set the study would take about" in said
    assert "the study would take about" in part.why and "warning" not in said, said
    # A class of 20 leaves 5 to search on only on a quarter of all images or more
    (part, said) = settled(200_000, [199_980, 20])
    assert part.search == 0.3 and "warning: the study takes more than 2 h even so" in said
    # Hardly fewer images, and winners that are trained once more: that saves nothing
    (part, said) = settled(2_000_000, [1_999_990, 10])
    assert part == new_time.WHOLE and "warning: the study takes more than 2 h even so" in said


def test_a_machine_that_can_not_be_measured_still_gets_an_estimate(pictures, monkeypatch, capsys):
    def fails(*_):
        raise BlocktuneError("its process ended before it was done")

    monkeypatch.setattr(speed, "measure", fails)
    assert new(pictures, measure=True) == 0
    told = capsys.readouterr().out
    assert "not measured, so operations are counted instead: its process ended before it was done\n" in told
    assert "on one core" in told and written(pictures)[0] == 0.7


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
    refused(pictures, "class 'rosa kraut' has 8 readable images, but the training, validation and test sets")


def test_a_cheaper_search_is_estimated_to_take_less():
    from blocktune.files.layers import Layer, LayerTable
    from blocktune.search.duration import study_seconds

    layers = tuple(Layer(index, f"l{index}", "Conv2D", 5000, 0, True, False, (8, 8, 16)) for index in range(30))
    table = LayerTable(made_backbone(), "tensorflow", "d", 96, 1, layers)

    def seconds(method, images=3000, also=(), **search):
        search = {"method": method, **search}
        content = {"backbones": [{"name": "MobileNet"}], "search": search, "training": {"epochs": 10}}
        content["baselines"] = {"also": [*also]}
        return study_seconds(validate(Settings, content), table, images)

    halving, exhaustive = seconds("halving"), seconds("exhaustive")
    assert exhaustive.least == exhaustive.most
    assert seconds("gradient").most < halving.least < exhaustive.least
    # At worst nobody is discarded, and every round builds each network anew
    assert exhaustive.most < halving.most < 1.5 * exhaustive.most
    assert seconds("exhaustive", 6000).least > 1.5 * exhaustive.least
    # At least a round, at most the budget, whatever the number of candidates
    race = seconds("race", strategies=["lw"])
    twice = seconds("race", strategies=["lw"], budget=48)
    assert race.least < race.most < exhaustive.least and race.least == twice.least
    assert twice.most > race.most
    # A further baseline is one more training, a probe none
    assert seconds("exhaustive", also=["probe"]) == exhaustive
    assert seconds("exhaustive", also=["quarter"]).least > exhaustive.least
