"""Where a run's processor time goes, and how two clones are compared."""

import pytest
from engine import merged, per_run, summary, tracing


def test_tracing_is_the_excess_of_the_first_epoch():
    assert tracing([5.0, 1.0, 1.2, 0.8], [0.3] * 4) == pytest.approx(4.0)


def test_the_first_epoch_that_is_validated_traces_too():
    epochs = [5.0, 1.0, 1.0, 6.0, 1.0, 1.0, 1.0, 3.0]
    scores = [None, None, None, 0.5, None, None, None, 0.4]
    # 4 beyond those without validation, 3 beyond the other one with it
    assert tracing(epochs, scores) == pytest.approx(7.0)


@pytest.mark.parametrize("epochs", [[], [5.0], [1.0, 1.5]])
def test_no_tracing_is_made_up(epochs):
    assert tracing(epochs, [0.1] * len(epochs)) == 0.0


def job(runs, cpu):
    return {
        "usage": {"wall_seconds": 0.0, "cpu_seconds": cpu},
        "runs": {
            str(number): {
                "resources": {"cpu_seconds": whole, "cpu_seconds_epochs": epochs},
                "history": {"val_loss": [0.1] * len(epochs)},
            }
            for number, (whole, epochs) in enumerate(runs)
        },
    }


RUN = (10.0, [4.0, 1.0, 1.0])


def test_the_parts_of_a_run_are_all_that_its_job_took():
    found = per_run([(job([RUN, RUN], 26.0), 1.0)])
    assert found["of_which"] == pytest.approx({"start": 3.0, "building": 4.0, "tracing": 3.0, "steady": 3.0})
    assert found["cpu_seconds"] == pytest.approx(13.0)
    assert (found["runs"], found["jobs"]) == (2, 1)


def test_a_job_weighs_as_many_runs_as_it_stands_for():
    dear, cheap = job([(10.0, [])], 10.0), job([(1.0, []), (1.0, [])], 2.0)
    # Three runs stand behind the dear one, one behind each of the two cheap ones
    assert per_run([(dear, 3.0), (cheap, 1.0)])["cpu_seconds"] == pytest.approx((3 * 10.0 + 2 * 1.0) / 5)


def measured(cpu, other=0.0):
    parts = {"start": 0.0, "building": cpu, "tracing": 0.0, "steady": 0.0}
    quiet = {"other_cores": other, "steal_share": 0.0}
    load = {"before": quiet, "during": quiet, "load_average": 0.0}
    return {"cpu_seconds": cpu, "of_which": parts, "runs": 1, "jobs": 1, "load": load}


def test_the_median_of_the_rounds_counts():
    found = summary([measured(cpu) for cpu in (2.0, 9.0, 3.0)])
    assert found["cpu_seconds"] == found["of_which"]["building"] == 3.0
    assert found["forced"] is False


def entry(cpu, what="x", cores=2, forced=False):
    return {"cpu_seconds": cpu, "what": what, "machine": {"cores": cores}, "forced": forced}


def test_a_call_leaves_the_other_label_in_the_file():
    before = merged({}, {"paper_before": entry(20.0), "practice_before": entry(12.0)})
    assert before["times_less"] == {}
    after = merged(before, {"paper_after": entry(10.0)})
    assert after["paper_before"] == entry(20.0) and after["practice_before"] == entry(12.0)
    assert after["times_less"] == {"paper": {"times_less": 2.0, "forced": False}}


def test_a_comparison_is_marked_if_one_side_was_forced():
    found = merged({"paper_before": entry(20.0, forced=True)}, {"paper_after": entry(10.0)})
    assert found["times_less"]["paper"]["forced"] is True


@pytest.mark.parametrize("other", [{"what": "y"}, {"cores": 4}])
def test_other_work_or_another_machine_is_not_compared(other):
    found = merged({"paper_before": entry(20.0)}, {"paper_after": entry(10.0, **other)})
    assert found["times_less"] == {}
