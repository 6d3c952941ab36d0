"""Preparation, and reading what it wrote."""

import csv
import hashlib
import resource

import numpy as np
import pytest

from blocktune.data.decode import decode
from blocktune.data.prepare import prepare
from blocktune.data.prepared import Prepared
from blocktune.errors import BlocktuneError
from blocktune.files.dataset import Dataset
from blocktune.settings.data import Data

FILES = {"images.npy", "labels.npy", "manifest.csv", "dataset.json"}


def names_in(folder):
    return {path.name for path in folder.iterdir()}


def folder_settings(folder, **more):
    return Data(source="folder", name="mine", path=str(folder), image_size=8, **more)


def test_what_is_written(make_folder, flowers, tmp_path):
    about = prepare(folder_settings(make_folder(flowers)), 1, tmp_path / "out")
    assert names_in(tmp_path / "out") == FILES
    assert Dataset.read(tmp_path / "out/dataset.json") == about
    assert about.classes == ("daisy", "roses", "tulips")
    assert about.counts == {"daisy": 2, "roses": 2, "tulips": 2}
    assert (about.images, about.skipped, about.duplicates) == (6, (), 0)
    prepared = Prepared.open(tmp_path / "out")
    assert prepared.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert (prepared.classes, prepared.digest, prepared.image_size) == (
        ("daisy", "roses", "tulips"),
        about.digest,
        8,
    )
    with (tmp_path / "out/manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        content = flowers[row["file"]]
        assert (int(row["row"]), row["sha256"]) == (number, hashlib.sha256(content).hexdigest())
        assert row["class"] == prepared.classes[prepared.labels[number]]
        assert np.array_equal(prepared.images[number], decode(content, 8))


def test_digest_is_what_a_network_is_fed(make_folder, make_archive, flowers, picture, tmp_path):
    folder = make_folder(flowers)
    digest = prepare(folder_settings(folder), 1, tmp_path / "a").digest
    archive = Data(source="archive", path=str(make_archive(flowers)), image_size=8)
    assert prepare(archive, 2, tmp_path / "b").digest == digest
    renamed = make_folder({name.replace("roses", "thorns"): content for name, content in flowers.items()}, "renamed")
    assert prepare(folder_settings(renamed), 1, tmp_path / "c").digest != digest
    changed = make_folder(flowers | {"daisy/a.jpg": picture(77)}, "changed")
    assert prepare(folder_settings(changed), 1, tmp_path / "d").digest != digest


def test_duplicates_are_counted(make_folder, flowers, picture, tmp_path):
    copies = {"daisy/x.jpg": picture(0), "roses/x.jpg": picture(0), "roses/y.jpg": picture(1)}
    assert prepare(folder_settings(make_folder(flowers | copies)), 1, tmp_path / "out").duplicates == 3


def test_bad_image_stops(make_folder, flowers, tmp_path):
    folder = make_folder(flowers | {"roses/bad.jpg": b"hello"})
    with pytest.raises(BlocktuneError, match=r"roses/bad\.jpg .*on_bad_image: skip"):
        prepare(folder_settings(folder), 1, tmp_path / "out")
    assert names_in(tmp_path / "out") == set()


def test_bad_images_are_skipped_and_listed(make_folder, flowers, picture, tmp_path):
    bad = {"daisy/0.jpg": b"", "roses/bad.jpg": b"hello", "tulips/9.jpg": picture(5)[:-60]}
    about = prepare(folder_settings(make_folder(flowers | bad), on_bad_image="skip"), 1, tmp_path / "out")
    assert [entry.file for entry in about.skipped] == list(bad)
    assert all(entry.reason for entry in about.skipped)
    clean = prepare(folder_settings(make_folder(flowers, "clean")), 1, tmp_path / "clean-out")
    assert about.digest == clean.digest
    for name in ("images.npy", "labels.npy", "manifest.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "clean-out" / name).read_bytes()


def test_too_little_left_after_skipping(make_folder, picture, tmp_path):
    folder = make_folder({"a/1.jpg": picture(1), "b/1.jpg": b"hello"})
    with pytest.raises(BlocktuneError, match="at least two are needed"):
        prepare(folder_settings(folder, on_bad_image="skip"), 1, tmp_path / "out")


def test_digits(tmp_path):
    settings = Data(source="digits", name="digits", image_size=12, digits=[8, 3])
    about = prepare(settings, 1, tmp_path / "out")
    assert about.counts == {"3": 183, "8": 174}
    assert (tmp_path / "out/manifest.csv").read_text().splitlines()[1].startswith("0,digits/0003,3,")
    assert prepare(settings, 2, tmp_path / "other").digest != about.digest


def test_disk_full_leaves_nothing_and_keeps_what_was_there(make_folder, flowers, tmp_path):
    settings = folder_settings(make_folder(flowers))
    prepare(settings, 1, tmp_path / "out")
    before = (tmp_path / "out/images.npy").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, limits[1]))
    try:
        with pytest.raises(BlocktuneError, match="can't write to") as caught:
            prepare(settings, 1, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(tmp_path / "out") in str(caught.value)
    assert names_in(tmp_path / "out") == FILES
    assert (tmp_path / "out/images.npy").read_bytes() == before


def test_output_that_can_not_be_a_folder(make_folder, flowers, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BlocktuneError, match="can't write to"):
        prepare(folder_settings(make_folder(flowers)), 1, tmp_path / "file/out")


@pytest.mark.parametrize("name", ["images.npy", "labels.npy", "dataset.json"])
@pytest.mark.parametrize("damage", ["missing", "truncated", "empty"])
def test_damage_is_found_on_opening(make_folder, flowers, tmp_path, name, damage):
    prepare(folder_settings(make_folder(flowers)), 1, tmp_path / "out")
    path = tmp_path / "out" / name
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[: len(content) - 9] if damage == "truncated" else b"")
    with pytest.raises(BlocktuneError, match=name):
        Prepared.open(tmp_path / "out")


def test_files_of_different_datasets(make_folder, flowers, tmp_path):
    prepare(folder_settings(make_folder(flowers)), 1, tmp_path / "out")
    np.save(tmp_path / "out/labels.npy", np.zeros(5, np.int64))
    with pytest.raises(BlocktuneError, match="do not belong together"):
        Prepared.open(tmp_path / "out")
