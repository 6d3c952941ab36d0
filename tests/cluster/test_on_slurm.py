"""Studies on a real SLURM with two pretended GPUs: all end with the local run's Table I, nothing trained twice."""

import re
import signal
import time

import pytest


@pytest.fixture(autouse=True)
def _asked_for(request):
    if not request.config.getoption("--on-slurm"):
        pytest.skip("takes many minutes; pytest --on-slurm tests/cluster runs it")


@pytest.mark.parametrize("profile", ["slurm", "slurm-gres"])
def test_trainings_on_the_cluster_give_the_local_table(on_slurm, searched, finished, profile):
    study = on_slurm(searched, profile)
    study.start()
    assert study.finish() == 0, study.output.read_text()
    study.check(finished)
    lines, final = study.submitted(), study.study.json("results/plan/TinyPlain-digits/final.json")
    assert len(lines) == len(final["jobs"])
    gpu = {"slurm": "--gpus=pretended:1", "slurm-gres": "--gres=gpu:pretended:1"}[profile]
    asked = ["-p gpu", "-t 240", "--mem 500", "--cpus-per-task=1", gpu, "--requeue"]
    assert [(part, line) for line in lines for part in asked if part not in line] == []


def test_profile_slurm_from_nothing_through_scancel_and_a_job_out_of_time(
    on_slurm, new_study, finished, tmp_path, cluster
):
    study = on_slurm(new_study(tmp_path / "a study"), "slurm")
    # Arrays are not in the profile: tasks that end before the first one count as failed (docs/cluster.md)
    arrays = ("--slurm-array-jobs", "train", "--slurm-array-limit", "25", "--jobs", "1000", "--retries", "6")
    study.start("--config", "runs_per_job=4", *arrays)
    first = study.wait_for(lambda: study.trainings and study.working())[0]
    cluster.control("scancel", first)
    second = study.wait_for(lambda: [job for job in study.working() or [] if job != first])[0]
    # SLURM ends the job as it ends one whose time is up
    cluster.control("scontrol", "update", f"JobId={second}", f"EndTime={time.strftime('%Y-%m-%dT%H:%M:%S')}")
    assert study.finish() == 0, study.output.read_text()
    study.check(finished)
    assert {study.states[first], study.states[second]} == {"CANCELLED", "TIMEOUT"}
    lines = study.submitted()
    asked = ["-p gpu", "-t 240", "--mem ", "--cpus-per-task=1", "--gpus=pretended:1", "--requeue"]
    assert [(part, line) for line in lines for part in asked if part not in line] == []
    memory = [int(re.search(r"--mem (\d+)", line)[1]) for line in lines]
    # In MB; the plugin's way through MiB may round one up
    assert memory[0] in (5000, 5001) and max(memory) in (10000, 10001), "memory grows with every attempt"
    assert all("--gres" not in line and "-A" not in line.split() for line in lines)
    # The search's jobs went as one array, and what failed was asked for again
    assert re.search(r"--array=1-[2-9]", lines[0])
    assert len(lines) >= 3


def test_profile_slurm_gres_with_groups_through_too_little_memory_and_a_lost_node(on_slurm, planned, finished, cluster):
    study = on_slurm(planned, "slurm-gres")
    study.start(
        *("--config", "runs_per_job=5"),
        *("--groups", "train=trainings", "--group-components", "trainings=2"),
        *("--set-resources", "train:gpu=0", "train:trainings=1", "train:runtime=60"),
        "train:mem_mb=300 if attempt == 1 else 5000",
    )
    study.wait_for(lambda: study.trainings and study.working())
    host = cluster.host()
    cluster.control("scontrol", "update", f"NodeName={host}", "State=DOWN", "Reason=test")
    study.wait_for(lambda: not cluster.jobs("RUNNING"))
    cluster.bring_back()
    # SLURM puts the jobs back into its queue, to begin two minutes later: not here
    for job in study.wait_for(lambda: cluster.jobs("PENDING")):
        cluster.control("scontrol", "update", f"JobId={job}", "StartTime=now")
    assert study.finish(while_waiting=cluster.bring_back) == 0, study.output.read_text()
    study.check(finished)
    lines = study.submitted()
    # Each group was ended at its first attempt and got what it needs at its second
    logs = [log.read_text() for log in study.study.folder.glob(".snakemake/slurm_logs/*/*.log")]
    assert any("exceeded memory limit" in log for log in logs)
    assert {re.search(r"--mem (\d+)", line)[1][:3] for line in lines} == {"300", "500"}
    asked = ["-p gpu", "-t ", "--mem ", "--gres=gpu:pretended:1", "--requeue", "--comment rule_trainings"]
    assert [(part, line) for line in lines for part in asked if part not in line] == []
    assert all("--gpus" not in line and "--array" not in line for line in lines)


def test_kill_and_term_of_the_main_process(on_slurm, searched, finished, cluster):
    study = on_slurm(searched, "slurm")
    process = study.start()
    study.wait_for(lambda: study.trainings and study.working())
    process.send_signal(signal.SIGKILL)
    process.wait()
    # As docs/cluster.md says: SLURM's jobs go on without it, and the lock stays
    assert cluster.jobs("RUNNING")
    cluster.control("scancel", "--user=root")
    study.wait_for(lambda: not cluster.jobs("RUNNING", "PENDING", "COMPLETING"))
    study.start("--unlock")
    assert study.finish() == 0
    process = study.start()
    study.wait_for(study.working)
    process.send_signal(signal.SIGTERM)
    assert study.finish() != 0
    # It left no job behind
    assert not cluster.jobs("RUNNING", "PENDING")
    study.start()
    assert study.finish() == 0, study.output.read_text()
    study.check(finished)
