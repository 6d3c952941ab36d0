"""`blocktune status`: how a study stands, while it runs and afterwards."""

import argparse
import json
import sys
import time
from contextlib import suppress
from pathlib import Path

from ..errors import BlocktuneError
from ..watch.watcher import Watcher

_TERMINAL_SECONDS = 2
_PIPE_SECONDS = 60
_AT_WORK = ("planning", "running")


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command of this file."""
    status = commands.add_parser("status", help="show how a study stands: runs done and open, time left")
    status.add_argument("--directory", type=Path, default=Path(), help="the study's folder (default: this one)")
    status.add_argument("--store", type=Path, help="folder of finished runs (default: what the workflow uses)")
    status.add_argument("--once", action="store_true", help="look once; otherwise until the workflow ends")
    status.add_argument("--json", action="store_true", help="look once and print one JSON object")
    status.set_defaults(func=_status)


def _status(options: argparse.Namespace) -> None:
    if not options.directory.is_dir():
        raise BlocktuneError(f"--directory {options.directory}: no such folder")
    watcher = Watcher(options.directory, options.store)
    if options.json:
        print(json.dumps(watcher.look().as_json()))
    elif sys.stdout.isatty():
        _in_terminal(watcher, options.once)
    else:
        _in_pipe(watcher, options.once)


def _in_terminal(watcher: Watcher, once: bool) -> None:
    from rich.console import Console
    from rich.live import Live

    from ..watch.show import page

    progress, console = watcher.look(), Console()
    if once or progress.state not in _AT_WORK:
        console.print(page(progress))
        return
    # The usual way to leave; the study continues
    with suppress(KeyboardInterrupt), Live(page(progress), console=console, auto_refresh=False) as live:
        while progress.state in _AT_WORK:
            time.sleep(_TERMINAL_SECONDS)
            progress = watcher.look()
            live.update(page(progress), refresh=True)


def _in_pipe(watcher: Watcher, once: bool) -> None:
    from ..watch.show import line

    with suppress(KeyboardInterrupt):
        while True:
            progress = watcher.look()
            print(time.strftime("%H:%M:%S"), line(progress), flush=True)
            if once or progress.state not in _AT_WORK:
                return
            time.sleep(_PIPE_SECONDS)
