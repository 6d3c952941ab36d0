"""Settings by section: a step's file changes only with what the step depends on."""

import json
import os

import pytest

from blocktune.settings.load import validate
from blocktune.settings.model import Settings
from blocktune.settings.sections import write_sections

BACKBONE = {"name": "VGG16", "weights": "none"}
NO_TARGETS = {"factors": {"targets": {"shifts": []}}}


@pytest.fixture
def sections(tmp_path, monkeypatch):
    """`sections(training={...})` writes the files and returns their contents by name."""
    monkeypatch.chdir(tmp_path)

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


def test_a_photograph_counts_by_content_and_not_by_date(sections, tmp_path):
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
