"""Croissant metadata (JSON-LD) of a study's images: what catalogues of data sets and loaders read."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..described import described
from ..explain import fields_of, key_of
from ..files.dataset import Dataset
from ..files.image_tables import ImageTable, ManifestRow, SplitRow
from .origins import Origin

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"

_TERMS = (
    *("citeAs", "column", "conformsTo", "data", "dataType", "equivalentProperty", "examples", "extract", "field"),
    *("fileObject", "fileProperty", "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5"),
    *("parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator"),
    *("source", "subField", "transform"),
)
_NOT_PLAIN = {
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    **{term: _NOT_PLAIN.get(term, f"cr:{term}") for term in _TERMS},
}
"""Croissant's own, as its specification gives it."""


def images_croissant(
    about: Dataset, manifest: Path, splits: Path, parts: Sequence[str], origin: tuple[str, Origin] | None, date: str
) -> dict[str, Any]:
    """Return the Croissant metadata (version 1.0) of a study's images: a record for each, and its sets.

    The files say which images there were, not what they show.

    Args:
        about: facts on the prepared images.
        manifest: manifest.csv, beside which the metadata will lie.
        splits: splits.csv, there too.
        parts: the sets of images, as columns of `splits` without `part_`.
        origin: name and facts of the published archive that they are from, if they are from one.
        date: of the study, as YYYY-MM-DD.
    """
    told = described(SplitRow)
    sets = {name: told[name] for name in ("row", *(f"part_{part}" for part in parts))}
    known = {} if origin is None else {"url": origin[1].url, "license": origin[1].licence}
    left_out = f" {len(about.skipped)} files were no readable images." if about.skipped else ""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": about.name,
        "description": f"{about.images} images of {len(about.classes)} classes ({', '.join(about.classes)}), as a "
        f"study used them at {about.image_size} pixels.{left_out}",
        "conformsTo": CONFORMS_TO,
        **known,
        "datePublished": date,
        "version": "1.0.0",
        "distribution": [
            *([] if origin is None else [_archive(*origin)]),
            file_object(manifest, "text/csv"),
            file_object(splits, "text/csv"),
        ],
        "recordSet": [
            _records("images", "The images.", manifest, ManifestRow, described(ManifestRow)),
            _records("sets", "Which sets of the study each image is in.", splits, SplitRow, sets),
        ],
    }


def _archive(name: str, origin: Origin) -> dict[str, Any]:
    kind = "application/zip" if name.endswith(".zip") else "application/gzip"
    return _file(name, origin.url, origin.size, kind, origin.sha256)


def file_object(path: Path, kind: str) -> dict[str, Any]:
    """Return what Croissant says of a written file of a media type, beside which the metadata will lie."""
    content = path.read_bytes()
    return _file(path.name, path.name, len(content), kind, hashlib.sha256(content).hexdigest())


def _file(name: str, url: str, size: int, kind: str, sha256: str) -> dict[str, Any]:
    found = {"@type": "cr:FileObject", "@id": name, "name": name, "contentUrl": url, "contentSize": f"{size} B"}
    return found | {"encodingFormat": kind, "sha256": sha256}


def _records(name: str, words: str, file: Path, kind: type[ImageTable], told: Mapping[str, str]) -> dict[str, Any]:
    """A record for each line of a table; `told`: what is said of those of its fields that are columns."""
    columns = {key_of(kind, field): said for field, said in told.items()}
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{name}/{column}",
            "name": f"{name}/{column}",
            "description": said,
            "dataType": "sc:Text" if fields_of(kind)[column] is str else "sc:Integer",
            "source": {"fileObject": {"@id": file.name}, "extract": {"column": column}},
            **({"references": {"field": {"@id": "images/row"}}} if (name, column) == ("sets", "row") else {}),
        }
        for column, said in columns.items()
    ]
    key = {"@id": f"{name}/row"}
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "description": words, "key": key, "field": fields}
