"""Networks as users may have them: `python networks.py FOLDER` saves what a study on pictures of 32 pixels can take."""

import sys
from pathlib import Path

import keras
from keras import layers


def plain(side=32, names="conv"):
    """Three convolutions, BatchNormalization and dropout, without top."""
    inputs = x = keras.Input((side, side, 3), name="pictures")
    for place, filters in enumerate((4, 6, 8), 1):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{names}{place}")(x)
        x = layers.MaxPooling2D(name=f"{names}pool{place}")(x)
    x = layers.BatchNormalization(name=f"{names}_bn")(x)
    x = layers.Dropout(0.25, name=f"{names}_drop")(x)
    return keras.Model(inputs, x)


def with_top(side=32):
    """The same with a classifier on it."""
    model = plain(side)
    return keras.Model(model.input, layers.Dense(5)(layers.GlobalAveragePooling2D()(model.output)))


if __name__ == "__main__":
    keras.utils.set_random_seed(3)
    plain(None).save(Path(sys.argv[1]) / "mine.keras")
