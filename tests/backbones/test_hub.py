"""Backbones of keras-hub: presets in folders, their blocks, their pixels, and what is no preset for images."""

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import pytest
from own_networks import SIZE

from blocktune.backbones.build import build_backbone
from blocktune.backbones.harmless import foreign_objects
from blocktune.backbones.hub import native_of
from blocktune.backbones.inspect import layer_table
from blocktune.backbones.pixels import named_range, pixel_transform
from blocktune.backbones.presets import check_named
from blocktune.candidates.strategies import blocks
from blocktune.errors import BlocktuneError
from blocktune.runs.pooling import check_pooling
from blocktune.settings.backbone import Backbone
from blocktune.training.planned import entry_of

keras_hub = pytest.importorskip("keras_hub")

VIT = {"image_shape": (SIZE, SIZE, 3), "patch_size": 8, "num_layers": 2, "num_heads": 2, "hidden_dim": 8, "mlp_dim": 16}


@cache
def vit():
    """The files of a small network with random weights."""
    keras.utils.set_random_seed(2)
    with TemporaryDirectory() as folder:
        keras_hub.models.ViTBackbone(**VIT).save_to_preset(folder)
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def preset(folder, scale=1 / 127.5, offset=-1):
    """Save it as a preset, and say what it is called."""
    Path(folder).mkdir()
    for name, content in vit().items():
        (Path(folder) / name).write_bytes(content)
    if scale is not None:
        keras_hub.layers.ImageConverter(image_size=(SIZE, SIZE), scale=scale, offset=offset).save_to_preset(str(folder))
    return f"hub:./{folder}"


def table_of(name, size=SIZE, **given):
    entry = Backbone(name=name, **given)
    return layer_table(build_backbone(entry, size, 1), entry, 1)


def complaint(name, size=SIZE, **given):
    with pytest.raises(BlocktuneError) as raised:
        entry = Backbone(name=name, **given)
        check_named([entry])
        table_of(name, size, **given)
    assert len(str(raised.value).splitlines()) == 1
    return str(raised.value)


def test_the_blocks_of_a_transformer_are_blocks_and_cut_behind(folder):
    table = table_of(preset("vit"))
    ends = [layer.name for layer in table.layers if layer.cut and layer.type == "Identity"]
    assert ends == ["vit_encoder.transformer_block_1", "vit_encoder.transformer_block_2"]
    sizes = [len(block.layers) for block in blocks(table.layers)]
    assert sizes == [1, 5, 5, 1]  # the last norm, two norms, attention and two dense layers of each block, the patches
    network = keras_hub.models.Backbone.from_preset("vit")
    assert sum(layer.parameters for layer in table.layers) == network.count_params()
    assert table.backbone.native == "tf" and table.layers[-1].output_shape == (17, 8)
    assert table.backbone.title == "hub:vit" and table.backbone.key == "hub.vit-own"
    # What a run is planned from again
    assert entry_of(table).key == table.backbone.key


def test_a_run_starts_from_the_same_network_wherever_the_folder_lies(folder):
    first = table_of(preset("vit"))
    Path("vit").rename("elsewhere")
    again = table_of("hub:./elsewhere")
    assert (again.architecture, again.weights_digest) == (first.architecture, first.weights_digest)
    other = table_of("hub:./elsewhere", weights="none")
    assert other.architecture == first.architecture and other.weights_digest != first.weights_digest
    assert "random weights" in other.backbone.title


def test_of_random_weights_only_the_description_is_needed(folder):
    name = preset("vit")
    Path("vit/model.weights.h5").unlink()
    assert "no weights" in complaint(name)
    # At another size, too: no weights have to fit
    assert table_of(name, 2 * SIZE, weights="none").layers[-1].output_shape == (65, 8)


TORCH = (
    [1 / (255 * s) for s in (0.229, 0.224, 0.225)],
    [-m / s for m, s in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))],
)
CLIP = ([0.0146, 0.0149, 0.0142], [-1.79, -1.75, -1.48])


@pytest.mark.parametrize(
    ("scale", "offset", "native"),
    [(1 / 255, None, "unit"), (None, None, "raw"), (1 / 127.5, -1, "tf"), (*TORCH, "torch"), (*CLIP, None)],
)
def test_the_pixels_are_those_of_the_preset(scale, offset, native, folder):
    name = preset("vit", 1.0 if scale is None else scale, offset)
    told = native_of(Backbone(name=name))
    assert told == native or (native is None and told.startswith("times 0.0146 "))
    pictures = np.random.default_rng(0).integers(0, 256, (2, SIZE, SIZE, 3)).astype(np.uint8)
    theirs = keras_hub.layers.ImageConverter.from_preset("vit")(pictures.astype(np.float32))
    np.testing.assert_allclose(pixel_transform("own", "native", told)(pictures), np.asarray(theirs), atol=1e-4)


