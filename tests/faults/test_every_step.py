"""Every step that writes: on a disk that is full, and killed at any moment. Outputs are whole or not there at all."""

import random
import signal

import pytest
from faulty import contents, stored

# Every command of the finished study but those that train (test_killed_jobs.py); two take seconds
QUICK = (
    *("prepare", "split", "inspect", "candidates", "select", "scores search", "scores final"),
    *("study", "table", "recommend", "metrics", "compare", "report"),
)
DEAR = ("pretrain", "figures")


def test_no_step_is_left_out(steps):
    assert {name for name in steps if not name.startswith("train ")} == {*QUICK, *DEAR}


class Rehearsal:
    """One step of a study: done again under faults, in a copy from which its outputs were taken away."""

    def __init__(self, forker, faults, copy, finished, step):
        self.forker, self.faults, self.copy, self.step = forker, faults, copy, step
        self.undisturbed = contents(finished.folder, step.outputs)
        self.store = finished.folder / "data" / "store"
        assert set(self.undisturbed) == set(step.outputs)

    def again(self, **fault):
        """Do the step again; say how it ended. What it left is whole, and so is the store."""
        for name in self.step.outputs:
            (self.copy.folder / name).unlink(missing_ok=True)
        before = stored(self.copy.folder / "data" / "store")
        ended = self.forker.run(self.step.arguments, self.copy.folder, **fault)
        found = contents(self.copy.folder, self.step.outputs)
        assert found == {name: self.undisturbed[name] for name in found}, fault
        if fault:
            self.faults.strike(before, stored(self.copy.folder / "data" / "store"))
        return ended

    def all_is_well(self):
        """Without a fault the step makes what it should, and nothing is left of the tries before."""
        ended = self.again()
        assert ended.status == 0, ended.output
        self.faults.compare(contents(self.copy.folder, self.step.outputs), self.undisturbed)
        folders = {(self.copy.folder / name).parent for name in self.step.outputs}
        assert [path for folder in folders for path in folder.iterdir() if path.name.startswith(".")] == []


@pytest.fixture
def rehearse(forker, faults, copy, finished, steps):
    """`rehearse(name)` is a step of the study, to be done again."""
    return lambda name: Rehearsal(forker, faults, copy, finished, steps[name])


def says_so(ended):
    """A full disk is one clear error."""
    lines = [line for line in ended.output.splitlines() if line.startswith("error: ")]
    assert ended.status == 2, ended.output
    assert len(lines) == 1, ended.output
    assert "Traceback" not in ended.output
    return lines[0]


@pytest.mark.parametrize("name", [*QUICK, *DEAR])
def test_on_a_full_disk_or_killed_a_step_leaves_nothing_half(rehearse, name, pytestconfig):
    step = rehearse(name)
    count = step.again().moments
    every, random_ones = range(1, count + 1), random.Random(name)
    if pytestconfig.getoption("--long"):
        full, killed = every, every
    else:
        full, killed = (random_ones.sample(every, 1 if name in DEAR else 2) for _ in range(2))
    largest = max(map(len, step.undisturbed.values()))
    for limit in (largest // 2,) if name in DEAR else (0, largest // 2):
        assert "File too large" in says_so(step.again(file_bytes=limit))
    for moment in full:
        ended = step.again(fail_at=moment)
        # What a killed try left need not be removed
        assert ended.status == 0 or "No space left on device" in says_so(ended)
    for moment in killed:
        assert step.again(kill_at=moment).status == -signal.SIGKILL
    step.all_is_well()
