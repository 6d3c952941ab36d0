"""Sides of a benchmark take turns on an idle machine; what was measured beside other work is refused, or marked."""

import os
import time

import pytest
import quiet
from quiet import Moment, between, headline, in_turn, marks, now


def sides(log):
    """Two sides that write down when they are called."""
    return {name: lambda number, name=name: log.append((name, number)) or {"took": number} for name in "AB"}


def idle(task, force):
    look = {"other_cores": 0.0, "steal_share": 0.0}
    return {"load": {"before": look, "during": look, "load_average": 0.0}, **task()}


def test_sides_take_turns():
    log = []
    found = in_turn(sides(log), 3, watch=idle)
    assert log == [("A", 0), ("B", 0), ("A", 1), ("B", 1), ("A", 2), ("B", 2)]
    assert [entry["took"] for entry in found["B"]] == [0, 1, 2]


def test_too_few_rounds_are_refused_or_marked():
    log = []
    with pytest.raises(SystemExit, match=r"--rounds 2.*at least 3.*--force"):
        in_turn(sides(log), 2, watch=idle)
    assert log == []
    found = in_turn(sides(log), 2, force=True, watch=idle)
    assert marks(found["A"] + found["B"], 2)["forced"] is True


@pytest.fixture
def machine(monkeypatch):
    """A machine with so many cores of other work, look by look: before a task and (if that is well) during it."""

    def with_work(*looks):
        left = iter(looks)
        monkeypatch.setattr(quiet, "_SECONDS_TO_QUIET", 0.0)
        monkeypatch.setattr(quiet, "_IDLE_SECONDS", 0.0)
        monkeypatch.setattr(quiet, "between", lambda *_: {"other_cores": next(left, 0.0), "steal_share": 0.0})

    return with_work


@pytest.mark.parametrize(("looks", "begun"), [((0.31,) * 3, 0), ((0.0, 0.31) * 3, 3)])
def test_other_work_before_or_during_a_side_is_refused(machine, looks, begun):
    machine(*looks)
    log = []
    with pytest.raises(SystemExit, match=r"A, round 1: other work took 0.31 cores, more than 0.3.*--force"):
        in_turn(sides(log), 3)
    # On a machine that is busy before it, nothing is trained in vain
    assert log == [("A", 0)] * begun


def test_a_little_other_work_is_written_down(machine):
    machine(0.1, 0.2)
    found = in_turn(sides([]), 3)
    assert found["A"][0]["load"]["before"]["other_cores"] == 0.1
    assert found["A"][0]["load"]["during"]["other_cores"] == 0.2
    assert found["A"][0]["load"]["load_average"] >= 0
    assert marks(found["A"], 3) == {"forced": False, "forced_because": []}


def test_a_round_that_was_disturbed_is_measured_again(machine):
    # A well, B disturbed during it, then well
    machine(0.0, 0.0, 0.0, 0.9, 0.0, 0.1)
    log = []
    found = in_turn(sides(log), 3)
    assert log[:4] == [("A", 0), ("B", 0), ("B", 0), ("A", 1)]
    assert "0.90 cores" in found["B"][0]["refused_before"][0]
    assert all("refused_before" not in entry for entry in [*found["A"], *found["B"][1:]])


def test_what_is_forced_beside_other_work_is_marked_wherever_it_is_shown(machine):
    machine(1.7, 0.2)
    rounds = in_turn(sides([]), 3, force=True)
    result = marks(rounds["A"] + rounds["B"], 3)
    assert result["forced"] is True
    assert "1.70 cores" in headline("9.9 times less", result) and "FORCED" in headline("9.9 times less", result)
    # Allowed to be forced, but not needed
    assert marks(rounds["B"], 3)["forced"] is False
    assert headline("9.9 times less", marks(rounds["B"], 3)) == "9.9 times less"


def test_other_work_is_what_all_do_and_we_do_not():
    # 10 s on 2 cores: 16 s of work, 12 of them ours, and 1 s stolen
    found = between(Moment(0.0, 100.0, 7.0, 50.0), Moment(10.0, 116.0, 8.0, 62.0), cores=2)
    assert found == pytest.approx({"other_cores": 0.4, "steal_share": 0.05})


def test_only_work_on_our_cores_counts_and_waiting_is_none(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 12})
    second = os.sysconf("SC_CLK_TCK")

    def line(core, *seconds):
        return " ".join([f"cpu{core}", *(str(round(value * second)) for value in seconds)])

    # user nice system idle iowait irq softirq steal guest guest_nice
    text = "\n".join(
        [
            line("", *[900] * 10),
            line(0, *[400] * 10),
            line(1, 1, 2, 4, 800, 900, 8, 16, 3, 1, 0),
            line(12, 32, 0, 0, 800, 900, 0, 0, 2, 0, 0),
            line(2, *[500] * 10),
            "intr 12 0 0",
        ]
    )
    found = now(text)
    assert (found.work, found.steal) == (63.0, 5.0)


def test_a_task_of_this_process_is_no_other_work():
    begun = now()
    used = time.process_time()
    while time.process_time() - used < 0.5:
        pass
    ended = now()
    assert ended.ours - begun.ours == pytest.approx(0.5, abs=0.1)
    assert ended.work - begun.work >= 0.4


def test_a_disturbed_round_leaves_nothing_to_the_next(tmp_path):
    (tmp_path / "round" / "store").mkdir(parents=True)
    (tmp_path / "round" / "store" / "run").touch()
    assert list(quiet.fresh(tmp_path / "round").iterdir()) == []
