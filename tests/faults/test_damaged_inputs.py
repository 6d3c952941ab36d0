"""What jobs read, damaged after it was made: no run is trained on it, and what made it makes it again."""

import pytest
from faulty import Jobs, flip, numbers, stored

from blocktune.data.prepared import Prepared
from blocktune.errors import BlocktuneError


def move_a_image(path):
    """Put the last image into the validation part, or take it out: the table can still be read."""
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)


# What is damaged, the step that makes it, and what the job says
CASES = {
    "images.npy": ("prepare", "are damaged", "images.npy.damaged1"),
    "labels.npy": ("prepare", "are damaged", "labels.npy.damaged1"),
    "dataset.json": ("prepare", "", None),
    "splits.csv": ("split", "is not what run", None),
    "TinyPlain.weights.h5": ("pretrain", "TinyPlain.weights.h5 is damaged", "TinyPlain.weights.h5.damaged1"),
}


@pytest.mark.parametrize("name", CASES)
def test_no_run_is_trained_on_damaged_inputs(forker, faults, copy, steps, tmp_path, name, pytestconfig):
    jobs = Jobs(copy, tmp_path)
    jobs.put_first_run(tmp_path)
    step, said, aside = CASES[name]
    (path,) = [file for file in copy.folder.rglob(name) if "settings" not in file.parts]
    intact, before = path.read_bytes(), stored(tmp_path / "store")
    (move_a_image if name == "splits.csv" else flip)(path)
    ended = forker.run(jobs.arguments("pair", tmp_path), copy.folder)
    assert ended.status == 2, ended.output
    assert "Traceback" not in ended.output
    assert said in ended.output
    faults.strike(before, stored(tmp_path / "store"))
    assert len(stored(tmp_path / "store")) == 1
    if aside is not None:
        assert aside in ended.output
        assert path.with_name(aside).is_file() and not path.exists()
    if step != "pretrain" or pytestconfig.getoption("--long"):
        assert forker.run(steps[step].arguments, copy.folder).status == 0
        faults.compare({name: path.read_bytes()}, {name: intact})
    if pytestconfig.getoption("--long"):
        assert forker.run(jobs.arguments("pair", tmp_path), copy.folder).status == 0
        faults.compare(numbers(tmp_path / "store"), jobs.of("pair"))


def test_a_job_whose_runs_are_in_the_store_needs_no_look(forker, jobs, tmp_path, copy):
    """Images are read once a job that trains, not for what has finished."""
    jobs = Jobs(copy, tmp_path)
    jobs.put_first_run(tmp_path)
    flip(next((copy.folder / "data" / "prepared").glob("*/images.npy")))
    ended = forker.run(jobs.arguments("one", tmp_path), copy.folder)
    assert ended.status == 0, ended.output


def test_intact_images_are_opened_and_changed_ones_are_not(copy):
    (folder,) = (copy.folder / "data" / "prepared").iterdir()
    assert Prepared.open_intact(folder).digest == Prepared.open(folder).digest
    flip(folder / "labels.npy")
    with pytest.raises(BlocktuneError, match=r"labels\.npy\.damaged1"):
        Prepared.open_intact(folder)
    assert not (folder / "dataset.json").exists()
