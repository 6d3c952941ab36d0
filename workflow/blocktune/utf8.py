"""Names of files are bytes; settings, tables and this program say them in UTF-8, whatever the locale is."""

import os
import sys

from .errors import BlocktuneError


def start_in_utf8() -> None:
    """Start this program again in Python's UTF-8 mode where the locale is another; else nothing.

    In a Latin-1 locale Python would look for a file of another name than the settings', and write class names as other
    letters; in an ASCII one it could do neither.
    """
    if sys.getfilesystemencoding() == "utf-8":
        return
    # For the processes that this one starts, too
    os.environ["PYTHONUTF8"] = "1"
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def require_utf8(*names: str | None) -> None:
    """Refuse names that are not ASCII where they would be those of other files.

    Raises:
        BlocktuneError: says how to start Snakemake, which can't be started again from inside.
    """
    encoding = sys.getfilesystemencoding()
    strange = [name for name in names if name is not None and not name.isascii()]
    if encoding != "utf-8" and strange:
        raise BlocktuneError(
            f"in this locale names of files are {encoding}, not UTF-8, so {strange[0]!a} would be another file: "
            "start with PYTHONUTF8=1 in the environment, or in a UTF-8 locale (LC_ALL=C.UTF-8)"
        )
