"""Images of 16 bits: all their values, and a warning where only few of them are used."""

import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from blocktune.cli.main import main
from blocktune.data.decode import decode, read_picture
from blocktune.data.prepare import prepare
from blocktune.data.prepared import Prepared
from blocktune.settings.data import Data

TWELVE_BIT = np.arange(0, 4096, 16, dtype=np.uint16).reshape(16, 16)


def png(values, kind, transparent=b""):
    """A PNG of 16 bits: values (height, width, channels) of colour type `kind`."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    key = chunk(b"tRNS", transparent) if transparent else b""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + key + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def stacked(channels):
    values = np.stack([TWELVE_BIT] * channels, axis=-1)
    if channels in (2, 4):
        values[..., -1] = 65535
    return values


def encodings(encode):
    grey = Image.fromarray(TWELVE_BIT)
    yield "grey PNG", png(TWELVE_BIT, 0)
    yield "grey TIFF", encode(grey, "TIFF")
    yield "big-endian TIFF", encode(Image.frombytes("I;16B", (16, 16), TWELVE_BIT.astype(">u2").tobytes()), "TIFF")
    yield "PGM", b"P5\n16 16\n65535\n" + TWELVE_BIT.astype(">u2").tobytes()
    yield "text PGM", b"P2\n16 16\n65535\n" + " ".join(map(str, TWELVE_BIT.ravel())).encode()
    yield "colour PNG", png(stacked(3), 2)
    yield "grey PNG with transparency", png(stacked(2), 4)
    yield "colour PNG with transparency", png(stacked(4), 6)


def test_the_default_keeps_the_upper_bits_and_another_white_uses_all_levels(encode):
    for name, content in encodings(encode):
        picture = read_picture(content)
        assert picture.values == (0, 4080), name
        assert np.array_equal(np.asarray(picture.rgb)[..., 1], TWELVE_BIT >> 8), name
        assert np.array_equal(decode(content, 16, white=4095)[..., 1], TWELVE_BIT >> 4), name
        assert decode(content, 16, white=1000).max() == 255, name


def test_a_pgm_that_says_which_value_is_white_is_read_by_that(encode):
    content = b"P5\n16 16\n4095\n" + TWELVE_BIT.astype(">u2").tobytes()
    assert np.abs(decode(content, 16)[..., 0].astype(int) - (TWELVE_BIT >> 4)).max() <= 1
    assert np.array_equal(decode(content, 16), decode(content, 16, white=4095))
    assert read_picture(content).values is None


def test_a_transparent_value_of_16_bits_is_white_on_its_own():
    grey = decode(png(TWELVE_BIT, 0, struct.pack(">H", 272)), 16)
    colour = decode(png(stacked(3), 2, struct.pack(">HHH", 272, 272, 272)), 16)
    expected = (TWELVE_BIT >> 8).astype(np.uint8)
    expected[TWELVE_BIT == 272] = 255
    assert np.array_equal(grey[..., 0], expected) and np.array_equal(colour[..., 2], expected)


@pytest.fixture
def microscope(tmp_path, encode):
    """Two classes of images of 12 bits in files of 16, each image another one."""
    for place, name in enumerate(("cell", "none")):
        (tmp_path / "slides" / name).mkdir(parents=True)
        for number in range(12):
            values = np.roll(TWELVE_BIT, 12 * place + number)
            (tmp_path / "slides" / name / f"{number}.png").write_bytes(png(values, 0))
    return tmp_path / "slides"


def prepared(microscope, place, **settings):
    about = prepare(Data(source="folder", path=str(microscope), image_size=16, **settings), 1, place)
    return about, Prepared.open(place).images


def test_preparation_warns_and_the_setting_uses_all_levels(microscope, tmp_path):
    about, images = prepared(microscope, tmp_path / "full")
    assert about.sixteen_bit.images == 24
    for words in ("24 images of 16 bits: values from 0 to 4080 of 65535", "16 of 256 levels", "max_16bit to 4095"):
        assert words in about.sixteen_bit.warning
    assert len(np.unique(images)) == 16
    about, images = prepared(microscope, tmp_path / "twelve", max_16bit=4095)
    assert (about.sixteen_bit.white, about.sixteen_bit.warning, len(np.unique(images))) == (4095, None, 256)
    about, seen = prepared(microscope, tmp_path / "seen", max_16bit="seen")
    assert (about.sixteen_bit.white, about.sixteen_bit.warning, seen.max()) == (4080, None, 255)
    about, _ = prepared(microscope, tmp_path / "less", max_16bit=1023)
    assert "all above 1023 are white" in about.sixteen_bit.warning


def test_one_image_that_uses_all_values_ends_the_warning(microscope, tmp_path):
    (microscope / "cell" / "bright.png").write_bytes(png(TWELVE_BIT * 16, 0))
    about, _ = prepared(microscope, tmp_path / "out")
    assert (about.sixteen_bit.images, about.sixteen_bit.warning) == (25, None)


def test_the_command_says_it(microscope, tmp_path, capsys):
    settings = {"data": {"source": "folder", "path": str(microscope), "image_size": 16, "max_16bit": "full"}, "seed": 1}
    (tmp_path / "data.json").write_text(json.dumps(settings))
    names = ("images.npy", "labels.npy", "manifest.csv", "dataset.json")
    files = [f"--{name.split('.')[0]}={tmp_path / 'out' / name}" for name in names]
    assert main(["prepare", "--settings", str(tmp_path / "data.json"), *files]) == 0
    assert "warning: 24 images of 16 bits: values from 0 to 4080" in capsys.readouterr().out


def test_new_warns_and_writes_the_setting(microscope, monkeypatch, capsys):
    monkeypatch.chdir(microscope.parent)
    assert main(["new", "--data", "slides", "--no-measure"]) == 0
    assert "warning: 24 images of 16 bits: values from 0 to 4080" in capsys.readouterr().out
    assert "\n  max_16bit: 4095\n" in (microscope.parent / "slides.yaml").read_text()


@pytest.mark.parametrize("given", ["all", 0, 65_536, True, 4095.5])
def test_another_setting_is_refused(given):
    from blocktune.errors import BlocktuneError
    from blocktune.settings.load import validate

    with pytest.raises(BlocktuneError, match="max_16bit"):
        validate(Data, {"max_16bit": given})
    assert validate(Data, {"max_16bit": "4095"}).max_16bit == 4095
