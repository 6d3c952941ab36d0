"""Known ground: a command's numbers and figures depend on no settings of other programs that lie around."""

import os

# A notebook hands down a backend that its own Matplotlib alone has. What oneDNN uses rounds differently
_SET = {"MPLBACKEND": "Agg", "TF_ENABLE_ONEDNN_OPTS": "1"}
# The user's choice in the environment counts; `~/.keras/keras.json` doesn't
_UNLESS_CHOSEN = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
# Debugging aids and accelerations that end trainings early, compute in another precision or in another order
_LEFT_OUT = (
    "KERAS_MAX_EPOCHS",
    "KERAS_MAX_STEPS_PER_EPOCH",
    "KERAS_NNX_ENABLED",
    "TF_USE_LEGACY_KERAS",
    "TF_XLA_FLAGS",
    "TF_FUNCTION_JIT_COMPILE_DEFAULT",
    "TF_ENABLE_CUBLAS_TENSOR_OP_MATH_FP32",
    "TF_ENABLE_CUDNN_TENSOR_OP_MATH_FP32",
    "TF_ENABLE_CUDNN_RNN_TENSOR_OP_MATH_FP32",
    "NVIDIA_TF32_OVERRIDE",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "JAX_DEFAULT_DTYPE_BITS",
    "JAX_DEFAULT_MATMUL_PRECISION",
    "JAX_DISABLE_JIT",
    "JAX_ENABLE_X64",
    "JAX_NUMPY_DTYPE_PROMOTION",
)
# Where the CUDA libraries lie, how a GPU is used, what is written for debugging
_XLA_KEPT = ("--xla_gpu_", "--xla_dump_")


def start_on_known_ground() -> None:
    """Set the environment that every command has, and the processes that it starts; before Keras or Matplotlib comes.

    What Keras reads from a file of its own is set where Keras is imported (`known_keras`), what Matplotlib reads from
    one where figures are drawn (`analysis.figures.style.look`).
    """
    os.environ.update(_SET)
    for name, value in _UNLESS_CHOSEN.items():
        if not os.environ.get(name):
            os.environ[name] = value
    for name in _LEFT_OUT:
        os.environ.pop(name, None)
    flags = os.environ.pop("XLA_FLAGS", "").split()
    if kept := [flag for flag in flags if flag.startswith(_XLA_KEPT)]:
        os.environ["XLA_FLAGS"] = " ".join(kept)
