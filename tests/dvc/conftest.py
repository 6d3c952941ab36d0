"""The seam between DVC and Snakemake: real calls of both in clones of a project with a small study and a remote."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import warm
import yaml
from canary import SECRET, SECRET_ADDRESS, SECRET_ENVIRONMENT
from PIL import Image
from sklearn.datasets import load_digits

from blocktune.settings.load import load_files

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent

TINY = """
study: tiny
data: {source: folder, name: pictures, path: data/raw/pictures, image_size: 8}
backbones:
  - {name: TinyPlain, weights: digits}
head: {units: [8, 8]}
training: {epochs: 1, batch_size: 32}
# Windows and ranked sets of one layer are runs of single layers: few trainings, all strategies
search: {method: prior, window: 1, top_k: [1], random_layers: 1}
pretraining: {epochs: 1}
"""

IDENTITY = "[user]\n\tname = Nobody\n\temail = nobody@example.org\n[init]\n\tdefaultBranch = main\n"


@dataclass(frozen=True)
class Project:
    """A clone of the project, with its own home so that nothing of the machine's settings gets in."""

    folder: Path
    home: Path

    def start(self, *command, output=subprocess.PIPE, **environment):
        """Start a command in the clone, in a process group of its own."""
        known = {"HOME": str(self.home), "PATH": f"{BIN}:/usr/bin:/bin", "DVC_NO_ANALYTICS": "1"}
        known["DVC_SITE_CACHE_DIR"] = str(self.home / "site")
        known |= warm.environment(self.folder / "workflow")
        return subprocess.Popen(
            list(map(str, command)),
            cwd=self.folder,
            env=known | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command, fails=False, **environment):
        """Return what a command prints, and insist that it succeeds (or fails)."""
        process = self.start(*command, **environment)
        try:
            out, _ = process.communicate(timeout=1800)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        assert (process.returncode != 0) == fails, out
        assert "Traceback" not in out, out
        return out

    def dvc(self, *arguments, **options):
        return self.run(BIN / "dvc", *arguments, **options)

    def git(self, *arguments, **options):
        return self.run("git", *arguments, **options)

    def snakemake(self, *arguments, **options):
        return self.run(BIN / "snakemake", "--cores", "2", *arguments, **options)

    def commit(self, words):
        """Commit everything that git may see."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", words)

    def change(self, **sections):
        """Change settings in params.yaml: mappings are merged into their sections, other values replaced."""
        settings = self.params()
        for name, value in sections.items():
            settings[name] = settings[name] | value if isinstance(value, dict) else value
        (self.folder / "params.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")

    def params(self):
        return yaml.safe_load((self.folder / "params.yaml").read_text(encoding="utf-8"))

    def json(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def trained(self):
        """Runs in the store, by id, with the time each was finished or taken over."""
        seals = (self.folder / "data" / "store").glob("??/*/seal.json")
        return {path.parent.name: path.stat().st_mtime_ns for path in seals}

    def planned(self, *stages, backbone="TinyPlain-digits"):
        """Ids of the runs that the study's plans train."""
        plans = [self.json(f"results/plan/{backbone}/{stage}.json") for stage in stages or STAGES]
        return {run for plan in plans for job in plan["jobs"].values() for run in job}

    def shown(self):
        """Checksums of what people look at."""
        return self.digests(*RESULTS)

    def digests(self, *places):
        """Checksums of files, by path."""
        files = [file for place in places for file in [self.folder / place, *(self.folder / place).rglob("*")]]
        return {
            str(file.relative_to(self.folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in files
            if file.is_file()
        }

    def times(self, *places):
        """Modification times of files, by path: which were written anew."""
        files = [file for place in places for file in [self.folder / place, *(self.folder / place).rglob("*")]]
        return {str(file.relative_to(self.folder)): file.stat().st_mtime_ns for file in files if file.is_file()}

    def rates(self):
        """Learning rates of the runs that the final scores come from: what the shown numbers were made with."""
        lines = (self.folder / "results/final/TinyPlain-digits/scores.csv").read_text(encoding="utf-8").splitlines()
        place = lines[0].split(",").index("run")
        runs = [line.split(",")[place] for line in lines[1:]]
        return {self.json(f"data/store/{run[:2]}/{run}/spec.json")["training"]["learning_rate"] for run in runs}

    def jobs_run(self, out):
        """Rules that Snakemake ran, as its own list of jobs names them."""
        ran = re.findall(r"^(?:local)?(?:rule|checkpoint) (\w+):$", out, re.MULTILINE)
        assert ran or "Nothing to be done" in out or "didn't change, skipping" in out, out
        return set(ran) - {"all"}

    def damaged_objects(self):
        """Objects of DVC's cache whose content is not what their name says."""
        objects = [path for path in (self.folder / ".dvc/cache/files/md5").glob("??/*") if path.is_file()]
        assert objects
        return [path for path in objects if not (path.parent.name + path.name).startswith(_md5(path))]


STAGES = ("search", "dependent", "final")
RESULTS = ("results/tables", "results/figures", "results/metrics.json", "results/compare")


def _md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def make_pictures(folder):
    """Handwritten digits as pictures of five classes: what different settings make of them differs."""
    digits = load_digits()
    for number, name in enumerate(("zero", "one", "two", "three", "four")):
        (folder / name).mkdir(parents=True)
        for place, digit in enumerate(digits.images[digits.target == number][:60]):
            Image.fromarray((digit * 15).astype(np.uint8)).convert("RGB").save(folder / name / f"{place}.png")


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    (folder / ".gitconfig").write_text(IDENTITY)
    return folder


@pytest.fixture(scope="session")
def new_project(home):
    """`new_project(folder)` is a project of its own: these sources, the tiny study as params.yaml, a local remote."""

    def make(folder):
        ignored = shutil.ignore_patterns(
            ".git", ".venv", ".snakemake", "__pycache__", "*.egg-info", "cache", "tmp", "prepared", "store", "packs"
        )
        shutil.copytree(ROOT, folder, ignore=ignored)
        shutil.rmtree(folder / "results")
        shutil.copytree(ROOT / "results", folder / "results", ignore=lambda _, names: set(names) - {"README.md"})
        project = Project(folder, home)
        overlay = folder.parent / f"{folder.name}.yaml"
        overlay.write_text(TINY, encoding="utf-8")
        settings = load_files([ROOT / "params.yaml", ROOT / "presets" / "demo.yaml", overlay])
        params = yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False)
        (folder / "params.yaml").write_text(params, encoding="utf-8")
        project.git("init", "--quiet")
        make_pictures(folder / "data" / "raw" / "pictures")
        project.dvc("add", "data/raw/pictures")
        (folder.parent / "remote").mkdir(exist_ok=True)
        project.dvc("remote", "add", "--default", "here", folder.parent / "remote")
        project.dvc("remote", "add", "--local", "there", SECRET_ADDRESS)
        project.dvc("remote", "modify", "--local", "there", "password", SECRET)
        project.git("remote", "add", "there", SECRET_ADDRESS)
        project.commit("The tiny study")
        return project

    return make


@pytest.fixture(scope="session")
def published(new_project, tmp_path_factory):
    """The tiny study, run to its end by `dvc repro`, committed and pushed."""
    project = new_project(tmp_path_factory.mktemp("published") / "my study")
    project.dvc("repro", **SECRET_ENVIRONMENT)
    project.commit("Results of the tiny study")
    project.dvc("push")
    return project


@pytest.fixture
def clone(published, tmp_path):
    """A fresh clone of the published project."""
    return clone_of(published, tmp_path / "a clone")


@pytest.fixture(scope="session")
def pulled_once(published, tmp_path_factory):
    """A fresh clone, everything that was pushed, and what the first call of Snakemake makes of it."""
    project = clone_of(published, tmp_path_factory.mktemp("pulled") / "a clone")
    project.dvc("pull")
    project.snakemake("-n")
    return project


@pytest.fixture
def pulled(pulled_once, tmp_path):
    """Such a clone for one test alone: a copy with all dates, which saves the time to pull."""
    return Project(Path(shutil.copytree(pulled_once.folder, tmp_path / "a clone", symlinks=True)), pulled_once.home)


def clone_of(project, folder):
    project.git("clone", "--quiet", project.folder, folder)
    return Project(folder, project.home)
