"""A cut is a place where the network can be taken apart: prefix, then suffix, is the whole network."""

import numpy as np
import pytest

from blocktune.backbones.inspect import layer_table

# name, width, pixels, layers, cuts (the last layer among them)
NETWORKS = [
    ("VGG16", None, 64, 19, 19),
    ("MobileNetV2", 0.35, 64, 154, 74),
    ("MobileNetV3Small", None, 64, 157, 59),
    ("ResNet50V2", None, 64, 190, 31),
    ("TinyPlain", None, 16, 10, 10),
    ("TinyResidual", None, 16, 11, 6),
]


@pytest.fixture(scope="module", params=NETWORKS, ids=lambda row: row[0])
def network(request, build):
    name, alpha, size, layers, cuts = request.param
    backbone, model = build(size, name=name, alpha=alpha)
    # Fresh BatchNormalization is the identity, which would hide a part that is left out or used twice
    rng = np.random.default_rng(3)
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])
    return model, layer_table(model, backbone, seed=1), layers, cuts


def test_the_number_of_cuts(network):
    _, table, layers, cuts = network
    assert len(table.layers) == layers
    assert sum(layer.cut for layer in table.layers) == cuts
    assert table.layers[-1].cut


def test_prefix_then_suffix_is_the_whole_network(network):
    import keras

    model, table, *_ = network
    pictures = np.random.default_rng(0).uniform(-1, 1, (2, *model.input_shape[1:])).astype(np.float32)
    whole = np.asarray(model(pictures, training=False))
    assert whole.std() > 0
    cuts = [layer.index for layer in table.layers[1:-1] if layer.cut]
    for cut in sorted({cuts[0], cuts[len(cuts) // 3], cuts[2 * len(cuts) // 3], cuts[-1]}):
        at = model.layers[cut].output
        prefix, suffix = keras.Model(model.input, at), keras.Model(at, model.output)
        features = prefix(pictures, training=False)
        assert tuple(features.shape[1:]) == table.layers[cut].output_shape
        np.testing.assert_array_equal(np.asarray(suffix(features, training=False)), whole)


def test_where_no_cut_is_the_network_cannot_be_taken_apart(network):
    import keras

    model, table, layers, cuts = network
    between = [layer.index for layer in table.layers if not layer.cut]
    assert len(between) == layers - cuts
    for index in between[:: max(1, len(between) // 4)]:
        with pytest.raises(ValueError):
            keras.Model(model.layers[index].output, model.output)


def test_the_table_counts_what_keras_counts(network):
    model, table, *_ = network
    assert [layer.name for layer in table.layers] == [layer.name for layer in model.layers]
    assert sum(layer.parameters + layer.state for layer in table.layers) == model.count_params()
    assert {layer.type for layer in table.layers if layer.state} <= {"BatchNormalization"}


def test_a_layer_inside_a_residual_block_is_no_cut(build):
    backbone, model = build(16, name="TinyResidual")
    cut = {layer.name: layer.cut for layer in layer_table(model, backbone, seed=1).layers}
    assert not any(cut[name] for name in ("block_conv1", "block_bn1", "block_relu1", "block_conv2", "block_bn2"))
    assert all(cut[name] for name in ("stem_conv", "stem_relu", "block_add", "block_relu2"))
