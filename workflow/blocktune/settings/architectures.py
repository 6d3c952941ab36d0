"""What a backbone of keras.applications may be called, and what Keras accepts for it. Plain data, no Keras import.

`native` is the pixel range that the ImageNet weights of the architecture were trained on:
  tf     scaled to -1..1
  caffe  BGR, the ImageNet mean subtracted, not scaled
  torch  scaled to 0..1, then normalised with the ImageNet mean and standard deviation
  raw    0..255, because the network rescales inside
  unit   scaled to 0..1
A preset of keras-hub may have another, which is a text as `linear_range` returns it: the pixels, 0..255, times three
numbers, plus three others.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

NativeRange = Literal["tf", "caffe", "torch", "raw", "unit"]


@dataclass(frozen=True)
class Architecture:
    """One constructor: its pixel range, and the smallest image it accepts.

    `imagenet_alphas` are the widths (`alpha`) that Keras has ImageNet weights for; a network without width has none.
    """

    native: str
    smallest_image: int
    imagenet_alphas: tuple[float, ...] = ()
    tiny: bool = False


_KERAS: dict[NativeRange, list[str]] = {
    "caffe": ["VGG16", "VGG19", "ResNet50", "ResNet101", "ResNet152"],
    "tf": [
        *("MobileNet", "MobileNetV2", "ResNet50V2", "ResNet101V2", "ResNet152V2", "NASNetMobile", "NASNetLarge"),
        *("Xception", "InceptionV3", "InceptionResNetV2"),
    ],
    "torch": ["DenseNet121", "DenseNet169", "DenseNet201"],
    "raw": [
        *("MobileNetV3Small", "MobileNetV3Large"),
        *(f"EfficientNetB{i}" for i in range(8)),
        *(f"EfficientNetV2{size}" for size in ("B0", "B1", "B2", "B3", "S", "M", "L")),
        *(f"ConvNeXt{size}" for size in ("Tiny", "Small", "Base", "Large", "XLarge")),
    ],
}

_SMALLEST_IMAGE = {"Xception": 71, "InceptionV3": 75, "InceptionResNetV2": 75}

_IMAGENET_ALPHAS = {
    "MobileNet": (0.25, 0.5, 0.75, 1.0),
    "MobileNetV2": (0.35, 0.5, 0.75, 1.0, 1.3, 1.4),
    "MobileNetV3Small": (0.75, 1.0),
    "MobileNetV3Large": (0.75, 1.0),
}

ARCHITECTURES: dict[str, Architecture] = {
    name: Architecture(native, _SMALLEST_IMAGE.get(name, 32), _IMAGENET_ALPHAS.get(name, ()))
    for native, names in _KERAS.items()
    for name in names
} | {
    "TinyPlain": Architecture("unit", smallest_image=8, tiny=True),
    "TinyResidual": Architecture("unit", smallest_image=8, tiny=True),
}

# What a network of the user's own is asked for: the smallest image that settings allow
_OWN_SMALLEST = 8


def architecture_of(name: str, native: str | None = None) -> Architecture:
    """Return what is known of a backbone; of a network of the user's own only the range that the settings tell.

    `native` is the range that such a network was trained on: 0 to 1 unless told.
    """
    return ARCHITECTURES.get(name) or Architecture(native or "unit", smallest_image=_OWN_SMALLEST)


def fed_range(name: str, pixel_range: str, native: str | None = None) -> str:
    """Return what a backbone is fed, for `pixels.range` unit or native; the others as in `architecture_of`."""
    return "unit" if pixel_range == "unit" else architecture_of(name, native).native


def linear_range(scale: Sequence[float], offset: Sequence[float]) -> str:
    """Return a range that has no name as a text: each of the three colours, 0..255, times `scale`, plus `offset`."""
    return f"times {' '.join(map(repr, scale))} plus {' '.join(map(repr, offset))}"


def linear_of(fed: str) -> tuple[list[float], list[float]] | None:
    """Return scale and offset of the three colours, of a range that `linear_range` returned; None for the others."""
    found = re.fullmatch(r"times (\S+) (\S+) (\S+) plus (\S+) (\S+) (\S+)", fed)
    numbers = [float(number) for number in found.groups()] if found else []
    return (numbers[:3], numbers[3:]) if numbers else None
