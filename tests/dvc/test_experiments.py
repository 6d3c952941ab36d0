"""Case 6: experiments share finished runs, and their numbers belong to their settings."""

import contextlib
import csv
import io
import json
import os
import signal
import subprocess
import time

import pytest

RATE = "training.learning_rate={}".format
LW = "TinyPlain-digits.lw"


def experiments(project):
    """What `dvc exp show` says of each experiment, by name."""
    rows = csv.DictReader(io.StringIO(project.dvc("exp", "show", "--csv")))
    return {row["Experiment"] or row["rev"]: row for row in rows}


def table_one(row):
    """The cells of Table I among an experiment's columns."""
    return {name: value for name, value in row.items() if name.startswith("TinyPlain-digits.")}


@pytest.mark.long
def test_experiments_elsewhere_and_here_share_runs(pulled):
    old, results, rate = pulled.trained(), pulled.shown(), pulled.params()["training"]["learning_rate"]
    pulled.dvc("exp", "run", "--temp", "--name", "faster", "--set-param", RATE(0.01))
    # Elsewhere: nothing changed here but the store, which has the new runs and the old ones as they were
    both = pulled.trained()
    assert {run: both[run] for run in old} == old
    assert len(both) == 2 * len(old)
    assert pulled.shown() == results
    assert pulled.git("status", "--porcelain") == ""
    # Here: the same settings, nothing is trained again
    pulled.dvc("exp", "run", "--name", "same", "--set-param", RATE(0.01))
    assert pulled.trained() == both
    assert pulled.rates() == {0.01}
    rows = experiments(pulled)
    assert (
        rows["faster"][LW]
        == rows["same"][LW]
        == str(pulled.json("results/compare/table1.json")["TinyPlain-digits"]["lw"])
    )
    assert {float(rows[name]["training.learning_rate"]) for name in ("main", "faster")} == {rate, 0.01}
    # Back, then the experiment again: numbers, settings and both tools agree
    pulled.git("checkout", "--quiet", ".")
    pulled.dvc("checkout", "--force")
    assert pulled.shown() == results
    assert "Nothing to be done" in pulled.snakemake("-n")
    pulled.dvc("exp", "apply", "faster")
    assert pulled.params()["training"]["learning_rate"] == 0.01
    assert "Nothing to be done" in pulled.snakemake("-n")
    assert "up to date" in pulled.dvc("status")
    assert pulled.rates() == {0.01}
    difference = json.loads(pulled.dvc("metrics", "diff", "--json", "HEAD"))
    assert difference["results/compare/table1.json"]
    assert pulled.trained() == both
    assert pulled.damaged_objects() == []


@pytest.mark.long
def test_two_workers_on_one_store(pulled):
    """Both need the same new runs at the same time: the store's locks let each be trained once."""
    old, results = pulled.trained(), pulled.shown()
    for dpi in (80, 90):
        settings = ["--set-param", RATE(0.03), "--set-param", f"figures.dpi={dpi}"]
        pulled.dvc("exp", "run", "--queue", "--name", f"dpi{dpi}", *settings)
    process = pulled.start("dvc", "queue", "start", "--jobs", "2", output=subprocess.DEVNULL)
    try:
        process.wait(timeout=120)
        deadline = time.monotonic() + 900
        while (status := pulled.dvc("queue", "status")).count("Success") < 2 and time.monotonic() < deadline:
            assert "Failed" not in status, (
                status + pulled.dvc("queue", "logs", "dpi80") + pulled.dvc("queue", "logs", "dpi90")
            )
            time.sleep(3)
    finally:
        pulled.dvc("queue", "stop", "--kill")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    rows = experiments(pulled)
    assert table_one(rows["dpi80"]) == table_one(rows["dpi90"]) != table_one(rows["main"])
    after = pulled.trained()
    assert {run: after[run] for run in old} == old
    assert len(after) == 2 * len(old)
    assert pulled.shown() == results
    pulled.dvc("exp", "apply", "dpi90")
    assert "Nothing to be done" in pulled.snakemake("-n")
    assert pulled.rates() == {0.03}
    assert pulled.trained() == after
    assert pulled.damaged_objects() == []
