"""How a job's trainings use GPUs: settled once in the job's main process, before Keras is imported."""

import os
from dataclasses import dataclass
from pathlib import Path

from ..settings.execution import GpuChoice, MemoryLimit
from .choose import VISIBLE, Device, choose_gpus
from .slots import slots_folder

# No backend may take a whole GPU's memory at once, and PyTorch may not open one to see whether there is one: a process
# that is forked after that can't use it
_POLITE = {
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
}


@dataclass(frozen=True)
class GpuUse:
    """The GPUs of a job's trainings.

    Attributes:
        devices: the GPUs; none for the CPU.
        runs_per_gpu: trainings at once on each, of all jobs and studies of this user.
        memory: GPU memory of one training.
        folder: where the lock files of the slots lie.
    """

    devices: tuple[Device, ...] = ()
    runs_per_gpu: int = 1
    memory: MemoryLimit = "grow"
    folder: Path | None = None


def no_gpu() -> None:
    """Keep this process off the GPUs: trainings may be using them. Must come before anything opens a device."""
    os.environ.update({VISIBLE: "-1", "JAX_PLATFORMS": "cpu"})


def settle_gpus(choice: GpuChoice, runs_per_gpu: int, memory: MemoryLimit) -> GpuUse:
    """Return what the settings mean on this machine, and prepare the environment that trainings inherit.

    Raises:
        BlocktuneError: as `choose_gpus` and `slots_folder`.
    """
    devices = choose_gpus(choice)
    if not devices:
        if choice == "none":
            no_gpu()
        return GpuUse()
    os.environ.update(_POLITE)
    return GpuUse(tuple(devices), runs_per_gpu, memory, slots_folder())
