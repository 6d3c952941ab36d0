"""What surrounds a study turns bad: disks full or read-only, clocks set, folders taken away, others at work too."""

import os
import random
import shutil
import subprocess
import time

import pytest
from faulty import contents, longer, numbers, stored

TABLE = "results/tables/table1.csv"
DAY = 86400


def mounted(*arguments):
    """Whether a mount worked; only root may, and not in every container."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    return subprocess.run(["mount", *map(str, arguments)], capture_output=True).returncode == 0


@pytest.fixture
def small_disk(tmp_path):
    """`small_disk(size)` is a folder on a file system of that size (as mount spells it); a second call changes it."""
    place = tmp_path / "small disk"
    place.mkdir()

    def make(size):
        again = ("-o", f"remount,size={size}") if os.path.ismount(place) else ("-t", "tmpfs", "-o", f"size={size}")
        if not mounted(*again, *([] if "remount" in again[1] else ["tmpfs"]), place):
            pytest.skip("a small tmpfs can't be mounted here: only root can, and not in every container")
        return place

    yield make
    if os.path.ismount(place):
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def read_only():
    """`read_only(folder)` lets nobody write there until the function that it returns is called."""
    open_ones = []

    def protect(folder):
        if os.geteuid() != 0:
            subprocess.run(["chmod", "-R", "a-w", folder], check=True)
            free = lambda: subprocess.run(["chmod", "-R", "u+w", folder], check=True)  # noqa: E731
        elif mounted("--bind", folder, folder) and mounted("-o", "remount,ro,bind", folder):
            free = lambda: subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: E731
        else:
            pytest.skip("root can't make a folder read-only here: mount is not allowed")

        def once():
            if free in open_ones:
                open_ones.remove(free)
                free()

        open_ones.append(free)
        return once

    yield protect
    for free in open_ones:
        free()


# ------------------------------------------------------------------------------------------------------------------
# full and read-only


@pytest.mark.parametrize("size", ["4k", "12k", "24k"])
def test_a_job_on_a_small_disk_says_so_and_goes_on_when_there_is_room(forker, faults, jobs, small_disk, size):
    place = small_disk(size)
    surroundings = {"environment": {"TMPDIR": str(place)}}
    arguments = jobs.arguments("one", place.parent, store=place / "store")
    ended = forker.run(arguments, place.parent, **surroundings)
    assert ended.status == 2, ended.output
    assert "No space left on device" in ended.output
    assert "Traceback" not in ended.output
    assert stored(place / "store") == {}
    faults.strike({}, {})
    small_disk("8m")
    ended = forker.run(arguments, place.parent, **surroundings)
    assert ended.status == 0, ended.output
    faults.compare(numbers(place / "store"), jobs.of("one"))


def test_every_step_in_a_read_only_folder_says_so(forker, faults, copy, steps, read_only):
    names = [path for path in copy.folder.rglob("*") if path.is_file()]
    before = {path: path.read_bytes() for path in names}
    free = read_only(copy.folder)
    problems = {}
    for name, step in steps.items():
        if name.startswith("train") or name == "pretrain":
            continue
        ended = forker.run(step.arguments, copy.folder)
        lines = [line for line in ended.output.splitlines() if line.startswith("error: ")]
        if (ended.status, len(lines)) != (2, 1) or not any(
            word in lines[0] for word in ("Read-only", "Permission denied")
        ):
            problems[name] = ended.output
        faults.strike({}, {})
    free()
    assert problems == {}
    faults.compare({path: path.read_bytes() for path in names}, before)


def test_a_workflow_with_read_only_results(workflow, read_only):
    study = workflow.copy
    free = read_only(study.folder / "results")
    assert "Nothing to be done" in study.make()
    done = study.snakemake(overlay="training: {epochs: 1}")
    assert done.returncode != 0
    assert "Read-only file system" in done.stdout or "Permission denied" in done.stdout
    assert "Traceback" not in done.stdout
    free()
    workflow.take_away_final_runs(1)
    (study.folder / "results" / "tables").mkdir()
    free = read_only(study.folder / "results" / "tables")
    before = stored(workflow.store)
    done = study.snakemake(TABLE)
    assert done.returncode != 0
    assert "can't write results/tables/table1.csv" in done.stdout
    assert "Traceback" not in done.stdout
    workflow.faults.strike(before, stored(workflow.store), count=2)
    free()
    workflow.goes_on(TABLE)


@pytest.mark.parametrize("room", longer(random.Random(4).sample(range(8, 9000), 6)), ids=lambda room: f"{room} kB")
def test_a_workflow_on_a_disk_that_fills_up(workflow, small_disk, room):
    """The copy moves to a disk that a file fills up but for some kilobytes."""
    place = small_disk("64m")
    workflow.move(place / "study")
    workflow.take_away_final_runs(1)
    filler = place / "filler"
    free = shutil.disk_usage(place).free - 1024 * room
    filler.write_bytes(b"x" * free)
    before = stored(workflow.store)
    environment = {"TMPDIR": str(place)}
    done = workflow.copy.snakemake(TABLE, environment=environment)
    workflow.faults.strike(before, stored(workflow.store), count=int(done.returncode != 0))
    filler.unlink()
    workflow.goes_on(TABLE, environment=environment)


# ------------------------------------------------------------------------------------------------------------------
# clocks and folders


def set_dates(folder, seconds):
    for path in [folder, *folder.rglob("*")]:
        facts = path.lstat()
        os.utime(path, (facts.st_atime + seconds, facts.st_mtime + seconds), follow_symlinks=False)


@pytest.mark.parametrize("seconds", [DAY, -DAY], ids=["set back by a day", "set forward by a day"])
def test_after_the_clock_was_set_nothing_is_done_again_and_the_rest_is_done(workflow, seconds):
    """To what is made from now on, all that was there before lies in the future, or far in the past."""
    study = workflow.copy
    set_dates(study.folder, seconds)
    out = study.make("-n")
    assert "Nothing to be done" in out
    assert ("later than the clock says" in out) == (seconds > 0)
    workflow.take_away_final_runs(1)
    before = stored(workflow.store)
    workflow.goes_on(TABLE)
    workflow.faults.strike(before, stored(workflow.store))
    assert "Nothing to be done" in study.make("-n", TABLE)


@pytest.mark.parametrize("folder", longer(["results/logs", ".snakemake/log", "results/benchmarks"]))
def test_a_folder_of_logs_is_taken_away_while_the_workflow_works(workflow, tmp_path, folder):
    study = workflow.copy
    workflow.take_away_final_runs(2)
    before = stored(workflow.store)
    with (tmp_path / "said").open("w") as said:
        process = study.started(TABLE, stdout=said)
    while process.poll() is None and not workflow.trains():
        time.sleep(0.1)
    assert process.poll() is None
    shutil.rmtree(study.folder / folder)
    process.wait(timeout=900)
    workflow.faults.strike(before, stored(workflow.store))
    workflow.goes_on(TABLE)


# ------------------------------------------------------------------------------------------------------------------
# two at once


def test_two_jobs_on_one_store_train_each_run_once(forker, faults, jobs, tmp_path):
    places = [tmp_path / name for name in ("a", "b")]
    for place in places:
        place.mkdir()
    store = tmp_path / "store"
    started = [forker.start(jobs.arguments("pair", place, store=store), place) for place in places]
    ended = [forker.wait(pid) for pid in started]
    assert [one.status for one in ended] == [0, 0], [one.output for one in ended]
    faults.strike({}, {})
    assert sum(one.output.count(": in the store") for one in ended) == 2
    faults.compare(numbers(store), jobs.of("pair"))
    assert list((store / "unfinished").iterdir()) == []


def test_two_workflows_in_one_folder(workflow):
    """One works, the other is refused; nothing is done twice or lost."""
    study = workflow.copy
    workflow.take_away_final_runs(2)
    before = stored(workflow.store)
    processes = [study.started(TABLE), study.started(TABLE)]
    ended = [(process.communicate(timeout=900)[0], process.returncode) for process in processes]
    assert sorted(status == 0 for _, status in ended) in ([False, True], [True, True]), ended
    for out, status in ended:
        assert status == 0 or "lock" in out.lower(), out
    workflow.faults.strike(before, stored(workflow.store))
    workflow.goes_on(TABLE)


@pytest.mark.long
def test_two_workflows_on_one_store(workflow, new_study, tmp_path):
    """Two folders, one store: every run is trained once, and both tables are the undisturbed one's."""
    store = tmp_path / "shared store"
    others = [new_study(tmp_path / name) for name in ("one", "two")]
    config = ("--config", "runs_per_job=4", f"store={store}")
    processes = [study.started(*config) for study in others]
    ended = [(process.communicate(timeout=1800)[0], process.returncode) for process in processes]
    assert [status for _, status in ended] == [0, 0], ended
    workflow.faults.strike({}, {})
    logs = [
        path.read_text() for study in others for path in (study.folder / "results" / "logs" / "train").rglob("*.log")
    ]
    trained = [line for log in logs for line in log.splitlines() if line.startswith("run ") and line.endswith(" s")]
    assert len(trained) == len(stored(store))
    workflow.faults.compare(numbers(store), workflow.undisturbed[1])
    for study in others:
        workflow.faults.compare(contents(study.folder, [TABLE]), {TABLE: workflow.undisturbed[0][TABLE]})
