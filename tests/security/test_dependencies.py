"""What is installed is what was locked: every package by version and hash, from no address, and it can be audited."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def requirements():
    """Each requirement of the lock, on one line."""
    text = re.sub(r"\\\n", " ", LOCK)
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def test_every_package_is_locked_by_version_and_hash():
    assert len(requirements()) > 150
    for line in requirements():
        assert re.match(r"^[A-Za-z0-9._-]+(\[[a-z,-]+\])?==[^\s;]+", line), line
        assert re.findall(r"--hash=sha256:[0-9a-f]{64}(?=\s|$)", line), line
        assert "@" not in line.split("--hash")[0], line


def test_what_is_installed_must_have_these_hashes():
    installs = [line for line in MAKEFILE.splitlines() if "requirements.lock" in line and "pip install" in line]
    assert installs and all("--require-hashes" in line for line in installs)
    assert "--no-deps" in re.search(r"pip install .*--editable \.", MAKEFILE)[0]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "make setup" in dockerfile or "--require-hashes" in dockerfile


def test_the_lock_can_be_audited():
    recipe = MAKEFILE[MAKEFILE.index("\naudit:") :].split("\n\n")[0]
    assert "pip-audit==" in recipe and "--require-hashes" in recipe and "requirements.lock" in recipe
    assert re.search(r"^AUDIT_VERSION := \d+\.\d+\.\d+$", MAKEFILE, flags=re.MULTILINE)
