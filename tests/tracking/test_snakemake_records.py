"""Snakemake's records, as Snakemake itself writes and reads them."""

import pytest

from blocktune.tracking import snakemake_records as records


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("output", ["results/a.csv", "results/Prüfung und mehr.csv", "results/" + "long/" * 200 + "x"])
def test_what_is_written_comes_back(output):
    records.write_record(output, {"rule": "table"})
    assert records.read_records() == {output: {"rule": "table"}}
    records.remove_record(output)
    assert records.read_records() == {}


@pytest.mark.parametrize("output", ["results/a.csv", "results/" + "long/" * 200 + "x"])
def test_snakemake_finds_the_same_file(output, folder):
    from snakemake.persistence.file import FilePersistence

    persistence = FilePersistence(path=folder / ".snakemake")
    records.write_record(output, {"rule": "table", "endtime": 1.5})
    found = persistence._read_record(output)
    assert (found.rule, found.endtime) == ("table", 1.5)


def test_a_half_written_record_counts_as_missing(folder):
    records.write_record("results/a.csv", {"rule": "table"})
    (file,) = (folder / ".snakemake/metadata").iterdir()
    file.write_text('{"rule": "ta')
    assert records.read_records() == {}
