"""Which GPUs are used: the setting, the driver and an inherited CUDA_VISIBLE_DEVICES. All GPUs here are pretended."""

import pytest

from blocktune.errors import BlocktuneError
from blocktune.gpus.choose import choose_gpus
from blocktune.gpus.driver import Gpu, installed_gpus, memory_gb
from blocktune.settings.execution import Execution
from blocktune.settings.load import validate

A, B = "GPU-aaaa1111-0000", "GPU-bbbb2222-0000"
PARTS = ["MIG-dddd4444-0000", "MIG-eeee5555-0000"]


def visible(choice, environment=None):
    """What CUDA_VISIBLE_DEVICES becomes for a training on each GPU."""
    chosen = validate(Execution, {"gpus": choice}).gpus
    return [device.visible for device in choose_gpus(chosen, {} if environment is None else environment)]


def refused(choice, environment=None):
    with pytest.raises(BlocktuneError) as raised:
        visible(choice, environment)
    assert len(str(raised.value).splitlines()) == 1
    return str(raised.value)


# ------------------------------------------------------------------------------------------------------------------
# what the driver says


def test_without_the_driver_there_is_no_gpu(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible("auto") == []


@pytest.mark.parametrize(("listing", "status"), [("none", 6), ("none", 0), ("two", 9)])
def test_a_driver_that_finds_none_or_fails_is_no_gpu(nvidia_smi, listing, status):
    nvidia_smi(listing, status)
    assert visible("auto") == []


def test_all_gpus_by_their_uuid(nvidia_smi):
    nvidia_smi("two")
    assert visible("auto") == [A, B]


def test_of_a_divided_gpu_its_parts(nvidia_smi):
    nvidia_smi("divided")
    assert visible("auto") == [*PARTS, "GPU-ffff6666-0000"]
    assert installed_gpus()[0].name == "MIG 3g.20gb Device 0:"


def test_how_much_memory_a_gpu_or_a_part_has(nvidia_smi):
    nvidia_smi("two")
    assert memory_gb(Gpu(A, "whole")) == pytest.approx(85.9, abs=0.05)
    assert memory_gb(Gpu("MIG-dddd4444-0000", "MIG 3g.20gb Device 0:")) == 20
    assert memory_gb(Gpu("GPU-unknown", "whole")) is None


# ------------------------------------------------------------------------------------------------------------------
# the setting


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("none", []),
        ([], []),
        (1, [A]),
        ("2", [A, B]),
        ([1], [B]),
        ([1, 0], [B, A]),
        ("[0,1]", [A, B]),
        ("0,1", [A, B]),
        (["0", "1"], [A, B]),
        ([A], [A]),
        (["GPU-bbbb"], [B]),
    ],
    ids=str,
)
def test_a_choice_as_yaml_and_the_command_line_give_it(nvidia_smi, choice, expected):
    nvidia_smi("two")
    assert visible(choice) == expected


def test_a_part_of_a_gpu_can_be_chosen(nvidia_smi):
    nvidia_smi("divided")
    assert visible(["MIG-eeee5555"]) == [PARTS[1]]
    assert visible([1]) == [PARTS[1]]


@pytest.mark.parametrize("choice", ["all", 0, -1, True, 1.5, ["x"], [-1], [True], {"a": 1}, "0,1,x"], ids=str)
def test_what_is_no_choice_is_refused_with_what_is_allowed(choice):
    with pytest.raises(BlocktuneError, match=r"settings: gpus: must be auto, none, how many"):
        validate(Execution, {"gpus": choice})


@pytest.mark.parametrize("choice", [[0, 0], "1,1", ["GPU-a", "GPU-a"]], ids=str)
def test_an_id_twice_is_refused(choice):
    with pytest.raises(BlocktuneError, match="more than once"):
        validate(Execution, {"gpus": choice})


def test_one_gpu_by_two_names_is_refused(nvidia_smi):
    nvidia_smi("two")
    assert f"names one GPU twice: {A}" in refused([0, A])


def test_more_gpus_than_there_are(nvidia_smi):
    nvidia_smi("two")
    assert "gpus: 3 are wanted, but 2 can be seen here" in refused(3)
    assert "there is no GPU 2: 2 can be seen here" in refused([0, 2])
    assert "there is no GPU GPU-zzzz" in refused(["GPU-zzzz"])


