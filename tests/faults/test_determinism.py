"""The same study on other numbers of cores, in other jobs and another order gives the same bytes.

In CI tests/faults/test_killed_jobs.py holds it for jobs of one and of three runs, against the study's own of up to 14.
"""

import pytest
from faulty import numbers, results

WAYS = {
    "one core, one run a job": (["--cores", "1"], ["runs_per_job=1"]),
    "four cores, jobs of five runs, another scheduler": (["--cores", "4", "--scheduler", "ilp"], ["runs_per_job=5"]),
}


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_tables_metrics_and_figures_are_the_same_bytes_however_it_was_run(finished, new_study, faults, tmp_path, way):
    where, config = WAYS[way]
    study = new_study(tmp_path / "study")
    study.make("--config", *config, where=where)
    jobs = list((study.folder / "results" / "runs").rglob("*.json"))
    assert len(jobs) != len(list((finished.folder / "results" / "runs").rglob("*.json")))
    faults.compare(results(study), results(finished))
    faults.compare(numbers(study.folder / "data" / "store"), numbers(finished.folder / "data" / "store"))
