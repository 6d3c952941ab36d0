"""Keras from known ground; all modules of this package take it from here.

`~/.keras/keras.json`, written for other work, may ask for another precision, order of an image's axes or epsilon.
A run's id says none of that, so all of it is as Keras has it by itself. The backend is `KERAS_BACKEND`'s.
"""

import os
from pathlib import Path

from .errors import BlocktuneError
from .notices import start_up_notices_left_out

with start_up_notices_left_out():
    try:
        import keras
        from keras import layers
    except ValueError as error:
        # Keras refuses what the file says, and does not name it
        file = Path(os.environ.get("KERAS_HOME", "~/.keras"), "keras.json").expanduser()
        raise BlocktuneError(f"Keras can't start with {file}: {error}. Correct the file or remove it") from None

keras.config.set_floatx("float32")
keras.config.set_dtype_policy("float32")
keras.config.set_image_data_format("channels_last")
keras.config.set_epsilon(1e-7)

__all__ = ["keras", "layers"]
