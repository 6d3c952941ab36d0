import os

from blocktune.training.threads import one_thread_per_process

# Before any test imports Keras
one_thread_per_process()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
