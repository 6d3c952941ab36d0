"""Outputs that were damaged after they were made are set aside; what was made again, or never known, is left alone."""

import os
from pathlib import Path

import pytest

from blocktune.errors import BlocktuneError
from blocktune.tracking import intact
from blocktune.tracking.snakemake_records import METADATA, write_record

TABLE = "results/tables/Tabelle 1.csv"
CONTENT = b"backbone,lw\nTinyPlain,0.5\n" * 50


def make(output, content=CONTENT, **record):
    """What a job of Snakemake leaves: the output, and a record with its date."""
    path = Path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    write_record(output, {"endtime": path.stat().st_mtime, **record})
    return path


@pytest.fixture
def table(tmp_path, monkeypatch):
    """An output that is remembered."""
    monkeypatch.chdir(tmp_path)
    path = make(TABLE)
    intact.remember_outputs()
    return path


def truncated(path):
    path.write_bytes(CONTENT[: len(CONTENT) // 2])


def emptied(path):
    path.write_bytes(b"")


def zeroed(path):
    path.write_bytes(bytes(len(CONTENT)))


def flipped_under_the_same_date(path):
    dates = path.stat().st_atime_ns, path.stat().st_mtime_ns
    content = bytearray(CONTENT)
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=dates)


def made_unreadable_as_text(path):
    path.write_bytes(b"\xff\x00" * 99)


DAMAGES = [truncated, emptied, zeroed, flipped_under_the_same_date, made_unreadable_as_text]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda done: done.__name__)
def test_a_damaged_output_is_named_and_set_aside(table, damage):
    damage(table)
    remains = table.read_bytes()
    (said,) = intact.put_damaged_aside()
    assert TABLE in said and "Tabelle 1.csv.damaged1" in said
    assert not table.exists()
    assert table.with_name("Tabelle 1.csv.damaged1").read_bytes() == remains
    assert intact.put_damaged_aside() == []


def test_nothing_is_said_of_outputs_that_are_as_they_were_made(table):
    os.utime(table)  # a copy of the folder, a clock set back
    assert intact.put_damaged_aside() == []
    intact.remember_outputs()
    truncated(table)
    assert len(intact.put_damaged_aside()) == 1


def test_what_snakemake_made_again_is_not_compared_with_what_was_there_before(table):
    os.utime(make(TABLE, b"another result"), (2e9, 2e9))
    write_record(TABLE, {"endtime": 2e9})
    assert intact.put_damaged_aside() == []


def test_what_a_job_was_making_is_left_to_snakemake(table):
    truncated(table)
    (record,) = METADATA.iterdir()
    (METADATA.with_name("incomplete") / record.name).write_text("")
    assert intact.put_damaged_aside() == []


@pytest.mark.parametrize("memory", [None, b"", b"{", b"[]", b'{"results/tables/Tabelle 1.csv": 3}', b"\xff"])
def test_without_its_memory_nothing_is_damaged(table, memory):
    file = Path(".snakemake/blocktune-made.json")
    file.unlink()
    if memory is not None:
        file.write_bytes(memory)
    truncated(table)
    assert intact.put_damaged_aside() == []


def test_large_files_are_read_again_only_if_their_date_has_changed(table, monkeypatch):
    monkeypatch.setattr(intact, "_LARGE", 10)
    flipped_under_the_same_date(table)
    assert intact.put_damaged_aside() == []
    os.utime(table)
    assert len(intact.put_damaged_aside()) == 1


def test_a_place_that_cannot_be_written_is_one_error(table, monkeypatch):
    def refuse(*_):
        raise OSError(30, "Read-only file system")

    truncated(table)
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(BlocktuneError, match=r"can't be set aside \(Read-only file system\): remove it"):
        intact.put_damaged_aside()


def test_a_look_names_the_damage_and_leaves_it(table):
    truncated(table)
    (said,) = intact.put_damaged_aside(only_say=True)
    assert said.startswith(f"{TABLE} is not what the workflow made: a call that runs jobs sets it aside")
    assert [path.name for path in table.parent.iterdir()] == [table.name]
