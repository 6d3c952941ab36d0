"""Croissant metadata (JSON-LD) of a study's images: what catalogues of data sets and loaders read."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..files.dataset import Dataset
from .origins import Origin

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""Croissant's own, as its specification gives it."""

_IMAGES = {
    "row": ("sc:Integer", "row of the prepared images"),
    "file": ("sc:Text", "where it lay in its source"),
    "class": ("sc:Text", "its class"),
    "sha256": ("sc:Text", "sha256 of the file as it came"),
    "pixels": ("sc:Text", "sha256 of its pixels as they came"),
}


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
    known = {} if origin is None else {"url": origin[1].url, "license": origin[1].licence}
    sets = {"row": ("sc:Integer", "row of the prepared images")} | {
        f"part_{part}": ("sc:Integer", f"1 if the image is in the set `{part}`, else 0") for part in parts
    }
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
            _csv(manifest),
            _csv(splits),
        ],
        "recordSet": [
            _records("images", "The images.", manifest, _IMAGES),
            _records("sets", "Which sets of the study each image is in.", splits, sets),
        ],
    }


def _archive(name: str, origin: Origin) -> dict[str, Any]:
    kind = "application/zip" if name.endswith(".zip") else "application/gzip"
    return _file(name, origin.url, origin.size, kind, origin.sha256)


def _csv(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return _file(path.name, path.name, len(content), "text/csv", hashlib.sha256(content).hexdigest())


def _file(name: str, url: str, size: int, kind: str, sha256: str) -> dict[str, Any]:
    found = {"@type": "cr:FileObject", "@id": name, "name": name, "contentUrl": url, "contentSize": f"{size} B"}
    return found | {"encodingFormat": kind, "sha256": sha256}


def _records(name: str, words: str, file: Path, columns: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """A record for each line of a table."""
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{name}/{column}",
            "name": f"{name}/{column}",
            "description": told,
            "dataType": kind,
            "source": {"fileObject": {"@id": file.name}, "extract": {"column": column}},
            **({"references": {"field": {"@id": "images/row"}}} if (name, column) == ("sets", "row") else {}),
        }
        for column, (kind, told) in columns.items()
    ]
    key = {"@id": f"{name}/row"}
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "description": words, "key": key, "field": fields}
