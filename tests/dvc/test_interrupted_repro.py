"""Case 4: a repro that was killed goes on where it was."""

import os
import signal
import time


def test_after_a_kill_only_what_is_missing_is_trained(pulled):
    old, results = pulled.trained(), pulled.digests("results/tables", "results/final")
    pulled.change(training={"learning_rate": 0.02})
    # Its steps are killed, too: processes of their own
    process = pulled.start("dvc", "repro", WARM_STEPS="")
    deadline = time.monotonic() + 600
    while len(pulled.trained()) < len(old) + 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    time.sleep(2)  # trainings end soon after their job
    finished = pulled.trained()
    assert len(finished) > len(old)
    # The lock that is left is named; nothing is lost or called done
    out = pulled.dvc("repro", fails=True)
    assert "snakemake --unlock" in out
    assert pulled.digests("results/tables", "results/final") == results
    pulled.snakemake("--unlock")
    pulled.dvc("repro")
    after = pulled.trained()
    assert {run: after[run] for run in finished} == finished
    assert set(after) == set(old) | pulled.planned()
    assert set(after) > set(finished), "the kill came too late to interrupt anything"
    assert pulled.rates() == {0.02}
    assert "Nothing to be done" in pulled.snakemake("-n")
    assert pulled.damaged_objects() == []
