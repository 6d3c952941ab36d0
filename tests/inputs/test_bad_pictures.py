"""Folders and archives that can't be images: one clear error, status 2, nothing written anywhere."""

import io
import json
import tarfile

import pytest
from bad_pictures import BAD_PICTURES
from made import GOOD, folder, picture, tar

from blocktune.cli.main import main
from blocktune.data import limits


def prepare(place, data):
    """Arguments of `blocktune prepare` for these settings."""
    (place / "data.json").write_text(json.dumps({"data": {"name": "mine", "image_size": 8, **data}, "seed": 1}))
    files = (
        f"--{name.split('.')[0]}={place / 'out' / name}"
        for name in ("images.npy", "labels.npy", "manifest.csv", "dataset.json")
    )
    return ["prepare", "--settings", place / "data.json", *files]


@pytest.mark.parametrize(("make", "said"), [row[1:] for row in BAD_PICTURES], ids=[row[0] for row in BAD_PICTURES])
def test_one_clear_error_and_nothing_is_left(make, said, refused, tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    arguments = prepare(place, make(place))
    before = sorted(path for path in tmp_path.rglob("*"))
    refused(arguments, said)
    made = set(tmp_path.rglob("*")) - set(before)
    assert made <= {place / "out"}
    assert not list((place / "out").glob("*"))


def test_the_corpus_is_as_large_as_is_said():
    names = [row[0] for row in BAD_PICTURES]
    assert len(names) == len(set(names)) >= 60


@pytest.mark.parametrize("source", ["folder", "archive"])
def test_what_is_not_bad_passes(source, tmp_path):
    """The same builders without the damage: else the rows above could fail for any reason."""
    folder(tmp_path / "photos", GOOD)
    (tmp_path / "photos.tgz").write_bytes(tar(GOOD, "w:gz"))
    path = tmp_path / ("photos" if source == "folder" else "photos.tgz")
    assert main([*map(str, prepare(tmp_path, {"source": source, "path": str(path)}))]) == 0


def test_an_archive_of_too_many_files(refused, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_FILES", 100)
    (tmp_path / "a.tar").write_bytes(tar({f"a/{number}.jpg": b"x" for number in range(101)}))
    refused(prepare(tmp_path, {"source": "archive", "path": str(tmp_path / "a.tar")}), ["holds more than 100 files"])


def test_an_archive_that_grows_in_unpacking(refused, tmp_path, monkeypatch):
    """A real bomb, of a size that a test can make: 20 MB of zeros in some kB."""
    monkeypatch.setattr(limits, "FREE_BYTES", 2**20)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        for number in range(20):
            member = tarfile.TarInfo(f"a/{number}.jpg")
            member.size = 2**20
            packed.addfile(member, io.BytesIO(b"\0" * 2**20))
    (tmp_path / "a.tgz").write_bytes(buffer.getvalue())
    said = ["bytes unpacked, 200 times its own size"]
    refused(prepare(tmp_path, {"source": "archive", "path": str(tmp_path / "a.tgz")}), said)


def test_a_damaged_archive_says_the_same_twice(refused, tmp_path):
    (tmp_path / "a.tgz").write_bytes(tar(GOOD | {"b/9.jpg": picture(9)}, "w:gz")[:-30])
    arguments = prepare(tmp_path, {"source": "archive", "path": str(tmp_path / "a.tgz")})
    assert refused(arguments, ["truncated"]) == refused(arguments, [str(tmp_path / "a.tgz")])
