"""Pieces that several commands share."""

import argparse
import os
from pathlib import Path


def path_flag(
    parser: argparse.ArgumentParser, flag: str, help_text: str, required: bool = True, many: bool = False
) -> None:
    """Add a flag that takes a path, or several."""
    parser.add_argument(flag, type=Path, required=required, help=help_text, metavar="FILE", nargs="+" if many else None)


def usable_cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
