"""Looks at pretended studies, for the tests of `blocktune status`."""

from dataclasses import replace

from blocktune.watch.session import Session
from blocktune.watch.watcher import Watcher

RUNS = [f"{number:016x}" for number in range(8)]
BACKBONE = "TinyPlain-digits"


def look(study):
    """How the study stands, looked at without leaving a trace."""
    before = study.files()
    progress = Watcher(study.folder).look()
    assert study.files() == before
    return progress


def counts(tally):
    return tally.planned, tally.done, tally.running, tally.waiting, tally.failed


def work(study, **changes):
    """Write down that this test's process is a workflow at work in the folder."""
    session = replace(Session.begin("data/store", 4), **changes)
    session.write(study.folder)
    return session
