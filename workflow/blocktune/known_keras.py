"""Keras from known ground; all modules of this package take it from here.

`~/.keras/keras.json`, written for other work, may ask for another precision, order of an image's axes or epsilon.
A run's id says none of that, so all of it is as Keras has it by itself. The backend is `KERAS_BACKEND`'s.
"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import BlocktuneError
from .garbage import no_search_for_garbage
from .notices import start_up_notices_left_out

# Keras imports them where it finds them, for drawings, data frames and wrappers that nothing here uses: a third of the
# time that its import takes
_NOT_NEEDED = ("matplotlib", "pandas", "sklearn")


@contextmanager
def _not_found(names: tuple[str, ...]) -> Iterator[None]:
    """Let Python not find some modules, but those that are imported already; afterwards it does again."""
    hidden = [name for name in names if name not in sys.modules]
    # Of such an entry Python says that there is no module
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with start_up_notices_left_out(), _not_found(_NOT_NEEDED), no_search_for_garbage():
    try:
        import keras
        from keras import layers
    except ValueError as error:
        # Keras refuses what the file says, and does not name it
        file = Path(os.environ.get("KERAS_HOME", "~/.keras"), "keras.json").expanduser()
        raise BlocktuneError(f"Keras can't start with {file}: {error}. Correct the file or remove it") from None

# What was imported stays: looking through it takes as long as much of a small training, and of a process' end
gc.freeze()

keras.config.set_floatx("float32")
keras.config.set_dtype_policy("float32")
keras.config.set_image_data_format("channels_last")
keras.config.set_epsilon(1e-7)

__all__ = ["keras", "layers"]
