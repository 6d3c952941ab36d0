"""`blocktune origin`: where an archive comes from, and where a study's results come from."""

import argparse
from contextlib import chdir
from pathlib import Path

from ..data.origins import Origin, check_copy, origins
from ..errors import BlocktuneError


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    origin = commands.add_parser("origin", help="check an archive, or write a study as an RO-Crate")
    origin.add_argument(
        "archive", type=Path, nargs="?", help="compared with the published one of its name (default: list those)"
    )
    origin.add_argument(
        "--crate",
        type=Path,
        metavar="FOLDER",
        help="instead: write a finished study into this new folder, as a Workflow Run RO-Crate",
    )
    origin.add_argument(
        "--directory", type=Path, default=Path(), metavar="FOLDER", help="the study's folder (default: this one)"
    )
    origin.add_argument(
        "--store", type=Path, metavar="FOLDER", help="finished runs of the study (default: what the workflow uses)"
    )
    origin.add_argument("--licence", metavar="NAME", help="under which the crate is published, e.g. CC-BY-4.0")
    origin.set_defaults(func=_origin)


def _origin(arguments: argparse.Namespace) -> None:
    if arguments.crate is not None:
        if arguments.archive is not None:
            raise BlocktuneError(f"--crate writes a study, and {arguments.archive} is an archive: give one of them")
        _crate(arguments)
        return
    known = origins()
    if arguments.archive is None:
        print("\n".join(_described(name, origin) for name, origin in known.items()))
        return
    origin = check_copy(arguments.archive, known)
    if origin is None:
        raise BlocktuneError(f"{arguments.archive.name} is not among the known archives: {', '.join(known)}")
    print(f"{arguments.archive} is the published one\n{_described(arguments.archive.name, origin)}")


def _crate(arguments: argparse.Namespace) -> None:
    from ..tracking.crate import write_crate
    from .exporting import shown_study

    folder = arguments.crate.absolute()
    settings, shown = shown_study(arguments.directory, arguments.store)
    # Files of a study are named from its folder, and so are Snakemake's records
    with chdir(arguments.directory):
        count = write_crate(folder, settings, shown, arguments.licence)
    print(f"{arguments.crate}: {count} files, {len(shown.entries)} runs; ro-crate-metadata.json describes them")
    if shown.missing:
        print(f"not in it: {len(shown.missing)} planned runs, which are not finished")


def _described(name: str, origin: Origin) -> str:
    return (
        f"{name}: {origin.images} images of {origin.dataset}, {origin.size} bytes\n"
        f"  from     {origin.url}\n  licence  {origin.licence}\n  sha256   {origin.sha256}"
    )
