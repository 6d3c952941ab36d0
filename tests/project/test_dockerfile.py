"""No container can be built here: a linter reads the Dockerfile, and what it copies has to be there."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()


def test_the_linter_finds_nothing():
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_copied_exists_and_is_not_kept_from_docker():
    wanted = [line.split()[1:-1] for line in LINES if line.startswith("COPY") and "--from" not in line]
    names = [name for names in wanted for name in names if not name.startswith("--")]
    allowed = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE))
    assert "Snakefile" in names
    assert [name for name in names if not (ROOT / name).exists() or name not in allowed] == []
