"""The metadata of a study's RO-Crate (JSON-LD): what ran, when, on what, and what came out."""

import hashlib
import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .. import __version__
from ..data.prepared import MANIFEST
from ..settings.licences import KNOWN
from ..settings.model import Settings
from .places import SETTINGS

METADATA, README, SNAKEFILE = "ro-crate-metadata.json", "README.md", "Snakefile"
RUNS, IMAGES = "runs", "images"
CROISSANT = f"{IMAGES}/dataset.croissant.json"

_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
_CONTEXT = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"]
_LANGUAGE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
_BIOSCHEMAS = "https://bioschemas.org/profiles"
# What the workflow takes and makes: the file of the crate that is it, by the parameter's name
_TAKES = {"settings": SETTINGS.as_posix(), "images": CROISSANT}
_MAKES = {"report": "results/report.html", "table1": "results/tables/table1.md", "runs": f"{RUNS}/runs.csv"}
_WORDS = {
    SETTINGS.as_posix(): "Settings of the study",
    CROISSANT: "The images of the study and its sets, as Croissant metadata",
    f"{IMAGES}/{MANIFEST}": "Every image: its file, class and checksums",
    f"{IMAGES}/splits.csv": "Which sets each image is in",
    f"{RUNS}/runs.csv": "Every run: what was trained, its settings and scores",
    f"{RUNS}/epochs.csv": "Every epoch of every run",
    f"{RUNS}/settings.csv": "Settings of the study as a table",
    "results/report.html": "The study on one page",
    "results/tables/table1.md": "Table I",
    "results/metrics.json": "Headline numbers",
    "requirements.lock": "Versions of all packages",
    README: "What is in this folder",
}


@dataclass(frozen=True)
class Times:
    """When a study ran, in ISO 8601.

    Attributes:
        begun: None if that is not known.
        ended: when its last result was written.
    """

    begun: str | None
    ended: str

    @property
    def date(self) -> str:
        """The day on which it ended."""
        return self.ended[:10]


def about(settings: Settings) -> str:
    """Return what a study is, in a sentence."""
    networks = ", ".join(backbone.title for backbone in settings.backbones)
    return (
        f"Which layers of {networks} to unfreeze on {settings.data.name}: settings, results, and every run that was "
        "trained."
    )


def crate_metadata(
    folder: Path, files: Sequence[Path], settings: Settings, times: Times, licence: str | None
) -> dict[str, Any]:
    """Return the metadata of the crate in a folder, of all files that it holds beside them."""
    names = [path.relative_to(folder).as_posix() for path in files]
    terms = _licence(licence)
    return {
        "@context": _CONTEXT,
        "@graph": [
            {
                "@id": METADATA,
                "@type": "CreativeWork",
                "about": _ref("./"),
                "conformsTo": [
                    _ref("https://w3id.org/ro/crate/1.1"),
                    _ref("https://w3id.org/workflowhub/workflow-ro-crate/1.0"),
                ],
            },
            {
                "@id": "./",
                "@type": "Dataset",
                "name": f"blocktune study {settings.study}",
                "description": about(settings),
                "datePublished": times.date,
                "license": _ref(terms["@id"]),
                "conformsTo": [_ref(profile) for profile in _PROFILES],
                "mainEntity": _ref(SNAKEFILE),
                "mentions": _ref("#run"),
                "hasPart": [_ref(quote(name)) for name in names],
            },
            *(
                {"@id": id, "@type": "CreativeWork", "name": name, "version": number}
                for id, (name, number) in _PROFILES.items()
            ),
            terms,
            *_workflow(),
            *_action(names, settings, times),
            *(_file(path, name) for path, name in zip(files, names, strict=True) if name != SNAKEFILE),
        ],
    }


def _ref(id: str) -> dict[str, str]:
    return {"@id": id}


def _licence(licence: str | None) -> dict[str, str]:
    if licence is not None and licence.lower() in KNOWN:
        name = KNOWN[licence.lower()]
        return {"@id": f"https://spdx.org/licenses/{name}", "@type": "CreativeWork", "name": name}
    return {"@id": "#licence", "@type": "CreativeWork", "name": licence or "not stated"}


def _workflow() -> Iterator[dict[str, Any]]:
    """The workflow, its language, what runs it, and its parameters."""
    yield {
        "@id": SNAKEFILE,
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "name": "blocktune",
        "description": "Which layers of a pre-trained network should be unfrozen? Candidates are trained and compared.",
        "version": __version__,
        "license": "MIT",
        "programmingLanguage": _ref(_LANGUAGE),
        "conformsTo": _ref(f"{_BIOSCHEMAS}/ComputationalWorkflow/1.0-RELEASE"),
        "input": [_ref(f"#{name}") for name in _TAKES],
        "output": [_ref(f"#{name}") for name in _MAKES],
    }
    yield {
        "@id": _LANGUAGE,
        "@type": "ComputerLanguage",
        "name": "Snakemake",
        "identifier": _ref("https://doi.org/10.1093/bioinformatics/bts480"),
        "url": _ref("https://snakemake.readthedocs.io"),
        "version": version("snakemake"),
    }
    for name, file in {**_TAKES, **_MAKES}.items():
        yield {
            "@id": f"#{name}",
            "@type": "FormalParameter",
            "name": name,
            "description": _WORDS[file],
            "additionalType": "File",
            "conformsTo": _ref(f"{_BIOSCHEMAS}/FormalParameter/1.0-RELEASE"),
        }


def _action(names: list[str], settings: Settings, times: Times) -> Iterator[dict[str, Any]]:
    """The study's run: what it took and what it made."""
    made = [name for name in names if name.startswith(("results/", f"{RUNS}/")) and name not in _TAKES.values()]
    yield {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"Run of the study {settings.study}",
        "description": "Trained candidates, chose among them on validation images, and scored the chosen ones.",
        "instrument": _ref(SNAKEFILE),
        "object": [_ref(name) for name in _TAKES.values()],
        "result": [_ref(quote(name)) for name in made],
        "actionStatus": "http://schema.org/CompletedActionStatus",
        **({} if times.begun is None else {"startTime": times.begun}),
        "endTime": times.ended,
    }


def _file(path: Path, name: str) -> dict[str, Any]:
    content = path.read_bytes()
    kind = "text/plain" if path.suffix in (".smk", ".lock", "") else mimetypes.guess_type(name)[0]
    examples = [parameter for parameter, file in {**_TAKES, **_MAKES}.items() if file == name]
    return {
        "@id": quote(name),
        "@type": "File",
        "name": _WORDS.get(name, name),
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
        **({} if kind is None else {"encodingFormat": kind}),
        **({"exampleOfWork": _ref(f"#{examples[0]}")} if examples else {}),
        **({"about": _ref("./")} if name == README else {}),
    }
