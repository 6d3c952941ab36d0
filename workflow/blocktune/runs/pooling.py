"""Whether a head's pooling fits what a backbone gives."""

from collections.abc import Sequence
from math import isqrt

from ..errors import BlocktuneError


def check_pooling(pooling: str, shape: Sequence[int], name: str) -> None:
    """Refuse to take the class token where there is none.

    Args:
        pooling: `head.pooling`.
        shape: of the backbone's output without the batch axis: (height, width, channels) of a map, (count, channels) of
            tokens, (channels,) of a vector.
        name: of the backbone, for the message.

    Raises:
        BlocktuneError: says what the backbone gives, and which poolings are allowed.
    """
    if pooling != "token":
        return
    if len(shape) == 2 and isqrt(shape[0]) ** 2 != shape[0]:
        return
    places = isqrt(shape[0])
    given = {
        1: "one vector",
        2: f"{shape[0]} tokens, the {places} x {places} places of the image without a class token",
        3: "a map (height, width, channels)",
    }[len(shape)]
    raise BlocktuneError(f"head.pooling is token, but {name} gives {given}; allowed: average, max, flatten")
