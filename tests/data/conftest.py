"""Small pictures, and datasets made of them."""

import io
import tarfile
import zipfile

import numpy as np
import pytest
from made_up import made_dataset
from PIL import Image

from blocktune.files.image_tables import ManifestRow


def _encode(image, encoding, **options):
    buffer = io.BytesIO()
    image.save(buffer, encoding, **options)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def encode():
    """`encode(image, "PNG", **options)` is the bytes of a Pillow image in a file format."""
    return _encode


@pytest.fixture(scope="session")
def picture():
    """`picture(number)` is a small JPEG that differs from those of other numbers."""

    def make(number):
        pixels = np.random.default_rng(number).integers(0, 256, (10, 12, 3), dtype=np.uint8)
        return _encode(Image.fromarray(pixels), "JPEG")

    return make


@pytest.fixture(scope="session")
def flowers(picture):
    """Six pictures of three classes: relative name -> bytes, in no particular order."""
    names = ["tulips/2.jpg", "daisy/b.jpg", "roses/1.jpg", "daisy/a.jpg", "tulips/1.jpg", "roses/inner/0.jpg"]
    return {name: picture(number) for number, name in enumerate(names)}


@pytest.fixture
def make_folder(tmp_path):
    def make(files, name="photos"):
        for file, content in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / name

    return make


@pytest.fixture
def make_archive(tmp_path):
    """`make_archive(files, "photos.tgz")`: a tar (compressed as its ending says) or zip of `files`."""

    def make(files, name="photos.tgz"):
        path = tmp_path / name
        if name.endswith(".zip"):
            with zipfile.ZipFile(path, "w") as packed:
                for file, content in files.items():
                    packed.writestr(file, content)
            return path
        compression = {"tgz": "gz", "gz": "gz", "bz2": "bz2", "xz": "xz"}.get(name.rsplit(".", 1)[-1], "")
        with tarfile.open(path, f"w:{compression}") as tar:
            for file, content in files.items():
                member = tarfile.TarInfo(file)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return path

    return make


@pytest.fixture
def make_manifest(tmp_path):
    """`make_manifest(classes, hashes)`: manifest.csv and dataset.json of images that need not exist."""

    def make(classes, hashes=None, source="tfds"):
        hashes = hashes or [f"{row:064x}" for row in range(len(classes))]
        rows = [
            ManifestRow(row, f"{name}/{row}.jpg", name, digest, digest)
            for row, (name, digest) in enumerate(zip(classes, hashes, strict=True))
        ]
        (tmp_path / "manifest.csv").write_text(ManifestRow.table(rows))
        about = made_dataset(sorted(set(classes)), source=source, images=len(classes))
        about.write(tmp_path / "dataset.json")
        return tmp_path

    return make
