"""Small real trainings of backbones of keras-hub: exact, repeated, interrupted, frozen, and the exported model."""

import json

import keras
import numpy as np
import pytest
from test_resume import keeping
from test_train import CLASSES, make_images

from blocktune.backbones.harmless import own_modules
from blocktune.backbones.inspect import layer_table
from blocktune.backbones.pixels import pixel_transform
from blocktune.backbones.whole import whole_of
from blocktune.candidates.strategies import blocks
from blocktune.deliver.classifier import read_classifier
from blocktune.deliver.network import deliverable
from blocktune.runs.spec import Part, run_spec
from blocktune.settings.backbone import Backbone
from blocktune.settings.head import Head, Pixels
from blocktune.settings.model import Settings
from blocktune.settings.training import Training
from blocktune.training.checkpoint import CheckpointFile
from blocktune.training.planned import planned_backbone
from blocktune.training.train import train_run

keras_hub = pytest.importorskip("keras_hub")

SIZE = 16
PART = Part(np.arange(0, 27), np.arange(27, 42))
SMALL = {
    "vit": lambda: keras_hub.models.ViTBackbone(
        image_shape=(SIZE, SIZE, 3), patch_size=8, num_layers=2, num_heads=2, hidden_dim=8, mlp_dim=16, dropout_rate=0.1
    ),
    # Its outputs are those of every stage
    "hgnet": lambda: keras_hub.models.HGNetV2Backbone(
        depths=[1, 1],
        embedding_size=8,
        hidden_sizes=[16, 16],
        stem_channels=[3, 4, 8],
        hidden_act="relu",
        use_learnable_affine_block=False,
        stackwise_stage_filters=[[8, 4, 16, 1, 1, 3], [16, 8, 16, 1, 1, 3]],
        apply_downsample=[False, True],
        use_lightweight_conv_block=[False, False],
    ),
}


@pytest.fixture(scope="module", params=SMALL)
def preset(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    keras.utils.set_random_seed(4)
    SMALL[request.param]().save_to_preset(str(folder))
    keras_hub.layers.ImageConverter(scale=1 / 127.5, offset=-1).save_to_preset(str(folder))
    return Backbone(name=f"hub:{folder}")


def planned(entry, pooling, which):
    """The layer table and a run that tunes one of the blocks, counted from the head."""
    from blocktune.backbones.build import build_backbone

    settings = Settings(
        backbones=[entry],
        pixels=Pixels(range="native"),
        head=Head(pooling=pooling, units=()),
        training=Training(epochs=2, learning_rate=1e-3, batch_size=8),
    )
    table = layer_table(build_backbone(entry, SIZE, 7), entry, 7)
    return table, run_spec(settings, table, "d", CLASSES, PART, blocks(table.layers)[which].layers)


def train(table, spec, memory_gb=1.0, checkpoint=None):
    backbone = planned_backbone(spec, table, "layers.json", None)
    return train_run(spec, backbone, table, make_images(), PART, memory_gb, checkpoint), backbone


@pytest.fixture(scope="module")
def trained(preset):
    """Table, specification, what the run finds with the network that it leaves, and its checkpoints."""
    vit = "vit" in preset.name
    table, spec = planned(preset, "token" if vit else "max", which=int(vit))
    return table, spec, *keeping(lambda file: train(table, spec, checkpoint=file(spec)))


# One network is enough
@pytest.mark.parametrize("preset", ["vit"], indirect=True)
def test_a_run_goes_on_after_an_interruption_as_if_nothing_had_happened(trained, tmp_path):
    table, spec, (first, _), copies = trained
    path = tmp_path / "run.checkpoint"
    path.write_bytes(copies[0])
    resumed, _ = train(table, spec, checkpoint=CheckpointFile(path, spec))
    assert (resumed.history, resumed.metrics) == (first.history, first.metrics)


def test_the_exported_model_is_the_tuned_network_and_needs_no_code_of_the_users(trained, tmp_path):
    _, spec, (finished, backbone), _ = trained
    about, images = spec.backbone, make_images().images
    fed = pixel_transform(about["name"], spec.pixel_range, about["native"])(images)
    expected = finished.head.predict_on_batch(backbone.predict_on_batch(fed))
    model = deliverable(backbone, finished.head, about["name"], spec.pixel_range, about["native"])
    assert own_modules(json.loads(model.to_json())) == []
    model.save(tmp_path / "model.keras")
    (tmp_path / "labels.json").write_text(json.dumps(["a", "b", "c"]))
    opened = read_classifier(tmp_path)
    np.testing.assert_allclose(opened.probabilities(images), expected, atol=1e-5)
    # As keras-hub made it, with the tuned weights
    whole = whole_of(backbone).network
    assert isinstance(whole, keras_hub.models.Backbone)
    assert {id(variable) for variable in backbone.weights} <= {id(variable) for variable in whole.weights}
