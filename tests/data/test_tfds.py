"""Source `tfds`, with a tiny dataset made here and without a network."""

import errno
import hashlib
import time
from types import SimpleNamespace

import numpy as np
import pytest

from blocktune.data.decode import decode
from blocktune.data.prepare import prepare
from blocktune.data.prepared import Prepared
from blocktune.data.source_pictures import source_classes, source_pictures
from blocktune.data.tfds import open_tfds
from blocktune.errors import BlocktuneError
from blocktune.files.image_tables import ManifestRow
from blocktune.settings.data import Data


@pytest.fixture(scope="module")
def library():
    return pytest.importorskip("tensorflow_datasets")


@pytest.fixture(autouse=True)
def place(library, monkeypatch, tmp_path):
    """An empty place for datasets, and no way out: the proxy is a port at which nobody listens."""
    monkeypatch.setattr(library.core.constants, "DATA_DIR", str(tmp_path / "tfds"))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "tfds"


@pytest.fixture(scope="module")
def builders(library, flowers):
    """Datasets of the flowers; their label order is not the alphabet's."""
    tfds = library
    # Registered while the fixture lives: tensorflow-datasets finds them by their snake_case name.
    labels = tfds.features.ClassLabel(names=["tulips", "daisy", "roses"])

    def make(name, features, split="train", failure=None):
        def split_generators(self, manager):
            if failure:
                raise failure
            return {split: self._generate_examples()}

        def generate(self):
            for file, content in flowers.items():
                yield file, {"image": content, "label": file.split("/")[0]}

        def info(self):
            return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

        methods = {
            "VERSION": tfds.core.Version("1.0.0"),
            "_info": info,
            "_split_generators": split_generators,
            "_generate_examples": generate,
        }
        return type(name, (tfds.core.GeneratorBasedBuilder,), methods | {"pkg_dir_path": None})

    usual = {"image": tfds.features.Image(shape=(None, None, 3), encoding_format="jpeg"), "label": labels}
    return SimpleNamespace(
        flowers=make("TinyFlowers", usual),
        fourth=make("TinyFourth", usual | {"label": tfds.features.ClassLabel(names=[*labels.names, "asters"])}),
        testing=make("TinyTestOnly", usual, split="test"),
        full=make("TinyFull", usual, failure=OSError(errno.ENOSPC, "No space left on device")),
        text=make("TinyText", {"text": tfds.features.Text(), "label": labels}),
    )


def test_prepare_agrees_with_a_folder_by_class_name(builders, flowers, make_folder, tmp_path):
    prepare(Data(name="tiny_flowers", image_size=8), 1, tmp_path / "a")
    prepare(Data(source="folder", path=str(make_folder(flowers)), image_size=8), 1, tmp_path / "b")
    by_content = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        prepared, manifest = Prepared.open(folder), ManifestRow.read(folder / "manifest.csv")
        assert prepared.classes == ("daisy", "roses", "tulips")
        by_content.append(
            {
                row.sha256: (row.class_name, int(prepared.labels[row.row]), prepared.images[row.row].tobytes())
                for row in manifest
            }
        )
    assert by_content[0] == by_content[1]
    assert set(by_content[0]) == {hashlib.sha256(content).hexdigest() for content in flowers.values()}


def test_order_is_that_of_slices(library, builders):
    builder = library.builder("tiny_flowers")
    # Several files, which tensorflow-datasets would interleave unless told otherwise.
    config = library.download.DownloadConfig(num_shards=3)
    builder.download_and_prepare(download_config=config)
    assert builder.info.splits["train"].num_shards == 3
    ours = [image.content for image in open_tfds("tiny_flowers").images]
    skip = {"image": library.decode.SkipDecoding()}
    for start, stop in ((0, 2), (2, 5), (5, 6)):
        part = library.as_numpy(builder.as_dataset(split=f"train[{start}:{stop}]", decoders=skip))
        assert {example["image"] for example in part} == set(ours[start:stop])


def test_unknown_name(library):
    with pytest.raises(BlocktuneError, match=r"data\.name 'tf_flower' .*did you mean 'tf_flowers'"):
        open_tfds("tf_flower")
    with pytest.raises(BlocktuneError, match=r"data\.name 'tf_flowers/none'"):
        open_tfds("tf_flowers/none")


def test_dataset_without_images_or_split(builders):
    with pytest.raises(BlocktuneError, match=r"tiny_text: .*text, label"):
        open_tfds("tiny_text")
    with pytest.raises(BlocktuneError, match="tiny_test_only: it has no split 'train', only test"):
        open_tfds("tiny_test_only")


def test_full_disk(builders):
    with pytest.raises(BlocktuneError, match=r"tiny_full: .*No space left.*TFDS_DATA_DIR"):
        open_tfds("tiny_full")


def test_no_network_fails_at_once_and_says_how_to_go_on(library):
    start = time.monotonic()
    with pytest.raises(BlocktuneError) as caught:
        open_tfds("tf_flowers")
    assert time.monotonic() - start < 15
    message = str(caught.value)
    assert "download.tensorflow.org: the proxy can't be reached" in message
    assert "http://download.tensorflow.org/example_images/flower_photos.tgz" in message
    assert "data.source: archive" in message
    assert "data.path: flower_photos.tgz" in message


def test_a_download_made_by_hand_needs_no_network(library, place):
    (place / "downloads/manual").mkdir(parents=True)
    (place / "downloads/manual/flower_photos.tgz").write_bytes(b"not the official file")
    with pytest.raises(BlocktuneError, match="wrong checksum"):
        open_tfds("tf_flowers")


def test_damaged_records(builders, place):
    open_tfds("tiny_flowers")
    for file in place.rglob("*.tfrecord*"):
        file.write_bytes(np.random.default_rng(0).bytes(500))
    with pytest.raises(BlocktuneError, match=r"tiny_flowers: .*can't be read.*delete it"):
        list(open_tfds("tiny_flowers").images)


def test_pictures_of_a_source_task(builders, flowers):
    images, labels = source_pictures("tiny_flowers", [2, 0], 8, 1)
    assert images.shape == (4, 8, 8, 3)
    for label, name in enumerate(("tulips", "daisy")):
        expected = {decode(content, 8).tobytes() for file, content in flowers.items() if file.startswith(name)}
        assert {image.tobytes() for image in images[labels == label]} == expected


def test_pictures_of_a_source_without_a_network(library, place):
    assert len(source_classes("cifar100", 100, 1)) == 100
    with pytest.raises(BlocktuneError, match=r"source 'cifar10O' is no dataset of tensorflow-datasets"):
        source_pictures("cifar10O", 5, 32, 1)
    start = time.monotonic()
    with pytest.raises(BlocktuneError) as caught:
        source_pictures("cifar100", 10, 32, 1)
    assert time.monotonic() - start < 15
    message = str(caught.value)
    assert message.startswith("source cifar100: it is not in")
    assert "the proxy can't be reached" in message
    assert f"put it here as {place / 'downloads/manual/cifar-100-binary.tar.gz'}" in message
    assert "data.source" not in message


def test_a_source_that_lacks_a_class(builders, library):
    with pytest.raises(BlocktuneError, match="source tiny_fourth: class 3 is asked for and has no pictures"):
        source_pictures("tiny_fourth", 4, 8, 1)
