"""The two tiny backbones of the demo: small enough to pre-train and search within minutes on two cores."""

from ..known_keras import keras, layers


def tiny_plain(input_shape: tuple[int, int, int]) -> keras.Model:
    """Convolutions and pooling, after the manner of VGG: six layers with weights in three blocks."""
    inputs = x = keras.Input(input_shape)
    for block, filters in enumerate((8, 16, 16), 1):
        for place in (1, 2):
            name = f"block{block}_conv{place}"
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(name=f"block{block}_pool")(x)
    return keras.Model(inputs, x, name="TinyPlain")


def tiny_residual(input_shape: tuple[int, int, int]) -> keras.Model:
    """A stem and one residual block with BatchNormalization, after the manner of ResNet: six layers with weights."""
    inputs = keras.Input(input_shape)
    x = layers.Conv2D(12, 3, strides=2, padding="same", use_bias=False, name="stem_conv")(inputs)
    x = layers.BatchNormalization(momentum=0.9, name="stem_bn")(x)
    x = shortcut = layers.ReLU(name="stem_relu")(x)
    for place in (1, 2):
        x = layers.Conv2D(12, 3, padding="same", use_bias=False, name=f"block_conv{place}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"block_bn{place}")(x)
        if place == 1:
            x = layers.ReLU(name="block_relu1")(x)
    x = layers.Add(name="block_add")([shortcut, x])
    x = layers.ReLU(name="block_relu2")(x)
    return keras.Model(inputs, x, name="TinyResidual")


TINY = {"TinyPlain": tiny_plain, "TinyResidual": tiny_residual}
