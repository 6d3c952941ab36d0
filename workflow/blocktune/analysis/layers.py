"""Backbones with their layers, as tables and figures need them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import BlocktuneError
from ..files.layers import Layer, LayerTable
from ..settings.architectures import Architecture, architecture_of


@dataclass(frozen=True)
class Network:
    """A backbone, what it was pre-trained with, and its layers from input to head.

    Attributes:
        key: Its name in paths and score files.
        name: Its constructor, such as `MobileNetV2`, or where the user's own network comes from.
        alpha: Its width multiplier, if it has one.
        weights: What the settings say about its weights.
        weights_kind: `imagenet`, `file`, `none` (random), `digits` or `own`.
        title: Its name in tables and figures.
        layers: Every layer, in order.
        trained_on: The range that a network of the user's own was trained on.
    """

    key: str
    name: str
    alpha: float | None
    weights: str
    weights_kind: str
    title: str
    layers: tuple[Layer, ...]
    trained_on: str | None = None

    @property
    def architecture(self) -> Architecture:
        """What is known of its architecture."""
        return architecture_of(self.name, self.trained_on)

    @property
    def weighted(self) -> list[Layer]:
        """The layers that have weights to train, from input to head."""
        return [layer for layer in self.layers if layer.weighted]

    def layer_name(self, index: int | None) -> str | None:
        """Name of the layer at a position, None for no position."""
        return None if index is None else self.layers[index].name


def read_backbones(paths: Iterable[Path], titles: Mapping[str, str] | None = None) -> list[Network]:
    """Read the `layers.json` of every backbone; their order is the order of the files.

    `titles` says by key what to call backbones; the others have the title of their layer table.

    Raises:
        BlocktuneError: A file can't be read or lacks a key, none is given, or two describe the same backbone.
    """
    backbones = [_read_backbone(path, titles or {}) for path in paths]
    if not backbones:
        raise BlocktuneError("--layers names no file: at least one backbone is needed")
    twice = [key for key, count in Counter(backbone.key for backbone in backbones).items() if count > 1]
    if twice:
        raise BlocktuneError(f"--layers names the backbone {twice[0]} twice")
    return backbones


def _read_backbone(path: Path, titles: Mapping[str, str]) -> Network:
    table = LayerTable.read(path)
    about = table.backbone
    return Network(
        key=about.key,
        name=about.name,
        alpha=about.alpha,
        weights=about.weights,
        weights_kind=about.weights_kind,
        # A line break in a label would break a table's row and a figure's title.
        title=" ".join(titles.get(about.key, about.title).split()),
        layers=table.layers,
        trained_on=about.native,
    )
