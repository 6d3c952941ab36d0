"""The code blocks of the documentation, and the commands in them as a shell takes them apart."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path
    for path in (
        *(ROOT / name for name in ("README.md", "presets/README.md", "benchmarks/README.md")),
        *sorted((ROOT / "docs").glob("*.md")),
    )
}
# Written into the record before the program's name, folder and arguments; no command holds it
_BEGIN = "\x01"


@dataclass(frozen=True)
class Call:
    """A program called from a page, with its arguments, in a folder."""

    page: str
    program: str
    arguments: tuple[str, ...]
    folder: Path

    def __str__(self):
        return " ".join((self.program, *self.arguments))


def blocks(page, language):
    """Texts of a page's fenced blocks of a language, in order."""
    text = PAGES[page].read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def calls(page, place, programs):
    """What bash would call for a page's commands, in the folder `place`; a program that is not listed is an error."""
    stubs, record = place / ".stubs", place / ".record"
    shutil.rmtree(stubs, ignore_errors=True)
    stubs.mkdir()
    for program in programs:
        stub = stubs / program
        stub.write_text(f"#!/bin/bash\nprintf '%s\\0' $'\\x01' '{program}' \"$PWD\" \"$@\" >> '{record}'\n")
        stub.chmod(0o755)
    record.write_bytes(b"")
    for block in blocks(page, "bash"):
        # What stands in <> is for the reader to fill in
        text = re.sub(r"<[^<>\n]+>", "FILLED_IN", block)
        done = subprocess.run(
            ["/bin/bash", "-eu", "-c", text],
            cwd=place,
            env={"PATH": str(stubs), "HOME": str(place)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{page}:\n{block}\n{done.stderr}"
    found = []
    for entry in record.read_text(encoding="utf-8").split(f"{_BEGIN}\0")[1:]:
        program, folder, *arguments = entry.split("\0")[:-1]
        found.append(Call(page, program, tuple(arguments), Path(folder)))
    return found


def clone(place):
    """Make a folder look like the repository; what runs there leaves nothing here."""
    for name in ("Snakefile", "Makefile", "workflow", "params.yaml", "presets", "profiles", "envs", "benchmarks"):
        (place / name).symlink_to(ROOT / name)
    # A page clones the repository and goes into the clone
    (place / "blocktune").symlink_to(".")
    activate = place / ".venv" / "bin" / "activate"
    activate.parent.mkdir(parents=True)
    activate.touch()
    return place


def environment(place, **more):
    """The environment of a user with nothing downloaded."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    own = {"HOME": str(place / "home"), "KERAS_HOME": str(place / "keras"), "TFDS_DATA_DIR": str(place / "tfds")}
    return {**kept, **own, **more}
