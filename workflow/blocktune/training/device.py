"""The device of one training: a slot on a GPU taken for the rest of this process, or the CPU."""

import os
import sys

from ..errors import BlocktuneError
from ..gpus.choose import VISIBLE, Device
from ..gpus.driver import memory_gb
from ..gpus.slots import Slot, take_slot
from ..gpus.use import GpuUse


def take_device(use: GpuUse, run: str) -> str:
    """Take a slot and open its device (`take_place`, `open_device`)."""
    return open_device(use, take_place(use, run))


def take_place(use: GpuUse, run: str) -> Slot | None:
    """Take a slot on a GPU, None where the CPU trains; it is free again when the process ends."""
    if not use.devices:
        return None
    return take_slot(use.devices, use.runs_per_gpu, run, use.folder, lambda text: print(text, flush=True))


def open_device(use: GpuUse, slot: Slot | None) -> str:
    """See a slot's GPU alone and keep to the memory limit; return the device's name for the record.

    Must come before anything opens a device in this process; that Keras is imported does no harm.

    Raises:
        BlocktuneError: the memory limit is more than the GPU has, or can't be set.
    """
    if slot is None:
        return "cpu"
    os.environ[VISIBLE] = slot.device.visible
    _limit_memory(use, slot.device)
    if not _backend_sees_gpu():
        print(
            f"GPU {slot.device.visible} can't be used by this Keras backend (no driver, or its CUDA libraries are not "
            "installed); this run trains on the CPU",
            file=sys.stderr,
            flush=True,
        )
        return "cpu"
    return f"{slot.device.gpu.name if slot.device.gpu else 'GPU'} ({slot.device.identity}), place {slot.place}"


def _limit_memory(use: GpuUse, device: Device) -> None:
    if use.memory == "grow":
        return
    from ..known_keras import keras

    limit, total = use.memory, memory_gb(device.gpu) if device.gpu else None
    if total is not None and limit > total:
        raise BlocktuneError(f"settings: gpu_memory: {limit:g} GB, but GPU {device.visible} has {total:.0f}")
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        for gpu in tf.config.list_physical_devices("GPU"):
            memory = tf.config.LogicalDeviceConfiguration(memory_limit=int(limit * 1e9 / 2**20))
            tf.config.set_logical_device_configuration(gpu, [memory])
    elif total is None:
        raise BlocktuneError(
            f"settings: gpu_memory: {limit:g} GB can't be set on the {backend} backend, since nvidia-smi does not say "
            f"how much GPU {device.visible} has; allowed here: grow"
        )
    elif backend == "jax":
        # JAX keeps to a share only if it takes it at once; of the two names of the variable it allows one
        os.environ.pop("XLA_PYTHON_CLIENT_MEM_FRACTION", None)
        os.environ |= {"XLA_PYTHON_CLIENT_PREALLOCATE": "true", "XLA_CLIENT_MEM_FRACTION": f"{limit / total:.6f}"}
    else:
        import torch

        if torch.cuda.is_available():
            torch.cuda.set_per_process_memory_fraction(limit / total)


def _backend_sees_gpu() -> bool:
    from ..known_keras import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_physical_devices("GPU"))
    if backend == "jax":
        import jax

        return jax.default_backend() == "gpu"
    import torch

    return torch.cuda.is_available()
