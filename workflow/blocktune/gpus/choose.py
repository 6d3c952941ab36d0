"""Which GPUs trainings use: the settings' choice among those that this process may see."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import BlocktuneError
from ..settings.execution import GpuChoice
from .driver import Gpu, installed_gpus

VISIBLE = "CUDA_VISIBLE_DEVICES"
# What SLURM and containers write for "no GPU"; CUDA stops reading its list at an entry that is no device
_NO_DEVICE = {"", "-1", "nodevfiles", "none", "void"}


@dataclass(frozen=True)
class Device:
    """A GPU that trainings use.

    Attributes:
        visible: what CUDA_VISIBLE_DEVICES must be for a process to see this GPU alone.
        identity: its name in lock files; the same for every process of this machine that means this GPU.
        gpu: what the driver says of it, if it says anything.
    """

    visible: str
    identity: str
    gpu: Gpu | None = None


def choose_gpus(
    choice: GpuChoice,
    environment: Mapping[str, str] | None = None,
    installed: Callable[[], list[Gpu]] = installed_gpus,
) -> list[Device]:
    """Return the GPUs to use, none for the CPU.

    Args:
        choice: execution setting `gpus`.
        environment: this process's, with CUDA_VISIBLE_DEVICES if a scheduler, a container or a person set it.
        installed: lists the machine's GPUs.

    Raises:
        BlocktuneError: the choice or CUDA_VISIBLE_DEVICES names a GPU that is not there, or one twice.
    """
    if choice == "none":
        return []
    environment = os.environ if environment is None else environment
    gpus = installed()
    inherited = environment.get(VISIBLE)
    visible = _all_devices(gpus) if inherited is None else _listed_devices(inherited, gpus, _scope(environment))
    if choice == "auto":
        return visible
    if isinstance(choice, int):
        if choice > len(visible):
            raise BlocktuneError(f"settings: gpus: {choice} are wanted, but {_seen(visible, inherited)}")
        return visible[:choice]
    chosen = [_find(entry, visible, inherited) for entry in choice]
    _refuse_twice([device.identity for device in chosen], f"settings: gpus: {list(choice)}")
    return chosen


def _all_devices(gpus: Sequence[Gpu]) -> list[Device]:
    # By UUID, since CUDA may number GPUs in another order than the driver
    return [Device(gpu.uuid or str(number), _identity(gpu, str(number)), gpu) for number, gpu in enumerate(gpus)]


def _listed_devices(inherited: str, gpus: Sequence[Gpu], scope: str) -> list[Device]:
    devices = []
    for entry in (part.strip() for part in inherited.split(",")):
        if entry.lower() in _NO_DEVICE:
            break
        gpu = _installed(entry, gpus)
        devices.append(Device(entry, scope + _identity(gpu, entry), gpu))
    _refuse_twice([device.identity for device in devices], f"{VISIBLE}={inherited}")
    return devices


def _installed(entry: str, gpus: Sequence[Gpu]) -> Gpu | None:
    """Return the GPU that an entry of CUDA_VISIBLE_DEVICES means; None if the driver names none."""
    if entry.isdigit():
        if not gpus:
            return None
        if int(entry) < len(gpus):
            return gpus[int(entry)]
    elif entry.startswith(("GPU-", "MIG-")):
        known = [gpu for gpu in gpus if gpu.uuid]
        same = [gpu for gpu in known if gpu.uuid.startswith(entry)]
        if not known or len(same) == 1:
            return same[0] if same else None
    there = "a number or a UUID is needed"
    if gpus:
        there = f"this machine has {len(gpus)} GPU{'s' if len(gpus) != 1 else ''} (0 to {len(gpus) - 1})"
    raise BlocktuneError(f"{VISIBLE} names {entry!r}, but {there}")


def _find(entry: int | str, visible: Sequence[Device], inherited: str | None) -> Device:
    if isinstance(entry, int):
        if entry < len(visible):
            return visible[entry]
    else:
        same = [device for device in visible if device.visible.startswith(entry) or _uuid(device).startswith(entry)]
        if len(same) == 1:
            return same[0]
    raise BlocktuneError(f"settings: gpus: there is no GPU {entry}: {_seen(visible, inherited)}")


def _seen(visible: Sequence[Device], inherited: str | None) -> str:
    why = f"{VISIBLE} is {inherited!r}" if inherited is not None else f"{VISIBLE} is not set"
    if not visible:
        return f"no GPU is to be seen here ({why}; gpus: none trains on the CPU)"
    names = ", ".join(f"{number} {device.visible}" for number, device in enumerate(visible))
    return f"{len(visible)} can be seen here: {names} ({why})"


def _refuse_twice(identities: Sequence[str], where: str) -> None:
    twice = sorted({identity for identity in identities if identities.count(identity) > 1})
    if twice:
        raise BlocktuneError(f"{where} names one GPU twice: {', '.join(twice)}")


def _identity(gpu: Gpu | None, entry: str) -> str:
    return (gpu.uuid if gpu else "") or (entry if entry.startswith(("GPU-", "MIG-")) else f"gpu{entry}")


def _uuid(device: Device) -> str:
    return device.gpu.uuid if device.gpu else ""


def _scope(environment: Mapping[str, str]) -> str:
    """A GPU that SLURM gave to a job is that job's alone, and may be number 0 to several jobs at once."""
    if environment.get("SLURM_JOB_GPUS") or environment.get("SLURM_STEP_GPUS"):
        return f"slurm{environment.get('SLURM_JOB_ID', '')}-"
    return ""
