"""What tests of faults share: counting, looking at stores, and commands without their start-up."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from blocktune.files.plan import Plan
from blocktune.runs.store import Store

BACKBONE = "TinyPlain-digits"
NUMBERS = ("spec.json", "metrics.json", "history.csv")


def longer(cases):
    """Return cases for pytest's parametrize: the first always, the others with --long."""
    first, *others = cases
    return [first, *(pytest.param(case, marks=pytest.mark.long) for case in others)]


@dataclass
class Faults:
    """What a test counts; the sums of all tests are pytest's last words.

    Attributes:
        injected: faults.
        finished: runs that had finished before a fault, counted anew for each.
        lost: those of them that were not there, or not as they were, after it.
        compared: results compared with the undisturbed study's.
        equal: those that were byte-equal.
    """

    injected: int = 0
    finished: int = 0
    lost: int = 0
    compared: int = 0
    equal: int = 0

    def strike(self, before, after, count=1):
        """Count faults that hit while the store held the runs `before`, as `stored` gives them."""
        lost = [run for run, files in before.items() if after.get(run) != files]
        self.injected += count
        self.finished += count * len(before)
        self.lost += len(lost)
        assert lost == []

    def compare(self, found, undisturbed):
        """Compare results, by name, with those of the undisturbed study."""
        same = [name for name, content in undisturbed.items() if found.get(name) == content]
        self.compared += len(undisturbed)
        self.equal += len(same)
        assert sorted(set(undisturbed) - set(same)) == []


def stored(store):
    """What a store holds: by run, the bytes and the modification time of each of its files."""
    found = {}
    for seal in store.glob("??/*/seal.json"):
        if re.fullmatch("[0-9a-f]{16}", seal.parent.name):
            files = [path for path in seal.parent.iterdir() if path.is_file()]
            found[seal.parent.name] = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
    return found


def numbers(store):
    """What must not depend on what happened on the way: specification, metrics and history of every run."""
    return {f"{run}/{name}": files[name][0] for run, files in stored(store).items() for name in NUMBERS}


def contents(folder, names):
    """Bytes of files by name, of those that are there."""
    return {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    output: str
    moments: int


class Forker:
    """Commands of `blocktune` without their start-up, under faults (`forker.py`)."""

    def __init__(self):
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
        environment |= {"CUDA_VISIBLE_DEVICES": "-1", "PYTHONPATH": str(Path(__file__).parents[2] / "workflow")}
        script = str(Path(__file__).with_name("forker.py"))
        self._process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self._process.stdout.readline() == "ready\n"

    def start(self, arguments, folder, **fault):
        """Start a command in a folder; return its process' number, which is also its group's."""
        return self._order(do="start", arguments=list(map(str, arguments)), folder=str(folder), **fault)["pid"]

    def wait(self, pid, seconds=300):
        """Wait for a command and all that it began."""
        return Ended(**self._order(do="wait", pid=pid, seconds=seconds))

    def run(self, arguments, folder, **fault):
        """Run a command in a folder to its end."""
        return self.wait(self.start(arguments, folder, **fault))

    def end(self):
        """End the process."""
        self._process.stdin.close()
        self._process.wait(timeout=60)

    def _order(self, **order):
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@dataclass(frozen=True)
class Step:
    """A command that made the finished study: its arguments and the files that it writes, from the study's folder."""

    arguments: tuple[str, ...]
    outputs: tuple[str, ...]


def name_of(arguments):
    """A command's name; where there are several, its stage too."""
    stages = [word for word in arguments if word in ("search", "final")]
    stages += [Path(word).parent.name for word in arguments if "results/runs/" in word and arguments[0] == "train"]
    return " ".join([arguments[0], *stages])


def arms_of(spec):
    """Runs like one, by their ids: of other learning rates and seeds, so that all share a graph."""
    others = [(1e-3, 1), (1e30, 1), (1e-2, 1), (1e-3, 2)]
    runs = [replace(spec, seed=seed, training={**spec.training, "learning_rate": rate}) for rate, seed in others]
    return {run.run_id: run for run in runs}


class Jobs:
    """Jobs of one, two and three runs of the finished study, with stores and temporary files of their own.

    Beside them a job `arms` of runs that share a graph, and a job of each of these, named like it.

    Attributes:
        undisturbed: specification, metrics and history of the three runs in the finished study.
    """

    def __init__(self, study, place):
        self.study, self.plan = study, place / "plan.json"
        plan = Plan.read(study.folder / "results" / "plan" / BACKBONE / "search.json")
        runs = tuple(plan.runs)[:3]
        arms = arms_of(plan.runs[runs[0]])
        jobs = {"three": runs, "pair": runs[:2], "one": runs[:1], "arms": tuple(arms)} | {run: (run,) for run in arms}
        replace(plan, runs=plan.runs | arms, jobs=jobs).write(self.plan)
        found = numbers(study.folder / "data" / "store")
        self.undisturbed = {name: found[name] for name in found if name.split("/")[0] in runs}

    def arguments(self, name, folder, store=None):
        """Return the arguments of a job that leaves its store, unless one is given, and its records in a folder."""
        (folder / "tmp").mkdir(exist_ok=True)
        place = self.study.folder / "results" / "plan"
        flags = {
            "plan": self.plan,
            "job": name,
            "layers": place / BACKBONE / "layers.json",
            "splits": place / "splits.csv",
            "dataset": next((self.study.folder / "data" / "prepared").glob("*/dataset.json")),
            "pretrained": place / "pretrained" / "TinyPlain.weights.h5",
            "store": store or folder / "store",
            "output": folder / "records.json",
        }
        return ["train", *(word for flag, value in flags.items() for word in (f"--{flag}", str(value)))]

    def put_first_run(self, folder):
        """Put the runs' first into the folder's store, as the finished study has it."""
        run = Plan.read(self.plan).jobs["one"][0]
        shutil.copytree(self.study.folder / "data" / "store" / run[:2] / run, folder / "store" / run[:2] / run)

    def of(self, name):
        """Return the undisturbed numbers of a job's runs."""
        runs = Plan.read(self.plan).jobs[name]
        return {file: content for file, content in self.undisturbed.items() if file.split("/")[0] in runs}


def flip(path):
    """Flip the lowest bit of the byte in the middle of a file, which keeps its date: what a bad disk does."""
    dates = path.stat().st_atime_ns, path.stat().st_mtime_ns
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=dates)


