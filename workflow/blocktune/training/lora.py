"""LoRA: updates of low rank train in place of the weight matrices of what is unfrozen (Hu et al., ICLR 2022)."""

from collections.abc import Collection

import numpy as np

from ..known_keras import keras
from .freeze import FrozenWeightsChangedError, digest_of


class LowRank:
    """The updates of one run: Keras' own `enable_lora` on every Dense, EinsumDense and convolution that is unfrozen.

    Attributes:
        adapted: the layers that have updates, parts of composite layers among them.
    """

    def __init__(self, backbone: keras.Model, unfrozen: Collection[int], rank: int, seed: int) -> None:
        """Give layers their updates, which are 0 at first; must come after freezing and before the model is compiled.

        Args:
            backbone: the network.
            unfrozen: indices of the layers that would train; all of their own weights are frozen.
            rank: of the updates.
            seed: the run's; what the updates begin with does not depend on what was built before.
        """
        layers = [backbone.layers[index] for index in sorted(unfrozen)]
        parts = [part for layer in layers for part in layer._flatten_layers()]
        self.adapted = [part for part in parts if hasattr(part, "enable_lora") and hasattr(part, "kernel")]
        self._frozen = [weight for layer in layers for weight in layer.weights]
        self._before = digest_of(self._frozen)
        for part in parts:
            # Statistics stay as well
            if isinstance(part, keras.layers.BatchNormalization):
                part.trainable = False
        for weight in self._frozen:
            weight.trainable = False
        seeds = np.random.SeedSequence([seed, 2]).generate_state(max(len(self.adapted), 1))
        for part, state in zip(self.adapted, seeds, strict=False):
            part.enable_lora(rank, a_initializer=keras.initializers.HeUniform(seed=int(state)))

    def check(self) -> None:
        """Compare the layers' own weights with those before.

        Raises:
            FrozenWeightsChangedError: they changed.
        """
        if digest_of(self._frozen) != self._before:
            raise FrozenWeightsChangedError("weights changed in training that LoRA leaves frozen")

    def merge(self) -> None:
        """Add the updates to the weights and take them away, so that the network has the layers that it had before."""
        for part in self.adapted:
            part._kernel.assign(part.kernel)
            # What was compiled with the updates stays right: they are 0
            part.lora_kernel_b.assign(np.zeros(part.lora_kernel_b.shape, np.float32))
            part.lora_enabled, part.lora_rank, part.lora_alpha = False, None, None
            del part.lora_kernel_a, part.lora_kernel_b
