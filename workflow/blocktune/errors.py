"""What stands for a mistake of the user or a fault of the machine, not of the program."""

import errno

_NAMES = (
    *("EACCES", "EDQUOT", "EFBIG", "EIO", "ELOOP", "EMFILE", "ENAMETOOLONG", "ENFILE"),
    *("ENOSPC", "EPERM", "EROFS", "ESTALE"),
)
_OF_THE_MACHINE = {getattr(errno, name) for name in _NAMES if hasattr(errno, name)}


class BlocktuneError(Exception):
    """A user's mistake: names the key or file, what was given and what is allowed.

    The command line prints its message without a traceback and exits with status 2.
    """


def machine_fault(error: OSError) -> str | None:
    """Return what to say where a disk, a permission or a limit of the system stood in the way; None for a defect."""
    if error.errno not in _OF_THE_MACHINE:
        return None
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"