def truncate(path):
    """Cut a file in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zero(path):
    """Let a file hold zeros only, as after a power cut on some file systems."""
    path.write_bytes(bytes(path.stat().st_size))


def empty(path):
    """Let a file hold nothing."""
    path.write_bytes(b"")


def garble(path):
    """Let a file hold what no version of this program writes."""
    path.write_bytes(b'{"version": 99}\n' if path.suffix == ".json" else b"version,99\n")


DAMAGES = (flip, truncate, zero, empty, garble)


# What people look at and what it is made of
RESULTS = ("results/tables", "results/final", "results/search", "results/compare", "results/figures")
SIGNALS = {"KILL": signal.SIGKILL, "TERM": signal.SIGTERM, "Ctrl-C": signal.SIGINT}


def results(study):
    """Table I and all else that must not depend on what happened on the way."""
    names = [str(path.relative_to(study.folder)) for place in RESULTS for path in (study.folder / place).rglob("*.*")]
    found = contents(study.folder, [*names, "results/metrics.json"])
    return {name: content for name, content in found.items() if ".damaged" not in name}


class Workflow:
    """Snakemake under faults, in a copy of the finished study from which something was taken away.

    Attributes:
        undisturbed: the finished study's results, and its runs' numbers.
    """

    def __init__(self, copy, finished, faults):
        self.copy, self.faults = copy, faults
        self.undisturbed = results(finished), numbers(finished.folder / "data" / "store")

    @property
    def store(self):
        """The store of the copy."""
        return self.copy.folder / "data" / "store"

    def move(self, place):
        """Go on in another place."""
        shutil.move(self.copy.folder, place)
        self.copy = type(self.copy)(place)

    def take_away_final_runs(self, count):
        """Take some final runs away, and what was made of them up to Table I."""
        plan = Plan.read(self.copy.folder / "results" / "plan" / BACKBONE / "final.json")
        (runs,) = plan.jobs.values()
        for run in runs[:count]:
            shutil.rmtree(self.store / run[:2] / run)
        for place in (f"runs/{BACKBONE}/final", "final", "tables"):
            shutil.rmtree(self.copy.folder / "results" / place)

    def take_away_results(self):
        """Take away all results and the records of all jobs."""
        for place in ("runs", *(place.split("/")[1] for place in RESULTS)):
            shutil.rmtree(self.copy.folder / "results" / place, ignore_errors=True)
        for name in ("metrics.json", "report.html"):
            (self.copy.folder / "results" / name).unlink()

    def trains(self):
        """Whether a run is being trained."""
        return any(self.store.glob("unfinished/*.lock"))

    def hit(self, kind, *targets, once=None, after=0.0):
        """Start Snakemake and hit it; wait until it has ended; tell whether it was hit. Its jobs may outlive it.

        Args:
            kind: what to do to whom.
            targets: what to make.
            once: hit it once this is so.
            after: hit it after so many seconds.
        """
        with (self.copy.folder / "snakemake.log").open("a") as log:
            process = self.copy.started(*targets, stdout=log, session=True)
        deadline = time.monotonic() + (after or 300)
        while process.poll() is None and time.monotonic() < deadline and not (once and once()):
            time.sleep(0.05)
        before = stored(self.store)
        hit = process.poll() is None
        if hit:
            send = os.kill if kind.endswith("Snakemake") else os.killpg
            send(process.pid, SIGNALS[kind.split()[0]])
        process.wait(timeout=600)
        hit = hit and process.returncode != 0
        if hit:
            self.faults.strike(before, stored(self.store))
        return hit

    def wait_for_jobs(self):
        """Wait for the trainings of a Snakemake that is gone."""
        idle, deadline = 0, time.monotonic() + 300
        # Between two trainings of a job there is a moment without one
        while idle < 30 and time.monotonic() < deadline:
            idle = 0 if Store(self.store).locked() else idle + 1
            time.sleep(0.1)

    def goes_on(self, *targets, **options):
        """The next call ends well, and all that was asked for is as if nothing had happened; return what it said."""
        before = stored(self.store)
        out = self.copy.make(*targets, **options)
        self.faults.strike(before, stored(self.store), count=0)
        wanted = {name: self.undisturbed[0][name] for name in targets or self.undisturbed[0]}
        self.faults.compare(results(self.copy), wanted)
        self.faults.compare(numbers(self.store), self.undisturbed[1])
        return out