def test_gpus_without_any_gpu(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    for choice in (1, [0]):
        said = refused(choice)
        assert "no GPU is to be seen here (CUDA_VISIBLE_DEVICES is not set; gpus: none trains on the CPU)" in said


@pytest.mark.parametrize("value", ["much", 0, -1, "nan", None, True], ids=str)
def test_a_memory_limit_is_grow_or_a_number_of_gb(value):
    with pytest.raises(BlocktuneError, match=r"gpu_memory: must be grow, or a number of GB above 0"):
        validate(Execution, {"gpu_memory": value})
    assert validate(Execution, {"gpu_memory": "4.5"}).gpu_memory == 4.5


# ------------------------------------------------------------------------------------------------------------------
# an inherited CUDA_VISIBLE_DEVICES


@pytest.mark.parametrize("inherited", ["", "-1", "NoDevFiles", "none", "-1,0"])
def test_a_scheduler_that_gives_no_gpu_means_the_cpu(nvidia_smi, inherited):
    nvidia_smi("two")
    assert visible("auto", {"CUDA_VISIBLE_DEVICES": inherited}) == []


def test_an_inherited_list_is_all_there_is_and_numbers_count_in_it(nvidia_smi):
    nvidia_smi("two")
    environment = {"CUDA_VISIBLE_DEVICES": "1"}
    assert visible("auto", environment) == ["1"]
    assert visible([0], environment) == ["1"]
    assert "CUDA_VISIBLE_DEVICES is '1'" in refused([1], environment)


@pytest.mark.parametrize("entries", ["GPU-bbbb2222-0000,GPU-aaaa", "MIG-dddd4444-0000,MIG-eeee5555-0000", "3,5"])
def test_entries_are_passed_on_as_they_are(monkeypatch, tmp_path, entries):
    """In a container without nvidia-smi nothing can be checked, and nothing has to be."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible("auto", {"CUDA_VISIBLE_DEVICES": entries}) == entries.split(",")


def test_cuda_stops_reading_at_an_entry_that_is_none(nvidia_smi):
    nvidia_smi("two")
    assert visible("auto", {"CUDA_VISIBLE_DEVICES": "1,-1,0"}) == ["1"]


def test_an_inherited_gpu_that_is_not_there_is_refused(nvidia_smi):
    nvidia_smi("two")
    said = refused("auto", {"CUDA_VISIBLE_DEVICES": "0,7"})
    assert said == "CUDA_VISIBLE_DEVICES names '7', but this machine has 2 GPUs (0 to 1)"
    assert "names 'first'" in refused("auto", {"CUDA_VISIBLE_DEVICES": "first"})
    assert "names one GPU twice" in refused("auto", {"CUDA_VISIBLE_DEVICES": "0,0"})
    assert "names one GPU twice" in refused("auto", {"CUDA_VISIBLE_DEVICES": f"0,{A}"})


def test_one_gpu_has_one_identity_however_it_is_named(nvidia_smi):
    nvidia_smi("two")
    ways = [{}, {"CUDA_VISIBLE_DEVICES": "1,0"}, {"CUDA_VISIBLE_DEVICES": "GPU-aaaa,GPU-bbbb"}]
    assert {frozenset(device.identity for device in choose_gpus("auto", way)) for way in ways} == {frozenset([A, B])}


def test_number_0_of_two_slurm_jobs_is_not_one_gpu(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    jobs = [{"CUDA_VISIBLE_DEVICES": "0", "SLURM_JOB_ID": job, "SLURM_JOB_GPUS": gpu} for job, gpu in ("7a", "8b")]
    identities = [choose_gpus("auto", job)[0].identity for job in jobs]
    assert len(set(identities)) == 2


# ------------------------------------------------------------------------------------------------------------------
# on its way to jobs


@pytest.mark.parametrize("choice", ["auto", "none", 2, [0], [0, 1], ["GPU-a", "MIG-b"]], ids=str)
def test_jobs_read_from_their_environment_what_the_workflow_was_told(choice):
    execution = validate(Execution, {"gpus": choice, "runs_per_gpu": 3, "gpu_memory": 2.5})
    variables = execution.job_environment()
    keys = {"BLOCKTUNE_GPUS": "gpus", "BLOCKTUNE_RUNS_PER_GPU": "runs_per_gpu", "BLOCKTUNE_GPU_MEMORY": "gpu_memory"}
    assert validate(Execution, {keys[name]: value for name, value in variables.items()}) == execution
