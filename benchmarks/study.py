"""What the benchmarks share: plan a real search with the workflow itself, train some of its runs job by job."""

import os
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from timed import run_timed

from blocktune.files.plain import read_json, write_json
from blocktune.files.plan import Plan
from blocktune.runs.history import read_history
from blocktune.training.process import one_thread_per_process

REPOSITORY = Path(__file__).parents[1]


@dataclass(frozen=True)
class Network:
    """A network of keras.applications with its weights file, and the archive of images it is tuned on."""

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
    runs_per_job: int | str = 1,
    clone: Path = REPOSITORY,
    batch_size: int = 4,
) -> Files:
    """Prepare the images and plan the exhaustive search of the paper's recipe with a clone's workflow itself.

    The images are `image_size` pixels wide, and the search trains on a share of them. In a real search the setting
    `runs_per_job` is `auto`, and the paper's batch size is 4.
    """
    size = "" if batch_size == 4 else f"batch_size: {batch_size}, "
    return plan_with(
        network,
        work,
        ["params.yaml"],
        [
            f"runs_per_job={runs_per_job}",
            f"seed={seed}",
            # The plateau is not the default's: with it the ids are those of the stored runs (presets/quick.yaml)
            f"training={{epochs: {epochs}, {size}batch_norm: {batch_norm}, plateau: {{monitor: val_loss}}}}",
            "pixels={range: native}",
            f"split={{search: {share}}}",
        ],
        image_size,
        clone,
    )


def plan_with(
    network: Network,
    work: Path,
    settings: Sequence[str],
    changes: Sequence[str],
    image_size: int,
    clone: Path = REPOSITORY,
) -> Files:
    """Prepare the images and plan the search of a study with a clone's workflow, in the folder `work`.

    The files of settings are the clone's; `changes` are those of `--config`, beside data and network.
    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", clone / "Snakefile", "--directory", work]
    command += ["--cores", "2", "--quiet", "--configfile", *(clone / file for file in settings), "--config", *changes]
    entry = f"name: {network.name}, alpha: {network.alpha}, weights: {network.weights.absolute()}"
    command += [f"data={{source: archive, path: {network.archive.absolute()}, image_size: {image_size}}}"]
    command += [f"backbones=[{{{entry}}}]"]
    command += ["--", f"results/plan/{network.key}/search.json"]
    work.mkdir(parents=True, exist_ok=True)
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, env=environment(clone))
    plan = work / "results" / "plan"
    return Files(
        plan=plan / network.key / "search.json",
        layers=plan / network.key / "layers.json",
        splits=plan / "splits.csv",
        # The one that was written last
        dataset=max((work / "data/prepared").glob("*/dataset.json"), key=lambda path: path.stat().st_mtime),
    )


def environment(clone: Path, flags: Mapping[str, str] = {}) -> dict[str, str]:
    """Return the environment for commands of a clone: nothing of TensorFlow's set, but for what `flags` says."""
    kept = {name: value for name, value in os.environ.items() if name not in training_flags()}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return kept | {"PATH": path, "PYTHONPATH": str(clone / "workflow"), **flags}


@cache
def training_flags() -> dict[str, str]:
    """Return what a training of ours sets in its environment: threads, oneDNN, the allocator, how much is said."""
    kept = dict(os.environ)
    try:
        os.environ.clear()
        one_thread_per_process()
        return dict(os.environ)
    finally:
        os.environ.clear()
        os.environ.update(kept)


def depth_of(plan: Plan) -> dict[str, int]:
    """First layer that a run trains, by run id; a run that trains the head alone lies above all."""
    return {run: min(spec.unfrozen, default=10**6) for run, spec in plan.runs.items()}


def distinct_by_depth(plan: Plan, strategies: Collection[str] = ("lw", "bw", "bwsw")) -> list[str]:
    """Ids of the runs of some strategies, each once, from the input to the head."""
    depth = depth_of(plan)
    searched = {entry.run for entry in plan.candidates if entry.strategy in strategies}
    return sorted(searched, key=lambda run: (depth[run], run))


def train(
    files: Files, runs: Sequence[str], jobs: int, work: Path, store: Path | None = None
) -> tuple[float, dict[str, dict[str, Any]]]:
    """Train runs in so many jobs side by side; return wall seconds and by run its metrics, resources and history.

    Finished runs are taken from the store; by default there are none.
    """
    # Neighbours in depth share a job, as in the workflow; every job gets its share of the deep and the shallow ones
    split = {f"job{job}": list(runs[job::jobs]) for job in range(jobs)}
    begun = time.perf_counter()
    trained = train_jobs(files, split, jobs, work, store)
    wall = time.perf_counter() - begun
    return wall, {run: found for job in trained.values() for run, found in job["runs"].items()}


def train_jobs(
    files: Files,
    jobs: Mapping[str, Sequence[str]],
    side_by_side: int,
    work: Path,
    store: Path | None = None,
    clone: Path = REPOSITORY,
) -> dict[str, dict[str, Any]]:
    """Train jobs of a planned search, so many side by side, with the command that the workflow of a clone calls.

    Plan and logs lie in the folder `work`. Finished runs are taken from the store; by default there are none.

    Returns:
        By job its `usage` (wall and processor seconds, its start and all its processes counted) and its `runs`: by id
        metrics, resources and history.
    """
    work.mkdir(parents=True, exist_ok=True)
    # As it stands but for the jobs: an older clone must be able to read it
    write_json(work / "plan.json", {**read_json(files.plan), "jobs": {job: list(runs) for job, runs in jobs.items()}})
    with ThreadPoolExecutor(side_by_side) as pool:
        done = pool.map(lambda job: _run_job(files, job, work, store or work / "store", clone), jobs)
        return dict(zip(jobs, done, strict=True))


def _run_job(files: Files, job: str, work: Path, store: Path, clone: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "blocktune", "train", "--plan", work / "plan.json", "--job", job]
    command += ["--layers", files.layers, "--dataset", files.dataset, "--splits", files.splits]
    command += ["--store", store, "--output", work / f"{job}.json"]
    usage = run_timed(command, work / f"{job}.usage.json", environment(clone), work / f"{job}.log")
    runs = {record["run"]: _found(record) for record in read_json(work / f"{job}.json")["runs"]}
    return {"usage": usage, "runs": runs}


def _found(record: Mapping[str, Any]) -> dict[str, Any]:
    rows = [asdict(epoch) for epoch in read_history(record["history"], record["run"])]
    names = [name for name in (rows[0] if rows else ()) if name != "epoch"]
    history = {name: [row[name] for row in rows] for name in names}
    return {"metrics": record["metrics"], "resources": record["resources"], "history": history}
