"""What SLURM would refuse is refused before the first job, in one message each. SLURM's answers are stand-ins here."""

import pytest

from blocktune.cluster.slurm import Request, check_requests
from blocktune.errors import BlocktuneError

SINFO = """\
gpu|1-00:00:00|gpu:a100:4(S:0-1)
gpu|1-00:00:00|gpu:v100:2
cpu*|infinite|(null)
short|30:00|gpu:2
"""
NO_ACCOUNTS = "AccountingStorageType   = accounting_storage/none"
ACCOUNTS = "AccountingStorageType   = accounting_storage/slurmdbd"


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Commands with SLURM's names that print what they are told to."""

    def make(**answers):
        for name, text in answers.items():
            (tmp_path / f"{name}.txt").write_text(text)
            (tmp_path / name).write_text(f"#!/bin/sh\ncat '{tmp_path}/{name}.txt'\n")
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    make(sbatch="", squeue="", sinfo=SINFO, scontrol=NO_ACCOUNTS)
    return make


def complaint(**resources):
    with pytest.raises(BlocktuneError) as raised:
        check_requests([Request.from_resources("train", resources)])
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    "resources",
    [
        {},
        {"slurm_partition": "gpu", "gpu": 1, "runtime": 1440},
        {"slurm_partition": "gpu", "gpu": 4},
        {"slurm_partition": "gpu", "gpu": 2, "gpu_model": "v100"},
        {"slurm_partition": "gpu", "gpu": 0, "gres": "gpu:a100:4"},
        {"slurm_partition": "short", "gres": "gpu:2", "runtime": 30},
        {"slurm_partition": "short,gpu", "gpu": 4, "runtime": 600},
        {"slurm_partition": "cpu", "runtime": 100000},
    ],
    ids=str,
)
def test_what_slurm_can_do_passes(stand_in, resources):
    check_requests([Request.from_resources("train", resources)])


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ({"slurm_partition": "gpuu"}, ["slurm_partition", "'gpuu'", "did you mean 'gpu'?", "gpu, cpu, short"]),
        ({"slurm_partition": "gpu", "gpu": 5}, ["rule train", "GPUs: 5", "partition gpu", "more than 4"]),
        ({"slurm_partition": "gpu", "gpu": 3, "gpu_model": "v100"}, ["3 x v100", "a100, v100"]),
        ({"slurm_partition": "gpu", "gres": "gpu:h100:1"}, ["1 x h100", "a100, v100"]),
        ({"gpu": 1}, ["partition cpu", "more than 0"]),
        ({"slurm_partition": "short", "runtime": 31}, ["31 minutes", "partition short", "30"]),
        ({"gres": "gpu=1"}, ["gres", "'gpu=1'", "gpu:TYPE:COUNT"]),
        ({"slurm_account": "$PROJECT"}, ["slurm_account", "$PROJECT", "environment variable PROJECT"]),
        ({"slurm_account": "mine"}, ["slurm_account", "'mine'", "keeps no accounts"]),
    ],
    ids=str,
)
def test_what_slurm_can_not_do_is_one_message_that_names_the_key(stand_in, resources, said):
    message = complaint(**resources)
    assert [words for words in said if words not in message] == []


def test_an_account_that_is_not_the_users(stand_in):
    stand_in(scontrol=ACCOUNTS, sacctmgr="biology\nphysics\n")
    check_requests([Request.from_resources("train", {"slurm_account": "physics"})])
    message = complaint(slurm_account="phisics")
    assert "'phisics'" in message
    assert "did you mean 'physics'?" in message


def test_sacct_on_a_cluster_without_accounting_would_wait_forever(stand_in):
    check_requests([], states_from="squeue")
    with pytest.raises(BlocktuneError, match=r"slurm-status-command.*set squeue"):
        check_requests([], states_from="sacct")


def test_no_slurm_at_all(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    message = complaint()
    assert "no SLURM on this machine: sbatch" in message
    assert "login node" in message


def test_a_slurm_that_does_not_answer(stand_in, tmp_path):
    (tmp_path / "sinfo").write_text("#!/bin/sh\necho 'Unable to contact slurm controller' >&2; exit 1\n")
    message = complaint()
    assert "SLURM does not answer: sinfo" in message
    assert "Unable to contact" in message
