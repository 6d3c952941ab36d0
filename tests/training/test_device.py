"""A training's device: Keras is imported in the fork server, but only the training's own process opens a GPU."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from blocktune.errors import BlocktuneError
from blocktune.gpus.choose import Device
from blocktune.gpus.driver import Gpu
from blocktune.gpus.use import GpuUse, settle_gpus
from blocktune.training import device as device_module
from blocktune.training.device import take_device

WORKFLOW = Path(__file__).parents[2] / "workflow"

# A driver that has no GPU and writes down who opens it, and what that process was allowed to see
DRIVER = """
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int cuInit(unsigned flags) {
  FILE *out = fopen(getenv("OPENED"), "a");
  const char *seen = getenv("CUDA_VISIBLE_DEVICES");
  fprintf(out, "%d %s %s\\n", getpid(), seen ? seen : "everything", getenv("TF_FORCE_GPU_ALLOW_GROWTH"));
  fclose(out);
  return 100;
}
int cuGetErrorName(int error, const char **text) { *text = "CUDA_ERROR_NO_DEVICE"; return 0; }
int cuGetErrorString(int error, const char **text) { *text = "pretended"; return 0; }
"""

TRAININGS = """
import multiprocessing, os, sys
from blocktune.gpus.use import settle_gpus
from blocktune.training.device import take_device

def training(use, number):
    print("training", os.getpid(), take_device(use, str(number)), flush=True)

if __name__ == "__main__":
    use = settle_gpus("auto", 1, "grow")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["blocktune.known_keras"])
    for number in range(2):
        child = context.Process(target=training, args=(use, number))
        child.start()
        child.join()
        assert child.exitcode == 0
"""


@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler to build the stand-in for the driver with")
def test_only_the_process_of_a_training_opens_the_driver_and_sees_one_gpu(tmp_path):
    (tmp_path / "driver.c").write_text(DRIVER)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "libcuda.so.1", tmp_path / "driver.c"], check=True)
    (tmp_path / "trainings.py").write_text(TRAININGS)
    environment = {
        **os.environ,
        "PYTHONPATH": str(WORKFLOW),
        "PATH": "/usr/bin:/bin",
        "LD_LIBRARY_PATH": str(tmp_path),
        "OPENED": str(tmp_path / "opened"),
        "CUDA_VISIBLE_DEVICES": "5,6",
        "BLOCKTUNE_SLOTS": str(tmp_path / "slots"),
        "KERAS_BACKEND": "tensorflow",
    }
    done = subprocess.run(
        [sys.executable, tmp_path / "trainings.py"], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    trainings = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("training")]
    opened = [line.split() for line in (tmp_path / "opened").read_text().splitlines()]
    assert len(trainings) == 2
    assert {process for process, _, _ in opened} == set(trainings)
    # The first GPU's place is free again for the second training
    assert {(seen, growth) for _, seen, growth in opened} == {("5", "true")}
    # The pretended driver has no device: each training says that it falls back
    assert done.stderr.count("GPU 5 can't be used by this Keras backend") == 2
    assert done.stdout.count(" cpu") == 2


def test_without_a_gpu_nothing_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("BLOCKTUNE_SLOTS", str(tmp_path / "slots"))
    use = settle_gpus("auto", 4, "grow")
    assert use == GpuUse()
    assert take_device(use, "r") == "cpu"
    assert not (tmp_path / "slots").exists()
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_none_hides_the_gpus_from_every_backend(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.setenv("JAX_PLATFORMS", "")
    assert settle_gpus("none", 1, "grow") == GpuUse()
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"
    assert os.environ["JAX_PLATFORMS"] == "cpu"


@pytest.fixture
def limited(tmp_path, monkeypatch):
    """`limited(gb, total=..., backend=...)` takes a GPU with a memory limit, on a backend that is only pretended."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setattr(device_module, "_backend_sees_gpu", lambda: True)
    for name in ("XLA_PYTHON_CLIENT_PREALLOCATE", "XLA_CLIENT_MEM_FRACTION"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("XLA_PYTHON_CLIENT_MEM_FRACTION", "0.9")

    def take(gb, total, backend):
        import keras

        monkeypatch.setattr(device_module, "memory_gb", lambda gpu: total)
        monkeypatch.setattr(keras.backend, "backend", lambda: backend)
        use = GpuUse((Device("0", "GPU-a", Gpu("GPU-a", "NVIDIA Pretended")),), 2, gb, tmp_path)
        return take_device(use, "r")

    return take


def test_jax_gets_its_share_of_the_memory_under_one_of_its_two_names(limited):
    assert limited(10.0, 40.0, "jax") == "NVIDIA Pretended (GPU-a), place 1"
    assert os.environ["XLA_CLIENT_MEM_FRACTION"] == "0.250000"
    assert os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] == "true"
    assert "XLA_PYTHON_CLIENT_MEM_FRACTION" not in os.environ


def test_a_limit_above_the_gpu_is_refused(limited):
    with pytest.raises(BlocktuneError, match=r"gpu_memory: 50 GB, but GPU 0 has 40"):
        limited(50.0, 40.0, "jax")


def test_a_limit_that_cannot_be_set_is_refused(limited):
    with pytest.raises(BlocktuneError, match=r"on the jax backend, since nvidia-smi does not say"):
        limited(50.0, None, "jax")


def test_tensorflow_limits_every_gpu_that_it_sees(limited, monkeypatch):
    import tensorflow as tf

    limits = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["the one"])
    monkeypatch.setattr(
        tf.config, "set_logical_device_configuration", lambda gpu, parts: limits.append((gpu, parts[0].memory_limit))
    )
    limited(10.0, None, "tensorflow")
    assert limits == [("the one", 9536)]
