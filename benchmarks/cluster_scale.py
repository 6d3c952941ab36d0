"""How many runs an hour does the workflow push through SLURM, and what limits it?

A SLURM is started on this machine (tests/cluster/slurm.py: root and its Debian packages are needed) and a study of many
runs goes through it with dry jobs: each run takes its lock, sleeps a little and leaves a file in results/dry. The
backbone is a made-up layer table, so nothing of Keras is in the numbers. The same study is run with one run a job, with
job arrays, with groups and with many runs a job. The first three do as many runs as `--sample` says.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import yaml
from machine import machine_facts

from blocktune.files.layers import Layer, LayerTable
from blocktune.files.plain import read_json, write_json
from blocktune.settings.backbone import Backbone

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests" / "cluster"))

import slurm  # noqa: E402

BACKBONE = Backbone(name="TinyPlain", weights="none")
RESOURCES = ["train:gpu=0", "train:mem_mb=500", "train:runtime=60"]
GROUP = 5


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5000, help="runs of the study (default 5000)")
    parser.add_argument("--sample", type=int, default=40, help="runs of the variants with short jobs (default 40)")
    parser.add_argument("--runs-per-job", type=int, default=100, help="of the variant with long jobs (default 100)")
    parser.add_argument("--sleep", type=float, default=0.2, help="seconds that a run sleeps (default 0.2)")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "cluster_scale.json")
    options = parser.parse_args()
    if reason := slurm.why_not():
        sys.exit(reason)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        slurm.start(folder / "slurm")
        try:
            variants = measure(options, folder)
        finally:
            slurm.stop(folder / "slurm")
    result = {
        "command": f"{options.runs} runs, {options.sample} with short jobs, sleeping {options.sleep:g} s each",
        "pretended": "8 cores and 2 GPUs on this machine; a made-up layer table; dry jobs",
        "variants": variants,
        "machine": machine_facts(),
    }
    write_json(options.output, result)


def measure(options: argparse.Namespace, folder: Path) -> list[dict[str, object]]:
    """Run every variant in a study of its own."""
    arrays = ["--slurm-array-jobs", "train", "--slurm-array-limit", "25"]
    arrays += ["--jobs", "100000", "--max-jobs-per-timespan", "100000/1s"]
    grouped = ["--groups", "train=trainings", "--group-components", f"trainings={GROUP}"]
    long = options.runs_per_job
    return [
        variant("one run a job", options.sample, 1, [], options.sleep, folder / "single"),
        variant("one run a job, job arrays", options.sample, 1, arrays, options.sleep, folder / "arrays"),
        variant(f"one run a job, groups of {GROUP}", options.sample, 1, grouped, options.sleep, folder / "groups"),
        variant(f"{long} runs a job", options.runs, long, [], options.sleep, folder / "long"),
    ]


def variant(name: str, runs: int, per_job: int, flags: list[str], sleep: float, folder: Path) -> dict[str, object]:
    """Plan a study of about so many runs, push it through SLURM, count what came out."""
    prepare(folder, runs)
    config = ["--config", f"runs_per_job={per_job}", f"dry_seconds={sleep:g}"]
    # Planned in the same call: groups are made twice where the plan is there before (docs/cluster.md)
    begun = time.perf_counter()
    peak, cpu = snakemake(
        folder,
        *("--workflow-profile", "slurm", "--slurm-status-command", "squeue", "--latency-wait", "5"),
        *("--slurm-init-seconds-before-status-checks", "5", "--set-resources", *RESOURCES),
        *flags,
        *config,
        "--",
        "searched",
    )
    seconds = time.perf_counter() - begun
    jobs = read_json(folder / "results" / "plan" / BACKBONE.key / "search.json")["jobs"]
    planned = {run for job in jobs.values() for run in job}
    lines = {file.stem: len(file.read_text().splitlines()) for file in folder.glob("results/dry/store/*/*.dry")}
    return {
        "variant": name,
        "runs": len(planned),
        "jobs": len(jobs),
        "seconds": round(seconds, 1),
        "runs_per_hour": round(3600 * len(planned) / seconds),
        "seconds_per_job": round(seconds / len(jobs), 2),
        "main_process_peak_mb": round(peak / 1e6),
        "main_process_cpu_seconds": round(cpu, 1),
        "runs_lost": len(planned - set(lines)),
        "runs_doubled": sum(count > 1 for count in lines.values()),
    }


def prepare(folder: Path, runs: int) -> None:
    """Make a study whose search has about so many different runs: every layer alone, and every window of three."""
    folder.mkdir(parents=True)
    overlay = {
        "study": "scale",
        "data": {"image_size": 8},
        "backbones": [{"name": BACKBONE.name, "weights": "none"}],
    }
    (folder / "overlay.yaml").write_text(yaml.safe_dump(overlay), encoding="utf-8")
    snakemake(folder, "--cores", "2", "--", "results/plan/splits.csv")
    # Two baselines, a random set of three layers, one block of all
    weighted = max((runs - 3 + 2) // 2, 4)
    layers = [Layer(0, "input", "InputLayer", 0, 0, True, False, (8, 8, 3))]
    layers += [Layer(i, f"layer{i}", "Conv2D", 9, 0, True, False, (8, 8, 1)) for i in range(1, weighted + 1)]
    table = LayerTable(BACKBONE.described, "tensorflow", "0" * 64, 8, 1, tuple(layers))
    table.write(folder / "results" / "plan" / BACKBONE.key / "layers.json")


def snakemake(folder: Path, *arguments: str) -> tuple[int, float]:
    """Run Snakemake in the study's folder; return its own peak memory in bytes and its processor seconds."""
    settings = [ROOT / "params.yaml", ROOT / "presets" / "demo.yaml", folder / "overlay.yaml"]
    command = [Path(sys.executable).with_name("snakemake"), "--snakefile", ROOT / "Snakefile", "--directory", folder]
    with (folder / "snakemake.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [str(part) for part in [*command, "--configfile", *settings, *arguments]],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        peak, cpu, watched = 0, 0.0, psutil.Process(process.pid)
        while process.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss)
                times = watched.cpu_times()
                cpu = times.user + times.system
            except psutil.Error:
                break
            time.sleep(0.2)
    if process.wait() != 0:
        sys.exit((folder / "snakemake.log").read_text(encoding="utf-8")[-5000:])
    return peak, cpu


if __name__ == "__main__":
    main()
