"""Packs: the same runs are the same bytes, and what is damaged stays out of the store."""

import pytest
from made_up import made_metrics

from blocktune.atomic import beside_of
from blocktune.errors import BlocktuneError
from blocktune.runs.store import Store
from blocktune.tracking.packs import unpack, write_pack
from blocktune.tracking.places import packs


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def specs(store, make_spec):
    """Three finished runs in the store."""
    found = [make_spec(settings={"seed": seed}) for seed in (1, 2, 3)]
    for spec, validation in zip(found, (None, {"losses": [0.5], "right": "80"}, None), strict=True):
        metrics = made_metrics()
        store.put(spec, metrics, "epoch,loss\n1,0.25\n", {"seconds": spec.seed}, validation=validation)
    return found


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_pack_gives_back_what_the_store_held(store, specs, tmp_path):
    pack = tmp_path / "packs" / "VGG16" / "search.tar"
    assert write_pack(pack, store, specs)
    other = Store(tmp_path / "other")
    assert unpack([pack], other) == (3, [])
    assert files(other.folder) == files(store.folder)
    assert all(other.has(spec) for spec in specs)
    assert ["validation_losses" in other.record(spec) for spec in specs] == [False, True, False]
    assert unpack([pack], other) == (0, [])


def test_the_same_runs_are_the_same_bytes_wherever_and_in_whatever_order(store, specs, tmp_path):
    write_pack(tmp_path / "one.tar", store, specs)
    other = Store(tmp_path / "other")
    unpack([tmp_path / "one.tar"], other)
    write_pack(tmp_path / "two.tar", other, reversed(specs))
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_a_pack_of_these_runs_is_not_written_again_and_needs_no_store(store, specs, tmp_path):
    pack = tmp_path / "search.tar"
    write_pack(pack, store, specs)
    assert not write_pack(pack, Store(tmp_path / "empty"), specs)
    assert write_pack(pack, store, specs[:2])


def test_a_run_that_is_not_in_the_store_is_named_and_the_old_pack_stays(store, specs, make_spec, tmp_path):
    pack = tmp_path / "search.tar"
    write_pack(pack, store, specs)
    before, missing = pack.read_bytes(), make_spec(settings={"seed": 4})
    with pytest.raises(BlocktuneError, match=missing.run_id):
        write_pack(pack, store, [*specs, missing])
    assert pack.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_a_killed_process_left_beside_a_pack_is_none(store, specs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pack = tmp_path / "data" / "packs" / "VGG16" / "search.tar"
    write_pack(pack, store, specs)
    beside_of(pack).touch()
    assert [path.absolute() for path in packs()] == [pack]


def test_damage_in_a_pack_is_named_and_the_other_runs_are_taken(store, specs, tmp_path):
    pack = tmp_path / "search.tar"
    write_pack(pack, store, specs)
    content = pack.read_bytes()
    place = content.index(b'"last_accuracy": 0.5')
    pack.write_bytes(content[:place] + b'"last_accuracy": 0.9' + content[place + 20 :])
    other = Store(tmp_path / "other")
    new, problems = unpack([pack], other)
    assert new == 2
    assert len(problems) == 1
    assert "metrics.json was changed" in problems[0]
    assert len([spec for spec in specs if other.has(spec)]) == 2
    pack.write_bytes(b"no tar")
    assert "dvc checkout" in unpack([pack], other)[1][0]


def test_a_run_in_the_store_is_never_replaced(store, specs, tmp_path):
    pack = tmp_path / "search.tar"
    write_pack(pack, store, specs)
    other = Store(tmp_path / "other")
    other.put(specs[0], made_metrics(0.25), "epoch,loss\n", {})
    before = files(other.path(specs[0].run_id))
    assert unpack([pack], other) == (2, [])
    assert files(other.path(specs[0].run_id)) == before
