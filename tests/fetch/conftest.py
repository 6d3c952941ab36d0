import os

from blocktune.training.process import one_thread_per_process

# Before any test imports Keras
one_thread_per_process()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Keras settles its folder when it is imported: before a test sets KERAS_HOME
import keras  # noqa: E402, F401
