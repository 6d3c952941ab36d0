"""The layer table of a backbone: everything that planning needs to know, as plain data."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .kind import JsonFile, left_out, part


@part
class Layer:
    """One Keras layer of a backbone, in the order of `model.layers`."""

    index: Annotated[int, "position in `model.layers`, 0 is the input layer"]
    name: Annotated[str, "Keras' name"]
    type: Annotated[str, "Keras' class name, e.g. `Conv2D`"]
    parameters: Annotated[int, "number of trainable weights (elements)"]
    state: Annotated[int, "number of weights that never train (BatchNormalization's moving statistics)"]
    cut: Annotated[bool, "whether everything that later layers need flows through this layer's output alone"]
    random: Annotated[bool, "whether the layer behaves randomly in training (dropout, augmentation)"]
    output_shape: Annotated[tuple[int, ...], "shape of the output without the batch axis"]
    # Tables from before there was this key stay as they are
    block: Annotated[
        str | None,
        "name of the composite layer that it is of, or is: a transformer's block, say; None outside of these",
    ] = left_out()
    weighted: Annotated[bool, "whether the layer has trainable weights (paper, Algorithm 1)"] = Field(
        default_factory=lambda given: given["parameters"] > 0
    )


@part
class InspectedBackbone:
    """A backbone's settings, and what follows from them."""

    name: Annotated[str, "constructor of keras.applications, or where a network of the user's own comes from"]
    alpha: Annotated[float | None, "width multiplier, if it has one"]
    weights: Annotated[str, "what the settings say of its weights"]
    native: Annotated[str | None, "the range that a network of the user's own was trained on"]
    label: Annotated[str | None, "its name in tables and figures, if the settings give one"]
    key: Annotated[str, "its name in paths"]
    title: Annotated[str, "its name in tables and figures"]
    weights_kind: Annotated[Literal["imagenet", "file", "none", "digits", "own"], "where its weights come from"]


@part
class LayerTable(JsonFile):
    """The layers of one backbone and what its weights are."""

    called: ClassVar[str] = "layer table"
    place: ClassVar[str] = "results/plan/{backbone}/layers.json"
    writer: ClassVar[str] = "inspect"
    in_order: ClassVar[bool] = True

    backbone: Annotated[InspectedBackbone, "the backbone's settings, with `key`, `title`, `weights_kind`"]
    backend: Annotated[str, "Keras' backend that the table was made with"]
    weights_digest: Annotated[str, "sha256 over all weights, trainable or not"]
    image_size: Annotated[int, "side of the square input in pixels"]
    seed: Annotated[int, "of random weights"]
    layers: Annotated[tuple[Layer, ...], "every layer, input first"]
    architecture: Annotated[
        str | None,
        "of a network of the user's own, sha256 over its layers' settings and connections; the others' names and "
        "widths say it",
    ] = None
