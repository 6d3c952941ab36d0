"""Dry runs of Snakemake, one process each: importing what they need takes longer than they do, so it is done once.

Reads a list of [folder, arguments] as JSON, writes a list of [status, output].
"""

import importlib
import json
import os
import sys
import tempfile
from contextlib import suppress


def dry_run(folder, arguments, modules):
    """Status and output of `snakemake -n` in a folder; the names of what it imported go to the file `modules`."""
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if child == 0:
            for stream in (1, 2):
                os.dup2(output.fileno(), stream)
            os.chdir(folder)
            sys.argv = ["snakemake", "--dry-run", *arguments]
            try:
                # Ends the process
                main(sys.argv[1:])
            finally:
                modules.write("\n".join(sys.modules))
                modules.flush()
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read()


def dry_runs(given):
    """Status and output of each."""
    found = []
    for folder, arguments in given:
        with tempfile.TemporaryFile("w+") as modules:
            found.append(dry_run(folder, arguments, modules))
            modules.seek(0)
            for name in modules.read().split():
                if name not in sys.modules:
                    with suppress(Exception):
                        importlib.import_module(name)
    return found


if __name__ == "__main__":
    from snakemake.cli import main

    from blocktune.settings.code import code_digests

    # Each would work them out anew
    code_digests()
    json.dump(dry_runs(json.load(sys.stdin)), sys.stdout)
