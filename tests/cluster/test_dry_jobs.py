"""Dry jobs leave records that can't pass for results, and nothing outside their own folder."""

import pytest
from made_up import made_spec

from blocktune.errors import BlocktuneError
from blocktune.files.record import JobRecord
from blocktune.runs.store import Store
from blocktune.steps.shared import records_by_run
from blocktune.training.dry import dry_file, run_dry_job


def spec(seed):
    return made_spec(seed=seed)


def test_each_run_sleeps_once_and_is_marked(tmp_path, capsys):
    specs = [spec(1), spec(2)]
    records = run_dry_job(specs, tmp_path, 0.0)
    assert records == [{"run": one.run_id, "dry": True} for one in specs]
    assert run_dry_job([*specs, spec(3)], tmp_path, 0.0)[:2] == records
    assert capsys.readouterr().out.count("slept before") == 2
    for one in [*specs, spec(3)]:
        assert dry_file(tmp_path, one.run_id).read_text() == "dry 0 s\n"
    assert not list((tmp_path / "unfinished").iterdir())


def test_no_command_takes_a_dry_record_for_a_result(tmp_path):
    file = tmp_path / "job.json"
    JobRecord("job", tuple(run_dry_job([spec(1)], tmp_path / "store", 0.0))).write(file)
    with pytest.raises(BlocktuneError, match=r"job\.json is the record of a dry job"):
        records_by_run([file])


def test_a_store_does_not_take_a_dry_file_for_a_finished_run(tmp_path):
    run_dry_job([spec(1)], tmp_path, 0.0)
    assert not Store(tmp_path).has(spec(1))
