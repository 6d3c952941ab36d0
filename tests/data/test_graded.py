"""Graded shifts: nothing at strength 0, farther with every step, and a prepared dataset made of them."""

import csv
import json
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from blocktune.data.digits import load_digits_images
from blocktune.data.graded import shifted, write_shifted
from blocktune.data.prepare import prepare
from blocktune.data.prepared import Prepared
from blocktune.data.split import split
from blocktune.errors import BlocktuneError
from blocktune.settings.data import Data, Split

KINDS = ("rotate", "invert", "blur", "noise")
DIGITS = load_digits_images([3, 7], 16, None, 1)[0][:80]
# Coarse patches of any colour, as images have
COLOURS = np.random.default_rng(2).integers(0, 256, (70, 4, 4, 3), dtype=np.uint8).repeat(5, 1).repeat(5, 2)


def distance(images, others):
    return np.sqrt(np.mean(np.square(images.astype(float) - others)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("images", [DIGITS, COLOURS], ids=["digits", "colours"])
def test_distance_grows_with_strength(kind, images):
    before = images.copy()
    assert np.array_equal(shifted(images, kind, 0, 1), images)
    apart = [distance(shifted(images, kind, strength, 1), images) for strength in (0, 0.25, 0.5, 0.75, 1)]
    assert all(farther > nearer for nearer, farther in pairwise(apart))
    assert np.array_equal(images, before)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_has_its_own_stream(kind):
    together = shifted(COLOURS, kind, 0.3, 5)
    assert together.dtype == np.uint8
    assert np.array_equal(together, shifted(COLOURS, kind, 0.3, 5))
    # Alone, and beyond the end of a chunk
    assert np.array_equal(together[67:], shifted(COLOURS[67:], kind, 0.3, 5, first=67))
    random = kind != "blur"
    assert np.array_equal(together, shifted(COLOURS, kind, 0.3, 6)) != random
    same = shifted(np.repeat(COLOURS[:1], 20, axis=0), kind, 0.3, 5)
    assert (len(np.unique(same, axis=0)) == 1) != random


def middle_turned(image, degrees):
    """What a turn leaves of the middle of a picture, where no corner reaches."""
    middle = slice(image.shape[0] // 4, -(image.shape[0] // 4))
    turned = Image.fromarray(image).rotate(degrees, Image.Resampling.BILINEAR)
    return np.asarray(turned)[middle, middle]


def test_the_strongest_turn_is_half_a_right_angle_and_each_picture_keeps_its_side():
    turned = shifted(DIGITS, "rotate", 1, 3)
    pairs = [(middle_turned(new, 0), old) for new, old in zip(turned, DIGITS, strict=True)]
    left = [distance(new, middle_turned(old, 45)) < 1 for new, old in pairs]
    right = [distance(new, middle_turned(old, -45)) < 1 for new, old in pairs]
    assert all(one or other for one, other in zip(left, right, strict=True))
    assert 20 < sum(left) < 60
    # A sixth of the way, the picture is nearer to what goes on to the same side
    little = shifted(DIGITS, "rotate", 1 / 6, 3)
    more = shifted(DIGITS, "rotate", 1 / 3, 3)
    other = shifted(DIGITS[:, :, ::-1], "rotate", 1 / 3, 3)[:, :, ::-1]
    assert distance(little, more) < 0.6 * distance(little, other)


def test_turning_brings_in_no_black_corners():
    light = np.full((2, 20, 20, 3), 200, np.uint8)
    for strength in (0.1, 0.5, 0.8):
        assert (shifted(light, "rotate", strength, 1) == 200).all()


def test_inversion_takes_more_and_more_pictures_to_their_negative():
    assert np.array_equal(shifted(DIGITS, "invert", 1, 1), 255 - DIGITS)
    many, before = np.repeat(COLOURS, 10, axis=0), np.zeros(700, bool)
    for strength in (0.1, 0.5, 0.9):
        images = shifted(many, "invert", strength, 1)
        inverted = (images == 255 - many).all(axis=(1, 2, 3))
        assert np.array_equal(images[~inverted], many[~inverted])
        assert inverted.mean() == pytest.approx(strength, abs=0.06)
        assert inverted[before].all()
        before = inverted


def test_blur_has_the_standard_deviation_it_says():
    point = np.zeros((1, 101, 101, 3), np.uint8)
    point[0, 40:61, 40:61] = 255
    profile = shifted(point, "blur", 0.5, 1)[0, :, :, 0].astype(float).sum(axis=0)
    places = np.arange(101) - 50
    variance = np.sum(profile * places**2) / profile.sum() - np.mean(np.arange(-10, 11) ** 2)
    assert np.sqrt(variance) == pytest.approx(0.5 * 0.08 * 101, rel=0.05)


def test_noise_has_the_standard_deviation_it_says():
    grey = np.full((20, 30, 30, 3), 127, np.uint8)
    added = shifted(grey, "noise", 0.25, 1).astype(float) - 127
    assert added.std() == pytest.approx(32, rel=0.02)
    assert abs(added.mean()) < 0.5
    assert abs(np.corrcoef(added[..., 0].ravel(), added[..., 1].ravel())[0, 1]) < 0.05


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    prepare(Data(source="digits", name="digits", digits=[5, 6, 7], image_size=12), 1, folder)
    return folder


def test_prepared_dataset_of_shifted_images(prepared, tmp_path):
    before, target = Prepared.open(prepared), tmp_path / "far" / "noise"
    write_shifted(prepared, target, "noise", 0.5, 4)
    after = Prepared.open(target)
    assert {path.name for path in target.iterdir()} == {"images.npy", "labels.npy", "manifest.csv", "dataset.json"}
    assert np.array_equal(after.images, shifted(before.images, "noise", 0.5, 4))
    assert np.array_equal(after.labels, before.labels)
    assert (after.classes, after.image_size) == (before.classes, before.image_size)
    about, original = (json.loads((folder / "dataset.json").read_text()) for folder in (target, prepared))
    assert about.pop("shift") == {"kind": "noise", "strength": 0.5, "seed": 4}
    assert about.pop("digest") != original.pop("digest")
    assert about == original
    with (target / "manifest.csv").open() as new, (prepared / "manifest.csv").open() as old:
        assert list(csv.DictReader(new)) == list(csv.DictReader(old))


def test_digest_stands_for_the_pixels(prepared, tmp_path):
    digests = {}
    for name, kind, strength, seed in (
        ("none", "noise", 0, 1),
        ("a", "blur", 0.5, 1),
        ("again", "blur", 0.5, 2),
        ("b", "blur", 1, 1),
    ):
        write_shifted(prepared, tmp_path / name, kind, strength, seed)
        digests[name] = Prepared.open(tmp_path / name).digest
    # What a network is fed is the same: so are the runs
    assert digests["none"] == Prepared.open(prepared).digest
    assert digests["a"] == digests["again"]
    assert len(set(digests.values())) == 3


def test_the_split_of_shifted_images_is_the_same(prepared, tmp_path):
    write_shifted(prepared, tmp_path / "out", "rotate", 0.5, 1)
    tables = []
    for number, folder in enumerate((prepared, tmp_path / "out")):
        table, summary = tmp_path / f"{number}.csv", tmp_path / f"{number}.json"
        split(Split(method="stratified"), 1, folder / "manifest.csv", folder / "dataset.json", table, summary)
        tables.append(table.read_text())
    assert tables[0] == tables[1]


def test_bad_folders_leave_nothing_behind(prepared, tmp_path):
    with pytest.raises(BlocktuneError, match="name another folder"):
        write_shifted(prepared, prepared, "blur", 0.5, 1)
    with pytest.raises(BlocktuneError, match=r"can't read .*dataset\.json: No such file"):
        write_shifted(tmp_path / "nowhere", tmp_path / "out", "blur", 0.5, 1)
    broken = tmp_path / "broken"
    write_shifted(prepared, broken, "blur", 0.5, 1)
    lines = (broken / "manifest.csv").read_text().splitlines(keepends=True)
    (broken / "manifest.csv").write_text("".join(lines[:-1]))
    with pytest.raises(BlocktuneError, match=r"manifest\.csv has \d+ rows for \d+ images"):
        write_shifted(broken, tmp_path / "out", "blur", 0.5, 1)
    assert not (tmp_path / "out").exists()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BlocktuneError, match="can't write to"):
        write_shifted(prepared, tmp_path / "file" / "out", "blur", 0.5, 1)
