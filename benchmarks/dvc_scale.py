"""How long do DVC's pull and status take for a finished study of the paper's size, its runs packed and as they lie?

The study is made up, nothing is trained: five backbones, 700 search runs and 35 final ones, each with five seeds, 50
epochs in every history; prepared images of 224 pixels as random bytes. It is pushed to a folder on the same disk
and pulled into a fresh clone. `packed` is what dvc.yaml tracks; `loose` tracks the store's small files instead.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from machine import machine_facts

from blocktune.files.plain import json_text, write_json, write_text
from blocktune.files.spec import RunSpec
from blocktune.runs.store import Store
from blocktune.tracking.packs import unpack, write_pack

HERE = Path(__file__).parent
ROOT = HERE.parent
BACKBONES = ("VGG16", "MobileNet", "MobileNetV2", "MobileNetV3Small", "ResNet50V2")
SEEDS = 5
RUNS = {"search": 140, "final": 7}
IMAGES = 3670
METRICS = {"last_accuracy": 0.8251, "best_accuracy": 0.8351, "best_epoch": 41, "diverged": False, "epochs": 50}
RESOURCES = {"seconds": 1234.5, "cpu_seconds": 1230.1, "peak_memory_mb": 2345, "versions": {"keras": "3", "numpy": "2"}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="folder to work in (default: a temporary one; needs about 6 GB)")
    parser.add_argument("--layouts", nargs="+", default=["packed", "loose"], choices=["packed", "loose"])
    parser.add_argument("--output", type=Path, default=HERE / "results" / "dvc_scale.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        found = {layout: measure(work / layout, layout) for layout in options.layouts}
    runs = len(BACKBONES) * SEEDS * sum(RUNS.values())
    write_json(
        options.output,
        {
            "what": f"{runs} finished runs of {len(BACKBONES)} backbones, {IMAGES} images of 224 px",
            "machine": machine_facts() | {"load_at_end": round(os.getloadavg()[0], 1)},
            "seconds": found,
        },
    )


def measure(work: Path, layout: str) -> dict[str, dict[str, float]]:
    """Make the study, push it, clone, pull."""
    project, clone = work / "project", work / "clone"
    make_study(project, layout)
    seconds = {}
    git(project, "init", "--quiet")
    dvc(project, "remote", "add", "--default", "here", str(work / "remote"))
    seconds["commit"] = timed(dvc, project, "commit", "--force")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "A study")
    seconds["push"] = timed(dvc, project, "push")
    git(work, "clone", "--quiet", "project", "clone")
    seconds["pull"] = timed(dvc, clone, "pull")
    seconds["status"] = timed(dvc, clone, "status")
    seconds["status of the remote"] = timed(dvc, clone, "status", "--cloud")
    if layout == "packed":
        store = Store(clone / "data" / "store")
        seconds["unpack into the store"] = timed(unpack, sorted((clone / "data/packs").glob("*/*.tar")), store)
    print(layout, json.dumps(seconds), file=sys.stderr)
    return seconds


def timed(function: Callable, *arguments: object) -> dict[str, float]:
    """Seconds by the clock, and of processors: these say something also on a busy machine."""
    begun, before = time.perf_counter(), os.times()
    function(*arguments)
    after = os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    return {"clock": round(time.perf_counter() - begun, 2), "processors": round(cpu, 2)}


def make_study(project: Path, layout: str) -> None:
    """Write the study's files as the workflow lays them out."""
    for name in ("dvc.yaml", ".dvcignore", ".gitignore", "params.yaml", "Snakefile", ".dvc/config", ".dvc/.gitignore"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, project / name)
    for name in ("workflow/rules", "workflow/blocktune", "data/raw", ".dvc/plots"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    if layout == "loose":
        text = (project / "dvc.yaml").read_text(encoding="utf-8")
        (project / "dvc.yaml").write_text(text.replace("- data/packs:", "- data/store:"), encoding="utf-8")
    prepared = project / "data/prepared/tf_flowers-224px"
    prepared.mkdir(parents=True)
    images = np.random.default_rng(0).integers(0, 256, (IMAGES, 224, 224, 3), dtype=np.uint8)
    np.save(prepared / "images.npy", images)
    store = Store(project / "data/store" if layout == "loose" else project.parent / "store")
    for backbone in BACKBONES:
        for stage, count in RUNS.items():
            specs = [spec(backbone, stage, number, seed) for seed in range(SEEDS) for number in range(count)]
            for each in specs:
                store.put(each, METRICS, history(each), RESOURCES)
            if layout == "packed":
                write_pack(project / "data/packs" / backbone / f"{stage}.tar", store, specs)
            plan = {"runs": {each.run_id: each.content() for each in specs}}
            write_json(project / "results/plan" / backbone / f"{stage}.json", plan)
            write_text(project / f"results/{stage}/{backbone}/scores.csv", "backbone,run\n" * count)
    for name in ("tables/table1.csv", "tables/table1.md", "compare/table1.json", "compare/ranking.csv", "metrics.json"):
        write_text(project / "results" / name, "{}\n")
    for number in range(2, 9):
        write_text(project / f"results/figures/figure{number}.svg", "<svg/>" * 20000)
    write_text(project / "results/provenance.json", json_text({"outputs": {}}))


def spec(backbone: str, stage: str, number: int, seed: int) -> RunSpec:
    return RunSpec(
        protocol=1,
        backend="tensorflow",
        backbone={"name": backbone, "alpha": None, "weights": "0" * 64},
        image_size=224,
        pixel_range="unit",
        data="1" * 64,
        classes=5,
        train_rows=hashlib.sha256(stage.encode()).hexdigest(),
        validation_rows="2" * 64,
        unfrozen=(number, number + 1, number + 2),
        head={"pooling": "flatten", "units": [128, 64], "dropout": 0.5},
        training={"learning_rate": 1e-4, "batch_size": 4, "epochs": 50},
        seed=seed,
    )


def history(each: RunSpec) -> str:
    noise = random.Random(each.run_id)
    rows = [f"{epoch}," + ",".join(f"{noise.random():.17g}" for _ in range(5)) for epoch in range(1, 51)]
    return "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\n" + "\n".join(rows) + "\n"


def dvc(folder: Path, *arguments: str) -> None:
    command = [Path(sys.executable).with_name("dvc"), *arguments]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def git(folder: Path, *arguments: str) -> None:
    who = {"GIT_AUTHOR_NAME": "Nobody", "GIT_AUTHOR_EMAIL": "nobody@example.org"}
    who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
    subprocess.run(["git", *arguments], cwd=folder, check=True, env=os.environ | who)


if __name__ == "__main__":
    main()
