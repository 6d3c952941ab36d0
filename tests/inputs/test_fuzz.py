"""Random bytes for the readers of settings and archives: nothing but a BlocktuneError comes out, and in time."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import fuzzed
import numpy as np
import pytest
from bad_pictures import ARCHIVES
from bad_settings import BAD_SETTINGS
from made import GOOD, tar, zipped

ROOT = Path(__file__).parents[2]
# Seconds of atheris for each reader, here and with --long
SHORT, LONG = 1, 120


def seeds(target, folder):
    """Files to begin with: good ones and the whole corpus of bad ones."""
    folder.mkdir()
    if target == "settings":
        found = [(ROOT / "params.yaml").read_bytes(), *((ROOT / "presets").glob("*.yaml"))]
        found += [content for _, content, _ in BAD_SETTINGS if len(content) < 2_000]
    else:
        found = [tar(GOOD), zipped(GOOD), tar({"a/1.jpg": b"x", "b/1.jpg": b"y"}), tar(GOOD, "w:xz")]
        for place, (_, make, _) in enumerate(ARCHIVES):
            (folder.parent / str(place)).mkdir()
            path = Path(make(folder.parent / str(place))["path"])
            found += [path] if path.is_file() else []
    contents = [entry.read_bytes() if isinstance(entry, Path) else entry for entry in found]
    for place, content in enumerate(contents):
        (folder / str(place)).write_bytes(content.encode() if isinstance(content, str) else content)
    return sorted(folder.iterdir())


def mutated(content, draw):
    """A copy with some bytes changed, cut out, doubled or taken from elsewhere."""
    content = bytearray(content)
    for _ in range(draw.integers(1, 6)):
        if not content:
            break
        at, length = int(draw.integers(len(content))), int(draw.integers(1, 9))
        kind = draw.integers(5)
        if kind == 0:
            content[at : at + length] = draw.bytes(length)
        elif kind == 1:
            del content[at : at + 16 * length]
        elif kind == 2:
            content[at:at] = content[at : at + 8 * length]
        elif kind == 3:
            content[at] ^= 1 << int(draw.integers(8))
        else:
            content[at : at + length] = [b"\0", b"\xff", b"9", b"-", b"[", b"&", b"*", b"\n"][draw.integers(8)] * length
    return bytes(content)


@pytest.mark.parametrize(("target", "count"), [("settings", 400), ("archive", 400)])
def test_damaged_seeds_are_refused_or_read(target, count, tmp_path):
    """Always the same ones, on every machine."""
    found, draw = [file.read_bytes() for file in seeds(target, tmp_path / "seeds")], np.random.default_rng(9)
    for number in range(count):
        fuzzed.TARGETS[target](mutated(found[number % len(found)], draw))
    fuzzed.FILE.unlink()


def fuzz(target, seconds, tmp_path):
    """Run atheris for so long; return how many inputs it tried."""
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris has no wheel for this machine")
    seeds(target, tmp_path / "seeds")
    limits = [f"-max_total_time={seconds}", "-timeout=600", "-rss_limit_mb=4000", "-max_len=60000", "-seed=9"]
    done = subprocess.run(
        [sys.executable, fuzzed.__file__, target, *limits, f"-artifact_prefix={tmp_path}/", tmp_path / "seeds"],
        capture_output=True,
        text=True,
        errors="replace",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return int(re.findall(r"Done (\d+) runs", done.stderr)[-1])


@pytest.mark.parametrize("target", fuzzed.TARGETS)
def test_fuzzing_finds_no_crash(target, tmp_path):
    assert fuzz(target, SHORT, tmp_path) > 20


@pytest.mark.long
@pytest.mark.parametrize("target", fuzzed.TARGETS)
def test_longer_fuzzing_finds_no_crash(target, tmp_path):
    inputs = fuzz(target, LONG, tmp_path)
    print(f"{inputs} inputs in {LONG} s")
    assert inputs > 0
