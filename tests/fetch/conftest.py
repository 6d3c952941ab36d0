# Keras settles its folder when it is imported: before a test sets KERAS_HOME
import keras  # noqa: F401
