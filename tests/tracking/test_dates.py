"""After a clock was set back: what lies in the future is dated back, in its order; the rest keeps its dates."""

import os
import time
from pathlib import Path

import pytest

from blocktune.tracking.dates import pull_back_dates
from blocktune.tracking.snakemake_records import write_record

DAY = 86400 * 10**9


@pytest.fixture
def dated(tmp_path, monkeypatch):
    """`dated(name, ahead)` makes a file that is dated so many nanoseconds ahead, and Snakemake's record of it."""
    monkeypatch.chdir(tmp_path)
    now = time.time_ns()

    def make(name, ahead, known=True):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        os.utime(path, ns=(now, now + ahead))
        if known:
            write_record(name, {"endtime": path.stat().st_mtime})
        return path

    return make


def test_what_lies_in_the_future_is_dated_back_in_its_order(dated):
    names = ["results/plan/splits.csv", "results/plan/splits.json", "results/tables/table1.csv"]
    first, same, last = map(dated, names, [DAY, DAY, DAY + 1])
    section = dated("results/plan/settings/backbones/TinyPlain.json", DAY - 1, known=False)
    (message,) = pull_back_dates()
    assert message.startswith("4 files were dated up to ")
    dates = [path.stat().st_mtime_ns for path in (section, first, same, last)]
    assert dates == sorted(dates)
    assert dates[1] == dates[2]
    assert len(set(dates)) == 3
    time.sleep(0.01)
    assert max(dates) < time.time_ns()
    assert pull_back_dates() == []


def test_one_file_is_no_files(dated):
    dated("results/metrics.json", DAY)
    assert pull_back_dates()[0].startswith("1 file was dated up to ")


def test_the_past_and_what_is_no_output_stay_as_they_are(dated):
    past = dated("results/metrics.json", -DAY)
    finished = dated("data/store/ab/abc/metrics.json", DAY, known=False)
    before = [path.stat().st_mtime_ns for path in (past, finished)]
    assert pull_back_dates() == []
    assert [path.stat().st_mtime_ns for path in (past, finished)] == before


def test_a_record_whose_output_is_gone_does_no_harm(dated):
    dated("results/metrics.json", DAY).unlink()
    assert pull_back_dates() == []


def test_a_look_says_it_and_changes_nothing(dated):
    path = dated("results/metrics.json", DAY)
    before = path.stat().st_mtime_ns
    (said,) = pull_back_dates(only_say=True)
    assert said.endswith("later than the clock says: a call that runs jobs dates back to now")
    assert path.stat().st_mtime_ns == before
