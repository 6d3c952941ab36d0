"""Settings by section: a step's file changes only with what the step depends on."""

import importlib.util
import json
import os
import sys
from functools import cache
from typing import get_args

import pytest

from blocktune.errors import BlocktuneError
from blocktune.settings.code import code_digests
from blocktune.settings.data import Data
from blocktune.settings.given_files import check_files
from blocktune.settings.load import validate
from blocktune.settings.members import source_path
from blocktune.settings.model import Settings
from blocktune.settings.sections import dataset_key, write_sections

BACKBONE = {"name": "VGG16", "weights": "none"}
NO_TARGETS = {"factors": {"targets": {"shifts": []}}}
# The code stays as it is
DIGESTS = cache(code_digests)


@pytest.fixture
def sections(tmp_path, monkeypatch):
    """`sections(training={...})` writes the files and returns their contents by name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("blocktune.settings.sections.code_digests", DIGESTS)

    def write(**settings):
        write_sections(validate(Settings, {"backbones": [BACKBONE], **settings}), tmp_path / "sections")
        files = (tmp_path / "sections").rglob("*.json")
        return {str(path.relative_to(tmp_path / "sections")): path.read_text() for path in files}

    return write


def changed(before, after):
    return {name for name in after if before.get(name) != after[name]}


@pytest.mark.parametrize(
    ("settings", "files"),
    [
        ({"figures": {"dpi": 80}}, {"figures.json"}),
        ({"factors": {"seeds": 2}}, {"factors.json"}),
        ({"study": "other"}, {"report.json"}),
        ({"export": {"to": ["csv"]}}, set()),
        ({"backbones": [BACKBONE | {"label": "Big"}]}, {"report.json"}),
        ({"training": {"epochs": 3}}, {"report.json", "planning.json"}),
        ({"split": {"seed": 3}, **NO_TARGETS}, {"report.json", "planning.json", "split.json"}),
        ({"factors": {"targets": {"shifts": ["blur"], "strengths": [0.2]}}}, {"factors.json", "targets/blur-0.2.json"}),
        ({"pretraining": {"epochs": 3}}, {"report.json", "planning.json", "pretraining.json"}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_change_reaches_the_files_of_the_steps_it_matters_to(sections, settings, files):
    before = sections(**NO_TARGETS) if "split" in settings else sections()
    assert changed(before, sections(**settings)) == {"settings.json", *files}


def test_where_runs_are_shown_is_in_no_file_that_a_step_depends_on(sections):
    """What was planned before there was this section stays planned."""
    for name, content in sections(export={"to": ["csv"]}).items():
        assert name == "settings.json" or '"export"' not in content


def test_a_image_counts_by_content_and_not_by_date(sections, tmp_path):
    for name in ("a", "b"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        (tmp_path / "photos" / name / "1.jpg").write_bytes(b"one")
    data = {"source": "folder", "path": "photos", "name": "mine"}
    first = sections(data=data)
    photo = tmp_path / "photos" / "a" / "1.jpg"
    os.utime(photo, (1, 1))
    assert changed(first, sections(data=data)) == set()
    times = photo.stat()
    photo.write_bytes(b"two!")
    os.utime(photo, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert changed(first, sections(data=data)) == {"data.json"}


def test_a_network_of_ones_own_counts_by_what_its_file_or_its_module_holds(sections, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend("")  # As in `python -c`: an empty folder looks like a package
    alone = importlib.util.spec_from_file_location("nets", tmp_path / "nets.py")
    model, module, other = tmp_path / "bird.keras", tmp_path / "nets" / "small.py", tmp_path / "nets" / "unused.py"
    module.parent.mkdir()
    for file in (model, module, other):
        file.write_text("first = 1")
    own = [{"name": "bird.keras", "native": "tf"}, {"name": "nets.small:net", "native": "raw"}]
    names = ["backbones/bird-own.json", "backbones/nets.small.net-own.json"]
    before = sections(backbones=own)
    for number, file in enumerate((model, module)):
        file.write_text("second = 2")
        after = sections(backbones=own)
        assert changed(before, after) == {names[number]}
        before = after
    other.write_text("second = 2")
    assert changed(before, sections(backbones=own)) == set()
    # A package counts as a whole; what is gone is as it was
    (module.parent / "small").mkdir()
    module.rename(module.parent / "small" / "__init__.py")
    before = sections(backbones=own)
    (module.parent / "small" / "parts.py").write_text("third = 3")
    after = sections(backbones=own)
    assert changed(before, after) == {names[1]}
    model.unlink()
    (module.parent / "small" / "__init__.py").unlink()
    assert changed(after, sections(backbones=own)) == set()
    # Nor is it in a module of that name that is no package
    monkeypatch.setitem(sys.modules, "nets", importlib.util.module_from_spec(alone))
    assert changed(after, sections(backbones=own)) == set()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"name": "no/bird.keras", "native": "tf"}, ["backbones[0].name: no file 'no/bird.keras'", "looked for"]),
        (
            {"name": "nobodys.nets:net", "native": "tf"},
            ["backbones[0].name: no module nobodys.nets", "nobodys/nets.py"],
        ),
        ({"name": "json:net", "native": "tf", "weights": "a.h5"}, ["backbones[0].weights: no file 'a.h5'"]),
    ],
    ids=lambda given: given.get("name") if isinstance(given, dict) else "",
)
def test_what_a_network_is_made_from_is_looked_for_before_anything_starts(tmp_path, monkeypatch, entry, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BlocktuneError) as raised:
        check_files(validate(Settings, {"backbones": [entry]}))
    assert [words for words in said if words not in str(raised.value)] == []


def test_a_module_that_is_installed_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_files(validate(Settings, {"backbones": [{"name": "json:loads", "native": "tf"}]}))


def test_an_archive_and_weights_count_by_content_and_stay_known_when_they_are_gone(sections, tmp_path):
    archive, weights = tmp_path / "photos.tgz", tmp_path / "net.h5"
    archive.write_bytes(b"one")
    weights.write_bytes(b"w")
    settings = {
        "data": {"source": "archive", "path": "photos.tgz", "name": "mine"},
        "backbones": [{"name": "VGG16", "weights": "net.h5"}],
    }
    first = sections(**settings)
    assert json.loads(first["data.json"])["files"][0][:2] == ["photos.tgz", 3]
    archive.write_bytes(b"another")
    weights.write_bytes(b"v")
    second = sections(**settings)
    assert changed(first, second) == {"data.json", "backbones/VGG16-net.json"}
    archive.unlink()
    weights.unlink()
    assert changed(second, sections(**settings)) == set()


def test_which_value_is_white_matters_where_it_is_set_and_changes_nothing_where_it_is_not(sections):
    before = sections(data={"source": "tfds", "name": "tf_flowers"})
    assert "max_16bit" not in before["data.json"]
    assert changed(before, sections(data={"source": "tfds", "name": "tf_flowers", "max_16bit": "full"})) == set()
    after = sections(data={"source": "tfds", "name": "tf_flowers", "max_16bit": 4095})
    assert "data.json" in changed(before, after)
    given = [{"backbones": [BACKBONE], "data": {"max_16bit": white}} for white in ("full", "seen", 4095)]
    assert len({dataset_key(validate(Settings, one)) for one in given}) == 3


def test_every_source_of_the_settings_has_its_section(sections, tmp_path):
    (tmp_path / "photos.tgz").write_bytes(b"photos")
    for source in get_args(Data.model_fields["source"].annotation):
        path = {"file": str(tmp_path / "photos.tgz"), "folder": str(tmp_path)}.get(source_path(source))
        found = json.loads(sections(data={"source": source, "path": path})["data.json"])
        assert bool(found["files"]) == (path is not None)


def test_the_pictures_that_distances_are_measured_from_count_by_content(sections, tmp_path):
    (tmp_path / "source" / "a").mkdir(parents=True)
    picture = tmp_path / "source" / "a" / "1.jpg"
    picture.write_bytes(b"one")
    factors = {"targets": {"source_pictures": "source"}}
    before = sections(factors=factors)
    picture.write_bytes(b"two")
    assert changed(before, sections(factors=factors)) == {"source_pictures.json"}
