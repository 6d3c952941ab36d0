"""With --sdm apptainer jobs go through the image that `container` names. The apptainer here is a stand-in."""

import os
import sys
from pathlib import Path

STAND_IN = r"""#!/bin/bash
# A stand-in for apptainer: notes what it was asked for, then runs the command outside of any container
if [ "$1" = --version ]; then echo "apptainer version 1.3.0"; exit; fi
echo "$*" | head -n 1 >> "$STAND_IN_LOG"
[ "$1" = exec ] || { echo "the stand-in for apptainer doesn't know: $*" >&2; exit 1; }
while [ "$1" != "$STAND_IN_IMAGE" ]; do shift || exit 1; done
shift
exec "$@"
"""


def test_jobs_go_through_the_image(new_study, tmp_path):
    study = new_study(tmp_path / "study")
    image = study.folder / "blocktune.sif"
    image.touch()
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "apptainer").write_text(STAND_IN)
    (tools / "apptainer").chmod(0o755)
    environment = {
        # The image has a Python with everything in it on its PATH
        "PATH": os.pathsep.join([str(tools), str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "STAND_IN_LOG": str(tmp_path / "calls"),
        "STAND_IN_IMAGE": str(image),
    }
    study.make(
        "--sdm", "apptainer", "--config", f"container={image}", "--", "results/plan/splits.csv", environment=environment
    )
    calls = (tmp_path / "calls").read_text().splitlines()
    assert len(calls) == 2
    assert all(call.startswith("exec ") and str(image) in call for call in calls)
