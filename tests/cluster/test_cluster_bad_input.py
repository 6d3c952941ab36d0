"""What can't work on the cluster is one clear message of the workflow, before anything is done."""

import os
from pathlib import Path

import pytest


def refuse(study, *arguments, environment):
    """What Snakemake says when it refuses to start; nothing is made."""
    done = study.snakemake(
        *arguments, where=("--workflow-profile", "slurm", "--slurm-status-command", "squeue"), environment=environment
    )
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stdout
    assert not list(study.folder.glob("data/prepared/*/*"))
    assert not list(study.folder.glob("results/logs/*"))
    return done.stdout


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ("slurm_partition=gpuu", "slurm_partition: SLURM has no partition 'gpuu' (did you mean 'gpu'?)"),
        ("slurm_account=mine", "slurm_account: 'mine', but this SLURM keeps no accounts"),
        ("gpu_model=a100", "rule train asks for GPUs: 1 x a100, but no node of partition gpu has more than 2"),
        ("slurm_partition=short", "rule train asks for 240 minutes, but partition short ends jobs after 30"),
    ],
)
def test_what_this_cluster_does_not_have(cluster, new_study, tmp_path, resources, said):
    out = refuse(new_study(tmp_path), "--default-resources", resources, environment=cluster.environment())
    assert said in out


def test_no_slurm_on_the_machine(new_study, tmp_path):
    """Every command of this machine but SLURM's."""
    commands = tmp_path / "commands"
    commands.mkdir()
    for place in ("/usr/bin", "/bin"):
        for file in os.scandir(place):
            if not file.name.startswith(("sbatch", "squeue", "sinfo", "scontrol", "sacct")):
                (commands / file.name).unlink(missing_ok=True)
                (commands / file.name).symlink_to(Path(place) / file.name)
    out = refuse(new_study(tmp_path / "study"), environment={"PATH": str(commands)})
    assert "no SLURM on this machine: sbatch, squeue, sinfo, scontrol not found" in out


def test_a_variable_that_is_not_set(new_study, tmp_path):
    out = refuse(new_study(tmp_path), "--config", "store=$SCRATCH_OF_NOBODY/store", environment={})
    assert "settings: store: the environment variable SCRATCH_OF_NOBODY is not set" in out
