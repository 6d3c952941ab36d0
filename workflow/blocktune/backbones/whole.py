"""The network of keras-hub that a flat network shares its layers with: what is saved and loaded in its place."""

from typing import Any, NamedTuple

from ..known_keras import keras

# In the instance's dictionary alone: Keras would take it for a layer of the flat network
_KEPT = "_blocktune_whole"


class Whole(NamedTuple):
    """A network as keras-hub made it.

    Attributes:
        network: takes images, and holds the same layers as the flat network.
        output: which of its outputs, counted in the order that Keras flattens them in, the flat network ends with.
    """

    network: keras.Model
    output: int

    def called(self, images: Any) -> Any:
        """Return what it gives for images, tensors or places of tensors."""
        given = keras.tree.pack_sequence_as(self.network.input, [images])
        return keras.tree.flatten(self.network(given))[self.output]


def keep_whole(flat: keras.Model, whole: Whole) -> None:
    """Remember what a flat network is of."""
    flat.__dict__[_KEPT] = whole


def whole_of(flat: keras.Model) -> Whole | None:
    """Return what a flat network is of; None for one that is saved as it is."""
    return flat.__dict__.get(_KEPT)
