"""Was the machine idle? Sides of a comparison take turns, and other work is measured before and during each.

Other work is the processor time of all processes that are not this one or below it, on the cores that this one may use.
Above a limit a side is not measured: what runs beside slows one side more than the other.
"""

import os
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

LIMIT_CORES = 0.3
"""Other work, in cores, above which nothing is measured unless it is forced."""
LEAST_ROUNDS = 3
"""Rounds below which a median says little."""

_IDLE_SECONDS = 5.0
# Another try costs minutes, a whole benchmark that stops at one disturbance hours
_TRIES = 3
_SECONDS_TO_QUIET = 30.0
# /proc/stat: user, nice, system, irq, softirq; idle and iowait are no work, and guests are counted in user
_WORK = (0, 1, 2, 5, 6)
_STEAL = 7

Round = dict[str, Any]
Task = Callable[[], Round]


class DisturbedError(Exception):
    """Other work was above the limit."""


@dataclass(frozen=True)
class Moment:
    """Processor time up to now, in seconds.

    Attributes:
        at: the clock.
        work: of everything on our cores.
        steal: that the host gave to others while our cores had work.
        ours: of this process and of all below it that have ended.
    """

    at: float
    work: float
    steal: float
    ours: float


def now(stat: str | None = None) -> Moment:
    """Return the moment; `stat`: the text of /proc/stat, read if left out."""
    text = Path("/proc/stat").read_text(encoding="ascii") if stat is None else stat
    cores = {f"cpu{core}" for core in os.sched_getaffinity(0)}
    lines = [line.split() for line in text.splitlines()]
    ticks = [[int(value) for value in rest] for name, *rest in filter(None, lines) if name in cores]
    second = os.sysconf("SC_CLK_TCK")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Moment(
        at=time.perf_counter(),
        work=sum(core[place] for core in ticks for place in _WORK) / second,
        steal=sum(core[_STEAL] for core in ticks) / second,
        ours=sum(entry.ru_utime + entry.ru_stime for entry in used),
    )


def between(before: Moment, after: Moment, cores: int) -> dict[str, float]:
    """Return the load between two moments.

    Returns:
        `other_cores`: other work, in cores; `steal_share`: steal as a share of all time of our cores, 0 to 1.
    """
    seconds = after.at - before.at
    other = (after.work - before.work) - (after.ours - before.ours)
    return {
        "other_cores": max(0.0, other / seconds),
        "steal_share": max(0.0, (after.steal - before.steal) / (seconds * cores)),
    }


def watched(task: Task, force: bool) -> Round:
    """Run a task and return what it returns with its `load`: before, during, and the load average at its begin.

    The task must have waited for all that it started, as `timed` does.

    Raises:
        DisturbedError: other work was above the limit, and it was not forced.
    """
    cores = len(os.sched_getaffinity(0))
    first = now()
    time.sleep(_IDLE_SECONDS)
    begun, average = now(), os.getloadavg()[0]
    load = {"before": between(first, begun, cores), "load_average": average}
    _refuse(load, force)
    found = task()
    load["during"] = between(begun, now(), cores)
    _refuse(load, force)
    return {"load": load, **found}


def most_other(load: Mapping[str, Any]) -> float:
    """Return the other work of a round in cores: before or during, what is more."""
    return max(load[when]["other_cores"] for when in ("before", "during") if when in load)


def _refuse(load: Mapping[str, Any], force: bool) -> None:
    if most_other(load) > LIMIT_CORES and not force:
        raise DisturbedError(f"other work took {most_other(load):.2f} cores, more than {LIMIT_CORES:g}")


def in_turn(
    sides: Mapping[str, Callable[[int], Round]],
    rounds: int,
    force: bool = False,
    watch: Callable[[Task, bool], Round] = watched,
) -> dict[str, list[Round]]:
    """Measure sides one after the other, round by round (A B A B), and return the rounds of each.

    Args:
        sides: by its name, what measures a side; it gets the number of the round, from 0.
        rounds: how many.
        force: also measure beside other work, or in fewer rounds than a median needs.
        watch: runs a task and adds its `load`.

    Raises:
        SystemExit: other work did not end, or the rounds are too few, and it was not forced.
    """
    if rounds < LEAST_ROUNDS and not force:
        sys.exit(f"--rounds {rounds}: a median needs at least {LEAST_ROUNDS} (or --force, which marks the result)")
    found: dict[str, list[Round]] = {name: [] for name in sides}
    for number in range(rounds):
        for name, side in sides.items():
            found[name].append(quiet_round(f"{name}, round {number + 1}", partial(side, number), force, watch))
    return found


def quiet_round(name: str, task: Task, force: bool, watch: Callable[[Task, bool], Round] = watched) -> Round:
    """Return what a task measures, with its `load` (which `watch` adds); one that was disturbed is run again.

    Raises:
        SystemExit: other work did not end, and it was not forced.
    """
    refused: list[str] = []
    while len(refused) < _TRIES:
        try:
            measured = watch(task, force)
        except DisturbedError as error:
            refused.append(str(error))
            print(f"{name}: {error}", file=sys.stderr, flush=True)
            time.sleep(_SECONDS_TO_QUIET)
            continue
        print(f"{name}: measured, other work {most_other(measured['load']):.2f} cores", file=sys.stderr, flush=True)
        return measured | ({"refused_before": refused} if refused else {})
    sys.exit(f"{name}: {refused[-1]}; wait until the machine is idle, or --force, which marks the result")


def marks(rounds: Iterable[Round], count: int = LEAST_ROUNDS) -> dict[str, Any]:
    """Return whether a result was forced, and why; to be put into it.

    Args:
        rounds: all rounds of all its sides.
        count: rounds of a side; left out where it is no comparison of sides.
    """
    most = max(most_other(entry["load"]) for entry in rounds)
    why = [f"other work of up to {most:.2f} cores"] if most > LIMIT_CORES else []
    why += [f"rounds: {count}, fewer than {LEAST_ROUNDS}"] if count < LEAST_ROUNDS else []
    return {"forced": bool(why), "forced_because": why}


def headline(words: str, result: Mapping[str, Any]) -> str:
    """Return a result in words, marked if it was forced."""
    return words + (f" (FORCED: {', '.join(result['forced_because'])})" if result["forced"] else "")


def fresh(folder: Path) -> Path:
    """Return an empty folder, for a round: one that was disturbed must not leave the next one finished runs."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
