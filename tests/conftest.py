"""Real calls of Snakemake, on a study that is as small as can be."""

import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from base64 import urlsafe_b64decode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import warm
from xdist.scheduler import LoadScopeScheduling

from blocktune.tracking.snakemake_records import METADATA
from blocktune.training.process import one_thread_per_process

# Before anything imports NumPy or Keras
one_thread_per_process()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).parents[1]
BACKBONE = "TinyPlain-digits"
# Beside `python`, and deliberately not on PATH: a user may call it by its path
SNAKEMAKE = Path(sys.executable).with_name("snakemake")

TINY = """
study: tiny
data: {image_size: 8}
backbones:
  - {name: TinyPlain, weights: digits}
head: {units: [8, 8]}
training: {epochs: 2, batch_size: 32}
pretraining: {epochs: 2}
"""


# Tests that share an expensive fixture: with -n they stay together on one worker, and the longest come first
TOGETHER = ("tests/workflow/", "tests/dvc/", "tests/faults/", "tests/cluster/")


class Together(LoadScopeScheduling):
    """Gives a worker all tests of a group, or of a file, whose tests often look at the same runs."""

    def _split_scope(self, nodeid):
        return next((group for group in TOGETHER if nodeid.startswith(group)), nodeid.split("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Deal out tests as `TOGETHER` says."""
    # In the order that they are collected in, and not by their number
    config.option.loadscopereorder = False
    return Together(config, log)


def pytest_addoption(parser):
    """What `make test` has no time for."""
    parser.addoption("--on-slurm", action="store_true", help="also run the long tests on a real SLURM")
    parser.addoption("--long", action="store_true", help="also run the tests marked as long, minutes each")


def pytest_configure(config):
    """Markers of our own."""
    config.addinivalue_line("markers", "long: takes minutes; pytest --long runs it")


def pytest_collection_modifyitems(config, items):
    """Begin with the long groups; leave long tests out unless they are asked for, and say so."""
    items.sort(key=lambda item: not item.nodeid.startswith(TOGETHER))
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="takes minutes; pytest --long runs it"))


@dataclass(frozen=True)
class Study:
    """A folder with a study in it."""

    folder: Path

    def snakemake(self, *arguments, environment=None, **options):
        """Run Snakemake in the study's folder, with more settings from the text `overlay`."""
        if environment is None:
            environment = warm.environment()
        with self.started(*arguments, environment=environment, **options) as process:
            try:
                output, _ = process.communicate(timeout=900)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    def started(self, *arguments, environment=None, stdout=subprocess.PIPE, session=False, **options):
        """Start Snakemake and don't wait for it; in a session of its own if asked for."""
        return subprocess.Popen(
            [SNAKEMAKE, *self._words(*arguments, **options)],
            cwd=self.folder,
            env=self._environment() | (environment or {}),
            stdout=stdout,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=session,
            # Ignored in what a shell starts in the background
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def _words(self, *arguments, overlay=None, where=("--cores", "2")):
        """The words after `snakemake`."""
        overlays = [self.folder / "tiny.yaml"]
        if overlay is not None:
            overlays.append(self.folder / "overlay.yaml")
            overlays[-1].write_text(overlay, encoding="utf-8")
        settings = [ROOT / "params.yaml", ROOT / "presets" / "demo.yaml", *overlays]
        place = ["--snakefile", ROOT / "Snakefile", "--directory", self.folder]
        return [*place, "--configfile", *settings, *where, *arguments]

    def _environment(self):
        known = {"HOME": os.environ.get("HOME", "/tmp"), "PATH": "/usr/bin:/bin"}
        return known | {"READS": self._reads(), "PYTHONPATH": str(warm.READS)}

    def make(self, *arguments, **options):
        """Run Snakemake and insist that it succeeds, and that no step has read a file that its rule doesn't name."""
        done = self.snakemake(*arguments, **options)
        assert done.returncode == 0, done.stdout
        assert undeclared_reads(self.folder) == set()
        return done.stdout

    def check_planned_again(self, *arguments, **options):
        """Plan anew, as a new version of blocktune does: the plans say the same, and so does all that follows.

        Snakemake leaves out again what turned out not to be needed, plans of later stages among it.
        """
        before, trained = self.digests("results/plan", "results/search", "results/tables"), self.trained()
        assert "Finished" in self.make("--forcerun", "inspect", *arguments, **options)
        assert self.digests("results/plan", "results/search", "results/tables") == before
        assert self.trained() == trained

    def _reads(self):
        """A new folder where steps write down what they read (tests/reads)."""
        folder = self.folder / ".snakemake" / "reads"
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            folder.mkdir(parents=True)
        return str(folder)

    def copy(self, folder):
        """The same study elsewhere, modification times and Snakemake's records included."""
        return Study(Path(shutil.copytree(self.folder, folder / "copy of the study")))

    def read(self, name):
        """Text of a file of the study."""
        return (self.folder / name).read_text(encoding="utf-8")

    def json(self, name):
        """Content of a JSON file of the study."""
        return json.loads(self.read(name))

    def digests(self, *folders):
        """Checksums of all files in folders of the study, logs and benchmarks left out."""
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in folders
            for path in sorted((self.folder / folder).rglob("*"))
            if path.is_file() and not {"logs", "benchmarks"} & set(path.parts)
        }

    def dates(self, folder):
        """When each file of a folder was written."""
        files = (self.folder / folder).rglob("*")
        return {str(path.relative_to(self.folder)): path.stat().st_mtime_ns for path in files if path.is_file()}

    def trained(self):
        """What the store holds: each file with the time it was written."""
        return self.dates("data/store")


