"""A stand-in for conda: answers what Snakemake asks, and makes environments without solving or downloading.

An environment is a venv that sees this Python's packages except blocktune itself, and notes every Python started in it.
What a real conda would install is not tested by this; that the pins are right is (tests/project/test_pins.py).
"""

import json
import os
import sys
import venv
from pathlib import Path

ENVS_USED = "pythons-started.log"


def main() -> None:
    """Answer the calls that Snakemake makes."""
    arguments = sys.argv[1:]
    home = Path(__file__).parent.parent
    if arguments == ["--version"]:
        print("conda 25.1.0")
    elif arguments[:2] == ["info", "--json"]:
        print(json.dumps({"conda_prefix": str(home), "root_prefix": str(home), "platform": "linux-64"}))
    elif arguments[:1] == ["config"]:
        print(json.dumps({"get": {"channel_priority": "strict"}, "rc_path": ""}))
    elif arguments[:2] == ["env", "create"]:
        make(Path(arguments[arguments.index("--file") + 1]), Path(arguments[arguments.index("--prefix") + 1]))
    elif arguments[:1] != ["clean"]:
        sys.exit(f"the stand-in for conda doesn't know: {arguments}")


def make(file: Path, prefix: Path) -> None:
    """Make an environment."""
    real = Path(os.environ["STAND_IN_PACKAGES"])
    venv.create(prefix, symlinks=True, with_pip=False)
    (packages,) = prefix.glob("lib/python*/site-packages")
    for entry in real.iterdir():
        if "blocktune" not in entry.name.lower() and entry.name != "__pycache__":
            (packages / entry.name).symlink_to(entry)
    (prefix / "made-from.yaml").write_text(file.read_text())
    # Read when a Python starts; a sitecustomize would be hidden by that of Debian's Python
    (packages / "note_starts.pth").write_text(
        f"import sys; open({str(prefix / ENVS_USED)!r}, 'a').write(' '.join(sys.orig_argv) + '\\n')\n"
    )


if __name__ == "__main__":
    main()
