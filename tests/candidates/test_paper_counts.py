"""The counts that the paper's five networks must give (reference: paper.md, table of the section Networks)."""

import pytest

from blocktune.candidates.strategies import baselines, blocks, distinct, single_layers, spans, tails, windows
from blocktune.settings.backbone import Backbone

# layers, with weights, lw, bw, bwsw, distinct
COUNTS = {
    "VGG16": (19, 13, 13, 5, 17, 28),
    "MobileNet": (86, 54, 54, 27, 84, 103),
    "MobileNetV2": (154, 104, 104, 45, 152, 217),
    "MobileNetV3Small": (157, 86, 86, 47, 155, 159),
    "ResNet50V2": (190, 102, 102, 66, 188, 183),
}


@pytest.fixture(scope="module")
def layers_of():
    from blocktune.backbones.build import build_backbone
    from blocktune.backbones.inspect import layer_table

    tables = {}
    for name in COUNTS:
        entry = Backbone(name=name, weights="none")
        tables[name] = layer_table(build_backbone(entry, 224, seed=1), entry, seed=1).layers
    return tables


@pytest.mark.parametrize("name", COUNTS)
def test_counts(layers_of, name):
    layers = layers_of[name]
    lw, bw, bwsw = single_layers(layers), blocks(layers), windows(layers, 3)
    weighted = sum(layer.weighted for layer in layers)
    assert (len(layers), weighted, len(lw), len(bw), len(bwsw), len(distinct([*lw, *bw, *bwsw]))) == COUNTS[name]


def test_in_all_690_trainings_differ(layers_of):
    lists = [[*single_layers(layers), *blocks(layers), *windows(layers, 3)] for layers in layers_of.values()]
    assert sum(len(distinct(found)) for found in lists) == 690


@pytest.mark.parametrize("name", COUNTS)
def test_blocks_hold_every_layer_with_weights_exactly_once(layers_of, name):
    layers = layers_of[name]
    held = [index for block in blocks(layers) for index in block.layers]
    assert sorted(held) == [layer.index for layer in layers if layer.weighted]


@pytest.mark.parametrize("name", COUNTS)
def test_spans_hold_blocks_tails_and_everything(layers_of, name):
    layers = layers_of[name]
    count = COUNTS[name][3]
    found = {span.layers for span in spans(layers)}
    assert len(found) == count * (count + 1) // 2
    assert {block.layers for block in blocks(layers)} <= found
    assert {tail.layers for tail in tails(layers)} <= found
    assert baselines(layers)[1].layers in found
    few = min(count, 12)
    assert len(spans(layers, most_blocks=12)) == few * (few + 1) // 2


def test_mobilenet_has_378_spans_and_resnet_2211(layers_of):
    assert [len(spans(layers_of[name])) for name in ("MobileNet", "ResNet50V2")] == [378, 2211]
    assert len(spans(layers_of["MobileNet"], most_blocks=12)) == 78


def test_vgg16_falls_into_its_five_blocks(layers_of):
    layers = layers_of["VGG16"]
    names = [[layers[index].name for index in block.layers] for block in blocks(layers)]
    assert names[0] == ["block5_conv1", "block5_conv2", "block5_conv3"]
    assert names[-1] == ["block1_conv1", "block1_conv2"]
    # The convolutions keep their ReLU: cutting at the poolings gives the same blocks
    assert blocks(layers, ["MaxPooling2D"]) == blocks(layers)


def test_batch_normalization_as_delimiter_parts_mobilenet_after_each_convolution(layers_of):
    layers = layers_of["MobileNet"]
    found = blocks(layers, ["BatchNormalization"])
    assert len(found) == 27
    for block in found:
        kinds = [layers[index].type for index in block.layers]
        assert len(kinds) == 2
        assert kinds[0] in ("Conv2D", "DepthwiseConv2D")
        assert kinds[1] == "BatchNormalization"
