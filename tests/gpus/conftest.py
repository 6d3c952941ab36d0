import pytest

LISTINGS = {
    "two": "GPU 0: NVIDIA Pretended (UUID: GPU-aaaa1111-0000)\nGPU 1: NVIDIA Pretended (UUID: GPU-bbbb2222-0000)\n",
    "divided": (
        "GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-cccc3333-0000)\n"
        "  MIG 3g.20gb     Device  0: (UUID: MIG-dddd4444-0000)\n"
        "  MIG 2g.10gb     Device  1: (UUID: MIG-eeee5555-0000)\n"
        "GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-ffff6666-0000)\n"
    ),
    "none": "No devices were found\n",
}
MEMORY = "GPU-aaaa1111-0000, 81920\nGPU-bbbb2222-0000, 40960\n"


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """`nvidia_smi("two")` puts a stand-in on PATH that lists pretended GPUs; CUDA_VISIBLE_DEVICES is not set."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for name in ("SLURM_JOB_GPUS", "SLURM_STEP_GPUS"):
        monkeypatch.delenv(name, raising=False)

    def put(listing, status=0):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "listing").write_text(LISTINGS[listing])
        (folder / "memory").write_text(MEMORY)
        program = folder / "nvidia-smi"
        program.write_text(
            f'#!/bin/sh\ncase "$1" in -L) cat "{folder}/listing";; *) cat "{folder}/memory";; esac\nexit {status}\n'
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return put
