"""What the benchmarks share: plan a real search with the workflow itself, train some of its runs job by job."""

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blocktune.runs.files import read_json, write_json
from blocktune.runs.history import read_history
from blocktune.runs.plan import Plan, read_plan

REPOSITORY = Path(__file__).parents[1]


@dataclass(frozen=True)
class Network:
    """A network of keras.applications with its weights file, and the archive of photographs it is tuned on."""

    archive: Path
    weights: Path
    name: str = "MobileNet"
    alpha: float = 0.25

    @property
    def key(self) -> str:
        """Name of its folders in a study."""
        return f"{self.name}-a{self.alpha:g}-{self.weights.stem}"


@dataclass(frozen=True)
class Files:
    """Where a planned search lies."""

    plan: Path
    layers: Path
    splits: Path
    dataset: Path


def plan_search(
    network: Network,
    work: Path,
    epochs: int,
    image_size: int,
    share: float = 0.1,
    seed: int = 1,
    batch_norm: str = "layer",
) -> Files:
    """Prepare the photographs and plan the exhaustive search with the workflow itself."""
    command = ["snakemake", "--snakefile", REPOSITORY / "Snakefile", "--directory", work, "--cores", "2", "--quiet"]
    command += ["--configfile", REPOSITORY / "params.yaml", "--config", "runs_per_job=1", f"seed={seed}"]
    # The plateau is not the default's: with it the ids are those of the stored runs (presets/quick.yaml)
    command += [
        f"training={{epochs: {epochs}, batch_norm: {batch_norm}, plateau: {{monitor: val_loss}}}}",
        "pixels={range: native}",
        f"split={{search: {share}}}",
    ]
    command += [f"data={{source: archive, path: {network.archive.absolute()}, image_size: {image_size}}}"]
    entry = f"name: {network.name}, alpha: {network.alpha}, weights: {network.weights.absolute()}"
    command += [f"backbones=[{{{entry}}}]", "--", f"results/plan/{network.key}/search.json"]
    work.mkdir(parents=True, exist_ok=True)
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
    plan = work / "results" / "plan"
    return Files(
        plan=plan / network.key / "search.json",
        layers=plan / network.key / "layers.json",
        splits=plan / "splits.csv",
        dataset=newest((work / "data/prepared").glob("*/dataset.json")),
    )


def newest(paths: Any) -> Path:
    """Return the file that was written last."""
    return max(paths, key=lambda path: path.stat().st_mtime)


def depth_of(plan: Plan) -> dict[str, int]:
    """First layer that a run trains, by run id; a run that trains the head alone lies above all."""
    return {run: min(spec["unfrozen"], default=10**6) for run, spec in plan["runs"].items()}


def distinct_by_depth(plan: Plan) -> list[str]:
    """Ids of the runs of lw, bw and bwsw, each once, from the input to the head."""
    depth = depth_of(plan)
    searched = {entry["run"] for entry in plan["candidates"] if entry["strategy"] in ("lw", "bw", "bwsw")}
    return sorted(searched, key=lambda run: (depth[run], run))


def train(
    files: Files, runs: Sequence[str], jobs: int, work: Path, store: Path | None = None
) -> tuple[float, dict[str, dict[str, Any]]]:
    """Train runs in so many jobs side by side; return wall seconds and by run its metrics, resources and history.

    Args:
        files: the planned search.
        runs: ids of its runs.
        jobs: how many jobs.
        work: a folder for plan and logs.
        store: finished runs, to be taken from there (default: none, in a folder of its own). A run's `seconds` are
            there only if it was trained now.
    """
    work.mkdir(parents=True, exist_ok=True)
    # Neighbours in depth share a job, as in the workflow; every job gets its share of the deep and the shallow ones
    split = {f"job{job}": list(runs[job::jobs]) for job in range(jobs)}
    write_json(work / "plan.json", {**read_plan(files.plan), "jobs": split})
    begun = time.perf_counter()
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda job: _run_job(files, job, work, store or work / "store"), split))
    wall = time.perf_counter() - begun
    found: dict[str, dict[str, Any]] = {}
    for job in split:
        for record in read_json(work / f"{job}.json")["runs"]:
            rows = read_history(record["history"])
            found[record["run"]] = {
                "metrics": record["metrics"],
                "resources": record["resources"],
                "history": {name: [row[name] for row in rows] for name in rows[0] if name != "epoch"},
            }
        for line in (work / f"{job}.log").read_text().splitlines():
            if line.startswith("run ") and line.endswith(" s"):
                found[line.split()[1]]["seconds"] = float(line.rsplit(": ", 1)[1].removesuffix(" s"))
    return wall, found


def _run_job(files: Files, job: str, work: Path, store: Path) -> None:
    """Run one job with the command that the workflow calls."""
    command = [sys.executable, "-m", "blocktune", "train", "--plan", work / "plan.json", "--job", job]
    command += ["--layers", files.layers, "--dataset", files.dataset, "--splits", files.splits]
    command += ["--store", store, "--output", work / f"{job}.json"]
    with (work / f"{job}.log").open("w") as log:
        subprocess.run(list(map(str, command)), check=True, stdout=log, stderr=subprocess.STDOUT)
