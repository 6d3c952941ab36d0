"""A source of one's own that is wrong somewhere is one error that names it."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from blocktune.data.decode import BadImageError
from blocktune.data.prepare import prepare
from blocktune.data.source import Source, SourceImage
from blocktune.data.sources import DataSource, digits
from blocktune.errors import BlocktuneError
from blocktune.settings.data import Data

PIXELS = np.zeros((8, 8, 3), np.uint8)


@pytest.fixture
def prepared(monkeypatch, tmp_path):
    """`prepared(images)` prepares what a source yields that stands for the digits; images differ in what is given."""

    def make(images, count=4):
        class Images(DataSource):
            def open(self, data, seed):
                return Source(count, images(tmp_path))

        monkeypatch.setattr(digits, "Images", Images)
        return prepare(Data(source="digits", name="mine", image_size=8), 1, tmp_path / "out")

    return make


def image(row, /, **changed):
    return SourceImage(
        **{"row": row, "file": f"{row}.png", "class_name": "ab"[row % 2], "content": PIXELS + row} | changed
    )


def test_a_source_of_ones_own_is_prepared(prepared):
    about = prepared(lambda folder: (image(row) for row in range(4)))
    assert (about.images, about.classes) == (4, ("a", "b"))


def test_a_file_that_a_source_can_not_read_is_no_disk_that_can_not_be_written(prepared, tmp_path):
    def missing(folder):
        yield image(0)
        yield image(1, content=(folder / "away.png").read_bytes())

    with pytest.raises(BlocktuneError) as raised:
        prepared(missing)
    assert str(raised.value) == f"source digits: {tmp_path / 'away.png'}: No such file or directory"
    assert not list((tmp_path / "out").iterdir())

    def nameless(folder):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.raises(BlocktuneError, match=r"^source digits: Input/output error$"):
        prepared(nameless)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"content": PIXELS[:4]},
            r"content is uint8 \(4, 8, 3\); bytes, uint8 \(8, 8, 3\) or a BadImageError is needed",
        ),
        ({"content": PIXELS / 255}, r"content is float64 \(8, 8, 3\); .* is needed"),
        ({"content": Path("2.png")}, "content is of type PosixPath; .* is needed"),
        ({"class_name": 2}, "class_name is 2; a text is needed"),
        ({"row": 4}, "row is 4; a whole number from 0 to 3 is needed"),
    ],
)
def test_an_image_that_is_not_what_a_source_promises_is_named(prepared, changed, said):
    with pytest.raises(BlocktuneError, match=rf"^source digits: image '2\.png': {said}$"):
        prepared(lambda folder: (image(row, **(changed if row == 2 else {})) for row in range(4)))


def test_an_image_that_a_source_can_not_give_is_one_that_is_no_image(prepared):
    with pytest.raises(BlocktuneError, match=r"^2\.png is no readable image: it is gone; "):
        prepared(
            lambda folder: (
                image(row, **({"content": BadImageError("it is gone")} if row == 2 else {})) for row in range(4)
            )
        )


def test_a_file_without_its_class_is_named(monkeypatch, tmp_path):
    monkeypatch.delattr(digits, "Images")
    with pytest.raises(BlocktuneError, match=r"^data/sources/digits\.py has no class Images$"):
        prepare(Data(source="digits", name="mine", image_size=8), 1, tmp_path / "out")
