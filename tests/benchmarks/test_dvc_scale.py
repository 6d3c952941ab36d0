"""The made-up study of the benchmark on DVC is one that this version of the package reads."""

from dvc_scale import METRICS, RESOURCES, history, spec

from blocktune.runs.store import Store
from blocktune.tracking.packs import unpack, write_pack


def test_its_runs_can_be_packed_and_unpacked(tmp_path):
    store, pack = Store(tmp_path / "store"), tmp_path / "search.tar"
    specs = [spec("VGG16", "search", number, seed=1) for number in range(2)]
    for each in specs:
        store.put(each, METRICS, history(each), RESOURCES)
    assert write_pack(pack, store, specs)
    assert unpack([pack], Store(tmp_path / "other")) == (2, [])
    assert Store(tmp_path / "other").record(specs[0])["metrics"] == METRICS
