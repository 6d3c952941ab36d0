"""`blocktune origin`: where an archive comes from."""

import argparse
from pathlib import Path

from ..data.origins import Origin, check_copy, origins
from ..errors import BlocktuneError


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    origin = commands.add_parser("origin", help="compare an archive with the published one of its name")
    origin.add_argument("archive", type=Path, nargs="?", help="default: list the known archives")
    origin.set_defaults(func=_origin)


def _origin(arguments: argparse.Namespace) -> None:
    known = origins()
    if arguments.archive is None:
        print("\n".join(_described(name, origin) for name, origin in known.items()))
        return
    origin = check_copy(arguments.archive, known)
    if origin is None:
        raise BlocktuneError(f"{arguments.archive.name} is not among the known archives: {', '.join(known)}")
    print(f"{arguments.archive} is the published one\n{_described(arguments.archive.name, origin)}")


def _described(name: str, origin: Origin) -> str:
    return (
        f"{name}: {origin.photographs} photographs of {origin.dataset}, {origin.size} bytes\n"
        f"  from     {origin.url}\n  licence  {origin.licence}\n  sha256   {origin.sha256}"
    )
