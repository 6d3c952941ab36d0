"""What is fuzzed: readers that take any bytes and may raise nothing but `BlocktuneError`.

As a program, with atheris: `python fuzzed.py settings|archive SEEDS... -max_total_time=60` (libFuzzer's own flags).
"""

import contextlib
import gzip
import os
import sys
import tempfile
from pathlib import Path

PLACE = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path(tempfile.gettempdir())
FILE = PLACE / f"blocktune-fuzzed-{os.getpid()}"


def settings(content):
    """A settings file of these bytes, with what a study needs laid below it."""
    from blocktune.errors import BlocktuneError
    from blocktune.settings.load import load_config, read_files
    from blocktune.settings.yaml_file import read_yaml

    FILE.write_bytes(content)
    with contextlib.suppress(BlocktuneError):
        load_config({"backbones": [{"name": "VGG16"}], **read_files([FILE])})
    with contextlib.suppress(BlocktuneError):
        load_config({"backbones": [{"name": "VGG16"}], "training": read_yaml(content.decode("latin-1"), "x")})


def archive(content):
    """An archive of these bytes, and once more packed by gzip; every picture in it is decoded."""
    from blocktune.data.archive import open_archive
    from blocktune.data.decode import BadImageError, decode
    from blocktune.errors import BlocktuneError

    for packed in (content, gzip.compress(content, 1)):
        FILE.write_bytes(packed)
        with contextlib.suppress(BlocktuneError):
            for image in open_archive(str(FILE)).images:
                with contextlib.suppress(BadImageError):
                    decode(image.content, 8)


TARGETS = {"settings": settings, "archive": archive}


def main():
    """Fuzz with atheris until libFuzzer's own limits."""
    import atheris

    target = TARGETS[sys.argv[1]]
    with atheris.instrument_imports(include=["blocktune.data", "blocktune.settings", "yaml", "tarfile", "zipfile"]):
        target(b"")
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    try:
        atheris.Fuzz()
    finally:
        FILE.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
