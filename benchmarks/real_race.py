"""A race that really trains, once in one go and once killed twice on the way: does it come to the same, to the byte?

The cell is one of the table of spans (`docs/arms.md`): MobileNet 0.25 on sign_digits at 64 pixels, with 300 training
images. The race chooses among 78 spans at three rates. The second study is killed, with all its processes (SIGKILL), as
soon as a quarter and as soon as half of the trainings are done, and called again each time.
"""

import argparse
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import yaml
from machine import machine_facts
from practice_cells import DEFAULTS, HERE, PRESET, WEIGHTS

from blocktune.files.plain import read_json, write_json

BUDGET = 12
COMPARED = ("search/*/scores-race.json", "tables/recommendation.*", "tables/table1.csv", "metrics.json")
"""What must be the same, below `results/`."""


def main() -> None:
    """Parse, run both, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of sign_digits, of class folders")
    parser.add_argument("--weights", type=Path, required=True, help="folder of the networks' weights files")
    parser.add_argument("--work", type=Path, required=True, help="folder of the two studies; they are made anew")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "real_race.json")
    options = parser.parse_args()
    settings = settings_of(options.data.resolve(), options.weights.resolve())
    whole, killed = (begin(options.work.resolve() / name, settings) for name in ("whole", "killed"))
    seconds = call(whole)
    trainings = len(finished(whole))
    for share in (4, 2):
        kill_after(killed, trainings // share)
    rest = call(killed)
    names = compared(whole)
    different = [name for name in names if (killed / name).read_bytes() != (whole / name).read_bytes()]
    result = {"what": __doc__.split("\n", 1)[0], "machine": machine_facts(), "wall_seconds": round(seconds, 1)}
    result |= {"cpu_seconds": round(sum(read_json(run)["cpu_seconds"] for run in finished(whole)), 1)}
    result |= {"trainings": trainings, "wall_seconds_after_the_second_kill": round(rest, 1)}
    result |= {"compared": [str(name) for name in names], "different": [str(name) for name in different]}
    write_json(options.output, result | answer_of(whole))
    if different:
        raise SystemExit(f"not the same after two kills: {', '.join(map(str, different))}")


def settings_of(data: Path, weights: Path) -> dict[str, Any]:
    """Return the study's settings, an overlay on the practice recipe."""
    backbone = {"name": "MobileNet", "alpha": 0.25, "weights": str(weights / WEIGHTS["MobileNet", 0.25])}
    return {
        "study": "race",
        "data": {"source": "folder", "name": "sign_digits", "path": str(data / "sign_digits"), "image_size": 64},
        "split": {"search": 0.291, "final": 0.291, "validation": 0.6},
        "evaluation": {"selection": 0.1455},
        "backbones": [backbone],
        "search": {"strategies": ["span"], "span_blocks": 12, "candidates": None, "budget": BUDGET},
    }


def begin(folder: Path, settings: dict[str, Any]) -> Path:
    """Make a study's folder with its settings; return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "race.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return folder


def start(study: Path) -> subprocess.Popen:
    """Call the workflow on a study, in a process group of its own."""
    files = [str(DEFAULTS), str(PRESET), str(study / "race.yaml")]
    command = ["snakemake", "--cores", "2", "--directory", str(study), "--configfile", *files]
    with (study / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=HERE.parent, stdout=log, stderr=log, start_new_session=True)


def call(study: Path) -> float:
    """Call it to its end; return the seconds that it took.

    Raises:
        CalledProcessError: it failed; the study's `log` says why.
    """
    began = time.monotonic()
    code = start(study).wait()
    if code:
        raise subprocess.CalledProcessError(code, f"snakemake, see {study / 'log'}")
    return time.monotonic() - began


def kill_after(study: Path, trainings: int) -> None:
    """Call it, and kill it with all its processes once so many trainings are done."""
    process = start(study)
    while len(finished(study)) < trainings:
        if process.poll() is not None:
            raise SystemExit(f"it ended before it could be killed: see {study / 'log'}")
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def finished(study: Path) -> list[Path]:
    """Return the resources of all trainings that are in a study's store."""
    return sorted(study.glob("data/store/??/*/resources.json"))


def compared(study: Path) -> list[Path]:
    """Return the results that must be the same, relative to the study."""
    found = [file for pattern in COMPARED for file in sorted(study.glob(f"results/{pattern}"))]
    return [file.relative_to(study) for file in found]


def answer_of(study: Path) -> dict[str, Any]:
    """Return what is recommended, and what the race says of it."""
    (found,) = read_json(study / "results" / "tables" / "recommendation.json").values()
    (race,) = (read_json(file) for file in study.glob("results/search/*/scores-race.json"))
    best, probe = found["best"], found["best"]["above_probe"]
    answer = {name: best[name] for name in ("strategy", "candidate", "learning_rate", "accuracy", "interval")}
    answer |= {"first": best["names"][0], "last": best["names"][-1], "points_above_probe": probe["points"]}
    told = {name: race[name] for name in ("ended", "trainings", "budget")}
    return {"answer": answer, "race": told | {"expected_loss": race["strategies"][0]["expected_loss"]}}


if __name__ == "__main__":
    main()
