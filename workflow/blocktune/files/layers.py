"""The layer table of a backbone: everything that planning needs to know, as plain data."""

from typing import ClassVar, Literal

from pydantic import Field

from .kind import JsonFile, left_out, part


@part
class Layer:
    """One Keras layer of a backbone, in the order of `model.layers`.

    Attributes:
        index: position in `model.layers`, 0 is the input layer.
        name: Keras' name.
        type: Keras' class name, e.g. `Conv2D`.
        parameters: number of trainable weights (elements).
        state: number of weights that never train (BatchNormalization's moving statistics).
        cut: whether everything that later layers need flows through this layer's output alone.
        random: whether the layer behaves randomly in training (dropout, augmentation).
        output_shape: shape of the output without the batch axis.
        block: name of the composite layer that it is of, or is: a transformer's block, say; None outside of these.
        weighted: whether the layer has trainable weights (paper, Algorithm 1).
    """

    index: int
    name: str
    type: str
    parameters: int
    state: int
    cut: bool
    random: bool
    output_shape: tuple[int, ...]
    # Tables from before there was this key stay as they are
    block: str | None = left_out()
    weighted: bool = Field(default_factory=lambda given: given["parameters"] > 0)


@part
class InspectedBackbone:
    """A backbone's settings, and what follows from them.

    Attributes:
        name: constructor of keras.applications, or where a network of the user's own comes from.
        alpha: width multiplier, if it has one.
        weights: what the settings say of its weights.
        native: the range that a network of the user's own was trained on.
        label: its name in tables and figures, if the settings give one.
        key: its name in paths.
        title: its name in tables and figures.
        weights_kind: where its weights come from.
    """

    name: str
    alpha: float | None
    weights: str
    native: str | None
    label: str | None
    key: str
    title: str
    weights_kind: Literal["imagenet", "file", "none", "digits", "own"]


@part
class LayerTable(JsonFile):
    """The layers of one backbone and what its weights are.

    Attributes:
        backbone: the backbone's settings, with `key`, `title`, `weights_kind`.
        backend: Keras' backend that the table was made with.
        weights_digest: sha256 over all weights, trainable or not.
        image_size: side of the square input in pixels.
        seed: of random weights.
        layers: every layer, input first.
        architecture: of a network of the user's own, sha256 over its layers' settings and connections; the others'
            names and widths say it.
    """

    called: ClassVar[str] = "layer table"
    place: ClassVar[str] = "results/plan/{backbone}/layers.json"
    writer: ClassVar[str] = "inspect"
    in_order: ClassVar[bool] = True

    backbone: InspectedBackbone
    backend: str
    weights_digest: str
    image_size: int
    seed: int
    layers: tuple[Layer, ...]
    architecture: str | None = None
