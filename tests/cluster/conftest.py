"""The cluster, and studies that run on it."""

import contextlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import slurm

SITE = """
default-resources:
  slurm_partition: gpu
  {gpu}
slurm-status-command: squeue
"""
# What the tests can't wait for: network file systems, and polls that suit jobs of hours
QUICK = ("--latency-wait", "5", "--slurm-init-seconds-before-status-checks", "2")
GPU = {"slurm": "gpu_model: pretended", "slurm-gres": "gres: gpu:pretended:1"}


class OnSlurm:
    """A study that runs on the cluster: what was submitted, what runs, which trainings were done."""

    def __init__(self, study, profile, tools):
        self.study, self.profile = study, profile
        self.sbatch_lines = tools / "sbatch.log"
        self.site = study.folder / "site.yaml"
        self.site.write_text(SITE.format(gpu=GPU[profile]), encoding="utf-8")
        self.environment = slurm.environment()
        self.environment["PATH"] = f"{tools}:{self.environment['PATH']}"
        self.output = study.folder / "snakemake.log"
        self.most_at_once = 0
        self.trainings = set()
        self.states = {}
        self._running = None

    def start(self, *arguments, **options):
        """Start Snakemake; its output goes to a file."""
        where = ("--workflow-profile", self.profile, "--profile", self.site)
        with self.output.open("a", encoding="utf-8") as stream:
            self._running = self.study.started(
                *QUICK, *arguments, where=where, environment=self.environment, stdout=stream, **options
            )
        return self._running

    def finish(self, seconds=1500, while_waiting=lambda: None):
        """Wait for Snakemake and return its status; meanwhile look at the cluster and at the logs of the trainings."""

        def ended():
            while_waiting()
            return self._running.poll() is not None

        self.wait_for(ended, seconds)
        return self._running.returncode

    def wait_for(self, condition, seconds=900):
        """Look until the condition holds."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, self.output.read_text(encoding="utf-8")
            self.look()
            time.sleep(0.2)
        self.look()
        return found

    def look(self):
        """Take down SLURM's jobs and the trainings that were finished; logs are written anew when a job is repeated."""
        states = slurm.jobs()
        self.states |= states
        self.most_at_once = max(self.most_at_once, self.trainings_at_once())
        for log in self.study.folder.glob("results/logs/train/**/*.log"):
            self.trainings |= set(re.findall(r"run (\w+) \(.*\): (\d+\.\d s)", log.read_text(encoding="utf-8")))

    def working(self):
        """SLURM's jobs in which a training goes on."""
        return self._running.poll() is None and bool(self.unfinished()) and list(slurm.jobs("RUNNING"))

    def trainings_at_once(self):
        """How many runs are held by a training right now; a lock's file may be left without a holder."""
        ours = set()
        for file in self.study.folder.glob("data/store/unfinished/*.lock"):
            with contextlib.suppress(FileNotFoundError):
                facts = file.stat()
                ours.add(f"{os.major(facts.st_dev):02x}:{os.minor(facts.st_dev):02x}:{facts.st_ino}")
        lines = Path("/proc/locks").read_text(encoding="utf-8").splitlines()
        return sum("FLOCK" in line and "->" not in line and line.split()[5] in ours for line in lines)

    def unfinished(self):
        """Runs that a process holds, or that were interrupted with a checkpoint."""
        return list(self.study.folder.glob("data/store/unfinished/*"))

    def submitted(self):
        """What sbatch was called with, one line a call, without the command that the job runs."""
        lines = self.sbatch_lines.read_text(encoding="utf-8").splitlines()
        return [line.split(" --wrap")[0] for line in lines]

    def check(self, finished):
        """Nothing was trained twice, never more at once than there are GPUs, and Table I is the local run's."""
        ids = [run for run, _ in self.trainings]
        assert sorted(ids) == sorted(set(ids))
        assert 1 <= self.most_at_once <= slurm.GPUS
        assert self.study.read("results/tables/table1.csv") == finished.read("results/tables/table1.csv")
        assert self.unfinished() == []
        assert len(list(self.study.folder.glob("data/store/*/*/seal.json"))) == len(
            list(finished.folder.glob("data/store/*/*/seal.json"))
        )


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A real SLURM on this machine with two pretended GPUs."""
    reason = slurm.why_not()
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("slurm")
    slurm.start(folder)
    yield slurm
    slurm.stop(folder)


@pytest.fixture
def on_slurm(cluster, tmp_path):
    """`on_slurm(study, profile)` lets a study run on the cluster; what is left of it at the end is cancelled."""
    tools = tmp_path / "tools"
    tools.mkdir()
    recorder = tools / "sbatch"
    # Records what the profile makes of a job, then is the real sbatch
    recorder.write_text(
        f'#!/bin/sh\necho "$*" | tr "\\n" " " >> {tools}/sbatch.log\necho >> {tools}/sbatch.log\n'
        f'exec {shutil.which("sbatch", path=slurm.environment()["PATH"])} "$@"\n'
    )
    recorder.chmod(0o755)
    made = []

    def make(study, profile):
        made.append(OnSlurm(study, profile, tools))
        return made[-1]

    yield make
    for one in made:
        if one._running is not None and one._running.poll() is None:
            one._running.kill()
            one._running.wait()
    subprocess.run(["scancel", "--user=root"], env=slurm.environment(), check=False)


def without(study, *patterns):
    """Remove files and folders of a study."""
    for pattern in patterns:
        for place in list(study.folder.glob(pattern)):
            shutil.rmtree(place) if place.is_dir() else place.unlink()
    return study


@pytest.fixture
def planned(finished, tmp_path):
    """The finished study as it was before the first training."""
    return without(
        finished.copy(tmp_path),
        "data/store",
        "results/runs",
        "results/search",
        "results/final",
        "results/tables",
        "results/figures",
        "results/metrics.json",
        "results/logs/train",
        "results/plan/*/dependent.json",
        "results/plan/*/final.json",
    )


@pytest.fixture
def searched(finished, tmp_path):
    """The finished study as it was before its final trainings."""
    study = finished.copy(tmp_path)
    final = study.json("results/plan/TinyPlain-digits/final.json")["runs"]
    places = [str(Path("data/store") / run[:2] / run) for run in final]
    return without(study, *places, "results/runs/*/final", "results/final", "results/tables", "results/logs/train")
