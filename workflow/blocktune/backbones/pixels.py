"""What a network is fed: from stored pixels to the numbers that its weights expect. NumPy only."""

from collections.abc import Callable, Sequence

import numpy as np

from ..settings.architectures import fed_range, linear_of, linear_range

# Means and standard deviations of ImageNet's training images, as keras.applications uses them
CAFFE_MEAN_BGR = np.array([103.939, 116.779, 123.68])
_TORCH_MEAN_RGB = np.array([0.485, 0.456, 0.406])
_TORCH_STD_RGB = np.array([0.229, 0.224, 0.225])

_SAME = 1e-4
"""What numbers may differ by, relatively, and still be those of a range that has a name."""

LINEAR = {
    "unit": (1 / 255, 0.0),
    "tf": (1 / 127.5, -1),
    "torch": (1 / (255 * _TORCH_STD_RGB), -_TORCH_MEAN_RGB / _TORCH_STD_RGB),
    "raw": (1.0, 0.0),
}
"""Scale and offset of the ranges that keep the order of the colours, for pixels from 0 to 255."""

Transform = Callable[[np.ndarray], np.ndarray]


# In place from the first copy on: large images take a good part of a small network's time


def _unit(images: np.ndarray) -> np.ndarray:
    fed = images.astype(np.float32)
    fed /= np.float32(255)
    return fed


def _tf(images: np.ndarray) -> np.ndarray:
    fed = images.astype(np.float32)
    fed /= np.float32(127.5)
    fed -= np.float32(1)
    return fed


def _caffe(images: np.ndarray) -> np.ndarray:
    fed = images[..., ::-1].astype(np.float32)
    fed -= CAFFE_MEAN_BGR.astype(np.float32)
    return fed


def _torch(images: np.ndarray) -> np.ndarray:
    fed = _unit(images)
    fed -= _TORCH_MEAN_RGB.astype(np.float32)
    fed /= _TORCH_STD_RGB.astype(np.float32)
    return fed


def _raw(images: np.ndarray) -> np.ndarray:
    return images.astype(np.float32)


_TRANSFORMS: dict[str, Transform] = {"unit": _unit, "tf": _tf, "caffe": _caffe, "torch": _torch, "raw": _raw}


def named_range(scale: Sequence[float], offset: Sequence[float]) -> str:
    """Return the name of the range that takes each colour, 0..255, times `scale` plus `offset`, or a text that says so.

    Both have three numbers, red first.
    """
    for name, known in LINEAR.items():
        told = zip((scale, offset), known, strict=True)
        if all(np.allclose(numbers, own, rtol=_SAME, atol=_SAME * 1e-3) for numbers, own in told):
            return name
    return linear_range(scale, offset)


def pixel_transform(name: str, pixel_range: str, native: str | None = None) -> Transform:
    """Return the function from uint8 images (N, H, W, 3) to float32 input of the backbone `name`.

    Args:
        name: the architecture.
        pixel_range: `unit` (0 to 1, the paper) or `native` (what the architecture's weights were trained on).
        native: what a network of the user's own was trained on.
    """
    fed = fed_range(name, pixel_range, native)
    linear = linear_of(fed)
    if linear is None:
        return _TRANSFORMS[fed]
    scale, offset = (np.array(numbers, np.float32) for numbers in linear)
    return lambda images: images.astype(np.float32) * scale + offset
