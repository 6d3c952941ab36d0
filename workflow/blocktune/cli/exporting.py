"""`blocktune export`: a study's runs for the program that a team looks at runs with."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BlocktuneError
from ..settings.members import EXPORTERS, exporters, listed

if TYPE_CHECKING:
    from ..runs.entries import ShownStudy
    from ..settings.model import Settings

_PLACE = Path("results/export")


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command of this file."""
    export = commands.add_parser("export", help="write a study's runs for TensorBoard or MLflow")
    export.add_argument("--to", required=True, choices=exporters(), help=f"what for: {listed(EXPORTERS)}")
    export.add_argument("--directory", type=Path, default=Path(), help="the study's folder (default: this one)")
    export.add_argument("--store", type=Path, metavar="FOLDER", help="finished runs (default: what the workflow uses)")
    export.add_argument(
        "--output",
        metavar="FOLDER",
        help=f"where to write (default {_PLACE}/NAME in the study's folder); for mlflow also a server's address",
    )
    export.set_defaults(func=_export)


def _export(options: argparse.Namespace) -> None:
    from ..exporters import export_study, exporter_named

    exporter_named(options.to)
    _, study = shown_study(options.directory, options.store)
    place = options.output or str(options.directory / _PLACE / options.to)
    print(export_study(options.to, study, place))


def shown_study(directory: Path, given: Path | None) -> "tuple[Settings, ShownStudy]":
    """Return a study's settings, and its finished runs: those of a given store, or of the one that the workflow uses.

    Raises:
        BlocktuneError: there is no study, no plan or no store.
    """
    from ..runs.entries import plans_below, read_study
    from ..runs.store import Store
    from ..steps.exporting import shown_settings
    from ..tracking.places import PLAN
    from ..watch.files import StudyFiles
    from ..watch.session import Session

    settings = StudyFiles(directory).settings()
    session = Session.read(directory)
    store = directory / (given or (session.store if session else "data/store"))
    if not store.is_dir():
        raise BlocktuneError(f"no store {store} (looked for {store.absolute()}); name the folder with --store")
    plans = plans_below(directory / PLAN)
    return settings, read_study(settings.study, shown_settings(settings), plans, Store(store))
