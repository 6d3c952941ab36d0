"""Less of Python's search for garbage: it goes through all that was imported, which with Keras takes long."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search_for_garbage() -> Iterator[None]:
    """Don't look for garbage while much is made that stays: modules, trees of code."""
    looks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looks:
            gc.enable()
