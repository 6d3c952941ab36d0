"""Faults and what is counted of them; copies of the finished tiny study to put them into."""

import shlex
import shutil
from dataclasses import asdict

import pytest
from faulty import Faults, Forker, Jobs, Step, Workflow, name_of

from blocktune.tracking.snakemake_records import read_records


@pytest.fixture
def faults(record_property):
    """Counts faults and what became of results."""
    counts = Faults()
    yield counts
    record_property("faults", asdict(counts))


@pytest.fixture(scope="session")
def forker():
    """Runs commands under faults."""
    process = Forker()
    yield process
    process.end()


@pytest.fixture(scope="session")
def steps(finished):
    """By name (and stage, of those with one), the commands that made the finished study, as Snakemake wrote them."""
    outputs = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(finished.folder)
        for output, record in read_records().items():
            words = shlex.split(record["shellcmd"])
            assert words[:3] == ["python", "-m", "blocktune"]
            outputs.setdefault(tuple(words[3 : words.index(">")]), []).append(output)
    return {name_of(arguments): Step(arguments, tuple(made)) for arguments, made in outputs.items()}


@pytest.fixture(scope="session")
def jobs(finished, tmp_path_factory):
    """Jobs of some runs of the finished study."""
    return Jobs(finished, tmp_path_factory.mktemp("jobs"))


@pytest.fixture
def copy(finished, tmp_path):
    """A copy of the finished study to break."""
    study = finished.copy(tmp_path)
    yield study
    shutil.rmtree(study.folder, ignore_errors=True)


@pytest.fixture
def workflow(copy, finished, faults):
    """Snakemake under faults, in a copy of the finished study."""
    return Workflow(copy, finished, faults)
