"""The layer table of a backbone: everything that planning needs to know, as plain data."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..atomic import whole
from ..errors import BlocktuneError


@dataclass(frozen=True)
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
    """

    index: int
    name: str
    type: str
    parameters: int
    state: int
    cut: bool
    random: bool
    output_shape: tuple[int, ...]

    @property
    def weighted(self) -> bool:
        """Whether the layer has trainable weights (paper, Algorithm 1)."""
        return self.parameters > 0


@dataclass(frozen=True)
class LayerTable:
    """The layers of one backbone and what its weights are.

    Attributes:
        backbone: the backbone's settings, with `key`, `title`, `weights_kind`.
        backend: Keras' backend that the table was made with.
        weights_digest: sha256 over all weights, trainable or not.
        image_size: side of the square input in pixels.
        seed: what random weights were drawn with.
        layers: every layer, input first.
        architecture: of a network of the user's own, sha256 over its layers' settings and connections; the others'
            names and widths say it.
    """

    backbone: dict[str, Any]
    backend: str
    weights_digest: str
    image_size: int
    seed: int
    layers: tuple[Layer, ...]
    architecture: str | None = None

    def write(self, path: Path) -> None:
        """Write the table as JSON.

        Raises:
            BlocktuneError: the disk is full or the place can't be written.
        """
        content = asdict(self)
        for layer, entry in zip(self.layers, content["layers"], strict=True):
            entry["weighted"] = layer.weighted
        with whole(path) as beside:
            beside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "LayerTable":
        """Read what `write` wrote.

        Raises:
            BlocktuneError: the file is missing or no layer table.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            layers = []
            for entry in content.pop("layers"):
                entry.pop("weighted")
                layers.append(Layer(**{**entry, "output_shape": tuple(entry["output_shape"])}))
            return cls(**content, layers=tuple(layers))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BlocktuneError(f"layer table {path} can't be read: {error}") from None