def undeclared_reads(folder):
    """Rule and file of what the steps of the last call in a study's folder have read and their rules do not name."""
    records = {}
    for path in (folder / METADATA).rglob("*"):
        if path.is_file():
            name = "".join(part.removeprefix("@") for part in path.relative_to(folder / METADATA).parts)
            # Tests that damage a study leave records that are none
            with suppress(ValueError):
                records[urlsafe_b64decode(name).decode()] = json.loads(path.read_text(encoding="utf-8"))
    commands = [(shlex.split(record.get("shellcmd") or ""), record) for record in records.values()]
    found = set()
    for file in (folder / ".snakemake" / "reads").glob("*.txt"):
        first, *read = file.read_text(encoding="utf-8").splitlines() or [""]
        words = first.split("\0")[1:]
        # Of a step that was killed while it wrote
        if not words:
            continue
        for command, record in commands:
            if command[1 : len(words) + 1] != words:
                continue
            made = [name for name, other in records.items() if other.get("shellcmd") == record["shellcmd"]]
            # The store is no input: it is the memory of finished runs
            known = ("data/store/", "results/dry/", *record["input"], *made)
            found |= {(record["rule"], name) for name in read if not name.startswith(known) and "/." not in name}
            break
    return found


@pytest.fixture(scope="session")
def new_study():
    """`new_study(folder)` is a study in a folder where nothing has run yet."""

    def make(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tiny.yaml").write_text(TINY, encoding="utf-8")
        return Study(folder)

    return make


@pytest.fixture(scope="session")
def finished(new_study, tmp_path_factory):
    """The tiny study, run once to its end, in a folder whose name has spaces and letters that are not ASCII."""
    study = new_study(tmp_path_factory.mktemp("workflow") / "meine Prüfung")
    study.make()
    return study


def pytest_terminal_summary(terminalreporter):
    """What is asked for: how long each case on the SLURM cluster took, and what became of results under faults."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    faults_summary(terminalreporter, reports)
    took = {}
    for report in reports:
        if getattr(report, "nodeid", "").startswith("tests/cluster/test_on_slurm") and hasattr(report, "duration"):
            took[report.nodeid] = took.get(report.nodeid, 0.0) + report.duration
    if took:
        terminalreporter.section("cases on the SLURM cluster")
        for name, seconds in took.items():
            terminalreporter.write_line(f"{seconds:6.1f} s  {name.split('::', 1)[1]}")


def faults_summary(terminalreporter, reports):
    """One line a file of tests/faults, and one for all: what its tests counted (tests/faults/faulty.py)."""
    sums = {}
    for report in reports:
        counted = dict(getattr(report, "user_properties", ())).get("faults")
        # Properties come with every report of a test; the last one has what was counted to its end
        if counted and report.when == "teardown":
            for name in (report.nodeid.split("::")[0].split("/")[-1], "all"):
                sums[name] = {key: sums.get(name, {}).get(key, 0) + value for key, value in counted.items()}
    if sums:
        terminalreporter.section("faults")
        for name in sorted(sums, key=lambda name: (name == "all", name)):
            terminalreporter.write_line(
                "{:<25} {injected:5} faults injected; {finished:6} finished runs before them, {lost} lost; "
                "{compared:6} results compared, {equal:6} byte-equal".format(name, **sums[name])
            )
