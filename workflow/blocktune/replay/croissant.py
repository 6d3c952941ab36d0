"""Croissant metadata of a table of arms: JSON-LD that catalogues of data sets read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..data.croissant import CONFORMS_TO, CONTEXT, file_object
from ..search.arm_table import VERSION, Table

_CELLS: dict[str, tuple[str, str, Callable[[Table], Any]]] = {
    "name": ("sc:Text", "data set, backbone and image size", lambda table: table.cell),
    "dataset": ("sc:Text", "the images' data set", lambda table: table.about["dataset"]),
    "backbone": ("sc:Text", "the network", lambda table: table.about["backbone"]),
    "arms": ("sc:Integer", "how many arms", lambda table: len(table.arms)),
    "seeds": ("sc:Integer", "with how many seeds each is trained", lambda table: len(table.seeds)),
    "epochs": ("sc:Integer", "epochs of a training", lambda table: table.epochs),
}
"""Fields of a cell's record: what kind they are, what they say, and where that is from."""


def croissant_of(tables: Sequence[Table], file: Path) -> dict[str, Any]:
    """Return the Croissant metadata (JSON-LD, version 1.0) of a written file: what it is, and a record per cell."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": file.stem,
        "description": "What fine-tuning every set of layers of pre-trained networks came to, with several seeds: "
        "losses, accuracies, right or wrong per image, processor seconds. The data sheet describes its arrays.",
        "conformsTo": CONFORMS_TO,
        "license": ", ".join(sorted({table.about["licence"] for table in tables})),
        "version": f"{VERSION}.0.0",
        "distribution": [file_object(file, "application/zip")],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "cells",
                "name": "cells",
                "description": "One backbone on one data set, trained by one recipe.",
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"cells/{key}",
                        "name": key,
                        "description": words,
                        "dataType": kind,
                    }
                    for key, (kind, words, _) in _CELLS.items()
                ],
                "data": [{f"cells/{key}": read(table) for key, (*_, read) in _CELLS.items()} for table in tables],
            }
        ],
    }
