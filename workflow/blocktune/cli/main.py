"""`blocktune`: one command for every step of the workflow, and some for people."""

import argparse
import atexit
import gc
import sys
from collections.abc import Sequence
from contextlib import suppress

from ..errors import BlocktuneError, machine_fault
from ..messages import printable
from ..steps import signature
from ..surroundings import start_on_known_ground
from ..utf8 import start_in_utf8
from . import delivering, evaluating, exporting, fetching, new, origin, planning, replaying, tracking, watching

FOR_PEOPLE = (
    *("new", "plan", "fetch", "status", "recommend", "predict"),
    *("evaluate", "convert", "export", "origin", "replay"),
)

_USER_ERROR = 2
# As a shell calls it: 128 and the number of the signal
_INTERRUPTED = 130


class _OneLineEach(argparse.HelpFormatter):
    """Leaves room for the longest command's name beside its help; argparse forgets how far commands are indented."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog)
        self._action_max_length = len("    factor-distances")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0: done. 1 and a traceback: a defect of this program. 2 and one line on standard error: a mistake of the user, or a
    fault of the machine. 130: interrupted by Ctrl-C.
    """
    if arguments is None:
        start_in_utf8()
        start_on_known_ground()
        # Of what is there at the end nothing needs to be found: half a second with Keras
        atexit.register(gc.freeze)
    # A class or a file may have a name that this terminal's alphabet lacks: shown with escapes, not a reason to stop
    for stream in (sys.stdout, sys.stderr):
        # What stands for a terminal in a test or a pipe may not let itself be changed
        with suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(errors="backslashreplace")
    options = parser().parse_args(arguments)
    try:
        options.func(options)
        sys.stdout.flush()
    except BlocktuneError as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return _USER_ERROR
    except BrokenPipeError:
        # The reader of our output left (`| head`): nothing to complain about
        sys.stderr.close()
    except OSError as error:
        said = machine_fault(error)
        if said is None:
            raise
        print(f"error: {printable(said)}", file=sys.stderr)
        return _USER_ERROR
    except KeyboardInterrupt:
        print("interrupted; what is finished is kept", file=sys.stderr)
        return _INTERRUPTED
    return 0


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    *for_people, last = (f"`{name}`" for name in FOR_PEOPLE)
    reader = argparse.ArgumentParser(
        prog="blocktune",
        description="Which layers of a pre-trained network should be unfrozen? The workflow calls these commands; "
        f"{', '.join(for_people)} and {last} are for you.",
        formatter_class=_OneLineEach,
    )
    commands = reader.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for room in (
        *(new, planning, fetching, watching, delivering, evaluating, exporting),
        *(replaying, origin, tracking, signature),
    ):
        room.register(commands)
    return reader


if __name__ == "__main__":
    sys.exit(main())
