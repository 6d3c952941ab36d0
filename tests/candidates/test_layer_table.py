"""The layer table as a file."""

import pytest
from made_up import made_backbone

from blocktune.errors import BlocktuneError
from blocktune.files.layers import LayerTable


@pytest.fixture
def table(network):
    return LayerTable(made_backbone("VGG16"), "tensorflow", "0" * 64, 64, 1, network("InputLayer Conv2D ReLU"))


def test_what_is_written_is_read_again(table, tmp_path):
    table.write(tmp_path / "layers.json")
    assert LayerTable.read(tmp_path / "layers.json") == table


@pytest.mark.parametrize("content", ["", "[]", '{"layers": [{}]}', '{"layers": 3}', "\udcff"])
def test_a_file_that_is_no_layer_table_is_named(tmp_path, content):
    file = tmp_path / "layers.json"
    file.write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(BlocktuneError, match=r"layers\.json"):
        LayerTable.read(file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BlocktuneError, match=r"nowhere\.json"):
        LayerTable.read(tmp_path / "nowhere.json")
