"""Folders that can't be written are named before anything starts; the others are left as they were."""

import tempfile

import pytest

from blocktune.errors import BlocktuneError
from blocktune.tracking.writable import require_writable


def test_folders_that_can_be_written_are_left_as_they_were(tmp_path, monkeypatch):
    (tmp_path / "results" / "tables").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    require_writable(["results/tables/table1.csv", tmp_path / "results" / "new" / "folder" / "file.json"])
    assert [path.name for path in tmp_path.rglob("*")] == ["results", "tables"]


def test_one_that_cannot_is_named_with_what_belongs_there(tmp_path):
    (tmp_path / "results").write_text("a file where a folder should be")
    with pytest.raises(BlocktuneError, match=r"can't write .*table1\.csv: .*results: Not a directory"):
        require_writable([tmp_path / "results" / "tables" / name for name in ("table1.csv", "table1.md")])


def test_the_reason_is_the_systems_own(tmp_path, monkeypatch):
    def refuse(dir):
        raise OSError(30, "Read-only file system", str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(BlocktuneError, match="Read-only file system"):
        require_writable([tmp_path / "table1.csv"])
