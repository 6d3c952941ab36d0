"""Where Keras keeps the ImageNet weights of a network, known without importing Keras."""

import os
import re
from pathlib import Path

from ..settings.backbone import Backbone

_MOBILENET_WIDTHS = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5"}
_MOBILENET_SIZES = (128, 160, 192, 224)
_MOBILENET_V2_SIZES = (96, *_MOBILENET_SIZES)


def imagenet_file(backbone: Backbone, image_size: int) -> Path:
    """Return the file that Keras loads the weights without top from, and downloads if it is missing.

    Source: keras.applications of Keras 3.15; tests compare with what Keras asks for.
    """
    return _keras_folder() / "models" / _name(backbone.name, backbone.alpha, image_size)


def _name(name: str, alpha: float | None, image_size: int) -> str:
    width = 1.0 if alpha is None else alpha
    if name == "MobileNet":
        return f"mobilenet_{_MOBILENET_WIDTHS[width]}_{_size(image_size, _MOBILENET_SIZES)}_tf_no_top.h5"
    if name == "MobileNetV2":
        size = _size(image_size, _MOBILENET_V2_SIZES)
        return f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{width}_{size}_no_top.h5"
    if name.startswith("MobileNetV3"):
        return f"weights_mobilenet_v3_{name.removeprefix('MobileNetV3').lower()}_224_{width}_float_no_top_v2.h5"
    if name.startswith("NASNet"):
        return f"nasnet_{name.removeprefix('NASNet').lower()}_no_top.h5"
    if name.startswith("EfficientNetV2"):
        return f"efficientnetv2-{name.removeprefix('EfficientNetV2').lower()}_notop.h5"
    if name.startswith("EfficientNet"):
        return f"{name.lower()}_notop.h5"
    if name.startswith("ConvNeXt"):
        return f"convnext_{name.removeprefix('ConvNeXt').lower()}_notop.h5"
    if name.startswith("Inception"):
        # InceptionV3 -> inception_v3, InceptionResNetV2 -> inception_resnet_v2
        name = re.sub(r"(ResNet|V)", r"_\1", name)
    return f"{name.lower()}_weights_tf_dim_ordering_tf_kernels_notop.h5"


def _size(image_size: int, offered: tuple[int, ...]) -> int:
    return image_size if image_size in offered else 224


def _keras_folder() -> Path:
    """Keras' own folder; where it can't be written, Keras looks in /tmp."""
    chosen = os.environ.get("KERAS_HOME")
    # Not Path's own, which fails for a user without a home
    home = Path(os.path.expanduser("~"))  # noqa: PTH111
    folder = Path(chosen).expanduser() if chosen else (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"
    return folder if not folder.exists() or os.access(folder, os.W_OK) else Path("/tmp/.keras")