def test_a_preset_without_pixels_takes_those_of_the_settings(folder):
    name = preset("vit", scale=None)
    assert native_of(Backbone(name=name)) is None
    assert table_of(name, native="torch").backbone.native == "torch"
    assert "native is torch, but its image_converter.json says tf" in complaint(preset("other"), native="torch")


def test_named_ranges_have_their_name():
    assert named_range([1 / 255] * 3, [0.0] * 3) == "unit" and named_range([0.5] * 3, [0.0] * 3).startswith("times")


def text_backbone():
    given = {"vocabulary_size": 9, "num_layers": 1, "num_heads": 1, "hidden_dim": 4, "intermediate_dim": 8}
    return keras_hub.models.BertBackbone(**given, max_sequence_length=4)


def test_what_is_no_preset_for_images_is_one_error(folder):
    assert "no folder" in complaint("hub:./nowhere")
    Path("empty").mkdir()
    assert "has no config.json" in complaint("hub:./empty")
    Path("empty/config.json").write_text("{", encoding="utf-8")
    assert "is damaged" in complaint("hub:./empty")
    Path("empty/config.json").write_text("{}", encoding="utf-8")
    assert "describes no network" in complaint("hub:./empty")
    text_backbone().save_to_preset("text")
    assert "BertBackbone, which is no backbone for images" in complaint("hub:./text")
    said = complaint(preset("vit"), 2 * SIZE)
    assert f"takes images of {SIZE} x {SIZE} pixels, but data.image_size is {2 * SIZE}" in said
    said = complaint("hub:vit_base_patch16_225_imagenet")
    assert (
        "no preset 'vit_base_patch16_225_imagenet'" in said and "did you mean 'vit_base_patch16_224_imagenet'" in said
    )


def test_settings_that_do_not_fit_are_refused():
    for given, said in [
        ({"name": "hub:a b"}, "is no backbone of keras-hub"),
        ({"name": "hub:"}, "is no backbone of keras-hub"),
        ({"name": "hub:vit", "weights": "imagenet"}, "allowed: own"),
        ({"name": "hub:vit", "alpha": 0.5}, "alpha is a width"),
    ]:
        with pytest.raises(ValueError, match=said):
            Backbone(**given)


@pytest.mark.parametrize("token", [True, False])
def test_a_class_token_is_taken_only_where_there_is_one(token):
    if token:
        check_pooling("token", (17, 8), "net")
    else:
        for shape, said in [((16, 8), "without a class token"), ((8,), "one vector"), ((4, 4, 8), "a map")]:
            with pytest.raises(BlocktuneError, match=said):
                check_pooling("token", shape, "net")


def test_a_description_that_builds_something_else_is_refused(folder):
    name = preset("vit")
    described = json.loads(Path("vit/config.json").read_text(encoding="utf-8"))
    described["config"]["extra"] = {"module": "builtins", "class_name": "function", "config": "eval"}
    Path("vit/config.json").write_text(json.dumps(described), encoding="utf-8")
    assert "is refused: it holds builtins.function" in complaint(name)


def changed(file, **given):
    described = json.loads(Path(file).read_text(encoding="utf-8"))
    described["config"] |= given
    Path(file).write_text(json.dumps(described), encoding="utf-8")


def test_a_size_that_is_none_is_no_reason_to_stop(folder):
    name = preset("vit")
    changed("vit/config.json", image_shape=SIZE)
    assert table_of(name).layers[-1].output_shape == (17, 8)


@pytest.mark.parametrize("given", [[1, 2], "abc"])
def test_pixels_that_are_no_numbers_are_one_error(given, folder):
    name = preset("vit")
    changed("vit/image_converter.json", scale=given)
    assert "scale in its image_converter.json is" in complaint(name)


def test_layers_of_keras_hub_are_harmless_but_what_reads_files_is_not():
    layer = {"module": "keras_hub.src.models.vit.vit_layers", "class_name": "ViTEncoder", "config": {}}
    reads = {"module": "keras_hub.src.models.bert.bert_tokenizer", "class_name": "BertTokenizer", "config": {}}
    absent = {"module": "keras_hub.src.models.vit.vit_layers", "class_name": "keras", "config": {}}
    task = {"module": "keras_hub.src.models.vit.vit_image_classifier", "class_name": "ViTImageClassifier", "config": {}}
    assert foreign_objects([layer]) == []
    assert len(foreign_objects([reads, absent, task])) == 3
