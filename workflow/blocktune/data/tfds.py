"""Datasets of tensorflow-datasets. The only file that imports it, and only when it is used: that takes ten seconds."""

import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import BlocktuneError
from ..messages import first_line, nearest
from ..notices import start_up_notices_left_out
from .network import unreachable
from .source import Source, SourceImage

_SPLIT = "train"
_KEY = "data.name"


def open_tfds(name: str, key: str = _KEY) -> Source:
    """Open split `train` of the dataset `name`, downloading it if it is not there yet.

    It lies where tensorflow-datasets keeps it: ~/tensorflow_datasets, or TFDS_DATA_DIR. Rows are in the order of the
    dataset's files, which is what slices such as `train[:10%]` count in. Errors begin with the `key` of the settings,
    where the name stands.

    Raises:
        BlocktuneError: the dataset is unknown, not for image classification, can't be downloaded, or the disk is full.
    """
    tfds = _imported()

    if not sys.stderr.isatty():
        tfds.disable_progress_bar()
    where = f"{key} {name}"
    builder = _builder(tfds, name, key)
    image, label = _features(tfds, builder, where)
    if not builder.data_path.exists():
        _fail_without_network(builder, key, where)
        _download(tfds, builder, where)
    splits = builder.info.splits
    if _SPLIT not in splits:
        raise BlocktuneError(f"{where}: it has no split {_SPLIT!r}, only {', '.join(splits) or 'none'}")
    return Source(splits[_SPLIT].num_examples, _images(tfds, builder, where, image, label))


def class_count(name: str, key: str) -> int:
    """Return how many classes the dataset `name` has, which is known without downloading it; `key` as in `open_tfds`.

    Raises:
        BlocktuneError: the dataset is unknown or not for image classification.
    """
    tfds = _imported()

    builder = _builder(tfds, name, key)
    _, label = _features(tfds, builder, f"{key} {name}")
    return builder.info.features[label].num_classes


def dataset_folder(name: str) -> Path:
    """Return where tensorflow-datasets keeps a dataset's versions, without importing it."""
    root = os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets"
    # Not Path's own, which fails for a user without a home
    return Path(os.path.expanduser(root)) / name.split(":")[0]  # noqa: PTH111


def prepared_versions(name: str) -> list[Path]:
    """Return the folders of the prepared versions of the dataset `name` (`data.name`), or of the one that it names."""
    version = name.partition(":")[2] or "*"
    # A dataset with variants keeps the default one a folder deeper; what is half prepared has a folder of another name
    depths = (version,) if "/" in name else (version, f"*/{version}")
    folder = dataset_folder(name)
    return sorted(info.parent for depth in depths for info in folder.glob(f"{depth}/dataset_info.json"))


def _imported() -> Any:
    """tensorflow-datasets, with TensorFlow, which it would import later."""
    with start_up_notices_left_out():
        import tensorflow  # noqa: F401
        import tensorflow_datasets
    return tensorflow_datasets


def _builder(tfds: Any, name: str, key: str) -> Any:
    try:
        return tfds.builder(name)
    except tfds.core.registered.DatasetNotFoundError:
        hint = nearest(name.split("/")[0].split(":")[0], tfds.list_builders(with_community_datasets=False))
        own = "; for images of your own set data.source to folder or archive, and data.path" if key == _KEY else ""
        raise BlocktuneError(f"{key} {name!r} is no dataset of tensorflow-datasets{hint}{own}") from None
    except Exception as error:  # an unknown config or version is reported in many ways
        raise BlocktuneError(f"{key} {name!r}: {first_line(error)}") from error


def _features(tfds: Any, builder: Any, where: str) -> tuple[str, str]:
    """Return the names of the image and the label, preferring `image` and `label` where there are several."""
    features = builder.info.features
    found = []
    for kind, usual in ((tfds.features.Image, "image"), (tfds.features.ClassLabel, "label")):
        names = [key for key, feature in dict(features or {}).items() if isinstance(feature, kind)]
        if len(names) != 1 and usual not in names:
            raise BlocktuneError(
                f"{where}: it is no dataset for image classification: one image and one label are needed, "
                f"it has {', '.join(features) if features else 'nothing of the kind'}"
            )
        found.append(usual if usual in names else names[0])
    return found[0], found[1]


def _fail_without_network(builder: Any, key: str, where: str) -> None:
    """Raise if there is nothing to prepare from; tensorflow-datasets would try for more than three minutes."""
    from tensorflow_datasets.core.download import resource

    downloads = builder.data_dir_root / "downloads"
    infos = builder.url_infos or {}
    missing = []
    for url, info in infos.items():
        file = resource.get_dl_fname(url, info.checksum)
        cached = any(resource.is_locally_cached(place / file) for place in (downloads / builder.name, downloads))
        by_hand = info.filename and (downloads / "manual" / info.filename).exists()
        if not (cached or by_hand):
            missing.append(url)
    # Some datasets list downloads of all their variants: what is there may be all that this variant needs.
    if not missing or len(missing) < len(infos):
        return
    problems = unreachable(missing)
    if not problems:
        return
    tried = "; ".join(f"{host}: {why}" for host, why in problems.items())
    file = infos[missing[0]].filename or missing[0].rsplit("/", 1)[-1]
    if key == _KEY:
        then = (
            f"copy it here, and set data.source: archive and data.path: {file} "
            "(an archive of class folders, such as that of tf_flowers, is read as it is)"
        )
    else:
        then = f"and put it here as {downloads / 'manual' / file}"
    raise BlocktuneError(
        f"{where}: it is not in {builder.data_dir_root} yet and can't be downloaded ({tried}).\n"
        f"Without a network: on another machine download {missing[0]}"
        f"{f' (and {len(missing) - 1} more)' if len(missing) > 1 else ''}, {then}.\n"
        "Behind a proxy set HTTP_PROXY and HTTPS_PROXY."
    )


def _download(tfds: Any, builder: Any, where: str) -> None:
    try:
        # From the original address only, where a checksum guards it.
        builder.download_and_prepare(download_config=tfds.download.DownloadConfig(try_download_gcs=False))
    except Exception as error:  # ours to explain, whatever it is: network, checksum, disk, data to fetch by hand
        reason = first_line(error)
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "disk space" in reason.lower()
        full = full or "No space left" in str(error)
        advice = "; free some space, or let TFDS_DATA_DIR name a folder on another disk" if full else ""
        raise BlocktuneError(
            f"{where}: tensorflow-datasets can't prepare it in {builder.data_dir_root}: {reason}{advice}"
        ) from error


def _images(tfds: Any, builder: Any, where: str, image: str, label: str) -> Iterator[SourceImage]:
    """Yield images still encoded, so that one decoder serves all sources."""
    features = builder.info.features
    names = features[label].names
    decoders = tfds.decode.PartialDecoding({image: True, label: True}, decoders={image: tfds.decode.SkipDecoding()})
    # One file after the other: by default 16 are interleaved, and slices count in file order.
    config = tfds.ReadConfig(interleave_cycle_length=1, add_tfds_id=True, try_autocache=False)
    config.options.deterministic = True
    try:
        dataset = builder.as_dataset(split=_SPLIT, shuffle_files=False, decoders=decoders, read_config=config)
        for row, example in enumerate(tfds.as_numpy(dataset)):
            file = example["tfds_id"].decode()
            yield SourceImage(row, file, names[int(example[label])], bytes(example[image]))
    except Exception as error:  # a damaged or half-deleted record file
        raise BlocktuneError(
            f"{where}: {builder.data_path} can't be read: {first_line(error)}; delete it to prepare it anew"
        ) from error
