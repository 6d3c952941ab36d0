"""Settings of other programs that lie around on a machine: every command gives what it gives on a clean one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest

import blocktune
from blocktune.analysis.figures.style import look, save
from blocktune.surroundings import start_on_known_ground

PACKAGE = Path(blocktune.__file__).parent
PLAN = ("plan", "TinyResidual", "--image-size", "16", "--json")

# What Keras, Matplotlib and TensorFlow say that they have once a command has begun
SAYS = """
import json, sys
from blocktune.surroundings import start_on_known_ground
start_on_known_ground()
from blocktune.known_keras import keras
config = keras.config
print(json.dumps([
    config.backend(), config.floatx(), config.dtype_policy().name, config.image_data_format(), config.epsilon(),
    config.max_epochs(), config.max_steps_per_epoch(), keras.layers.Dense(1).dtype_policy.name,
]))
"""
BARE = ["tensorflow", "float32", "float32", "channels_last", 1e-7, None, None, "float32"]


def command(*arguments, place, **environment):
    """Run a command as a user does, in a folder, with these variables beside PATH and HOME."""
    bare = {"PATH": os.environ["PATH"], "HOME": str(place), **environment}
    return subprocess.run(
        [sys.executable, "-m", "blocktune", *map(str, arguments)],
        cwd=place,
        env=bare | {"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def keras_json(place, **content):
    (place / ".keras").mkdir()
    (place / ".keras" / "keras.json").write_text(json.dumps(content))


def test_a_command_says_its_answer_and_nothing_else(tmp_path):
    done = command(*PLAN, place=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["backbone"] == "TinyResidual"


NOTICES = """WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795918126.054631   17956 port.cc:153] oneDNN custom operations are on. You may see slightly different
W0000 00:00:1795918126.054631   17956 gpu_device.cc:2340] Cannot dlopen some GPU libraries.
E0000 00:00:1795918126.054631   17956 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error
"""
SAID = "E0000 00:00:1795918126.054631   17956 other.cc:52] something broke\nIllegal instruction\nno newline"


@pytest.mark.parametrize("end", ["", "os.abort()", "raise ImportError('no such library')"])
def test_only_notices_are_left_out_while_tensorflow_is_imported_also_if_it_crashes(end):
    code = (
        "import os\nfrom blocktune.notices import start_up_notices_left_out\n"
        f"with start_up_notices_left_out():\n    os.write(2, {(NOTICES + SAID).encode()!r})\n    {end}\n"
        "os.write(2, b'|afterwards')\n"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    if not end:
        assert done.stderr == SAID + "|afterwards"
    else:
        assert done.returncode != 0
        assert done.stderr.startswith(SAID)
    assert ("ImportError: no such library" in done.stderr) == ("ImportError" in end)


def test_who_asks_for_notices_gets_them():
    code = (
        "import os\nfrom blocktune.notices import start_up_notices_left_out\n"
        f"with start_up_notices_left_out():\n    os.write(2, {NOTICES.encode()!r})\n"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PACKAGE.parent), "TF_CPP_MIN_LOG_LEVEL": "0"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stderr == NOTICES


def test_keras_does_not_depend_on_its_file_nor_on_the_environment(tmp_path):
    """All at once: each would change numbers, some end in a traceback."""
    keras_json(tmp_path, floatx="float16", image_data_format="channels_first", backend="theano", epsilon=0.5)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(PACKAGE.parent),
        "MPLBACKEND": "module://of_a_notebook",
        "KERAS_MAX_EPOCHS": "1",
        "KERAS_MAX_STEPS_PER_EPOCH": "1",
        "KERAS_BACKEND": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", SAYS], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == BARE


def test_a_file_that_keras_refuses_is_one_error_with_its_name(tmp_path):
    keras_json(tmp_path, floatx="bfloat16")
    done = command(*PLAN, place=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: Keras can't start with {tmp_path}/.keras/keras.json: ")
    assert "bfloat16" in line


def test_no_module_takes_keras_from_elsewhere():
    importing = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.split()[:2] in (["import", "keras"], ["from", "keras"])
    }
    assert importing == {"known_keras.py"}


@pytest.mark.parametrize(
    ("name", "given", "left"),
    [
        ("MPLBACKEND", "module://matplotlib_inline.backend_inline", "Agg"),
        ("KERAS_BACKEND", "jax", "jax"),
        ("KERAS_BACKEND", "", "tensorflow"),
        ("TF_ENABLE_ONEDNN_OPTS", "0", "1"),
        ("TF_XLA_FLAGS", "--tf_xla_auto_jit=2", None),
        ("NVIDIA_TF32_OVERRIDE", "0", None),
        ("JAX_ENABLE_X64", "1", None),
        ("XLA_FLAGS", "--xla_cpu_enable_fast_math=true --xla_gpu_cuda_data_dir=/cuda", "--xla_gpu_cuda_data_dir=/cuda"),
        ("XLA_FLAGS", "--xla_cpu_enable_fast_math=true", None),
        ("TFDS_DATA_DIR", "/data", "/data"),
    ],
)
def test_variables(monkeypatch, name, given, left):
    for variable in ("MPLBACKEND", "KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL", "XLA_FLAGS", "TF_ENABLE_ONEDNN_OPTS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(name, given)
    start_on_known_ground()
    assert os.environ.get(name) == left


def drawn(folder):
    from matplotlib.figure import Figure

    with look(dpi=50):
        figure = Figure(figsize=(3, 2), layout="constrained")
        figure.subplots().plot([1, 2, 3], label="$a")
        return [path.read_bytes() for path in save(figure, folder, "figure")]


@pytest.mark.parametrize(
    "theirs",
    [
        {"savefig.bbox": "tight"},
        {"text.usetex": True},
        {"lines.linewidth": 9, "axes.facecolor": "black", "figure.facecolor": "red"},
        {"font.family": "serif", "svg.fonttype": "path", "savefig.transparent": True},
    ],
    ids=lambda rc: next(iter(rc)),
)
def test_a_users_matplotlibrc_changes_no_figure_and_stays(tmp_path, theirs):
    before = drawn(tmp_path / "before")
    with matplotlib.rc_context(theirs):
        assert drawn(tmp_path / "after") == before
        assert {name: matplotlib.rcParams[name] for name in theirs} == theirs | (
            {"font.family": ["serif"]} if "font.family" in theirs else {}
        )


def test_a_seaborn_style_changes_no_figure(tmp_path):
    import seaborn

    before = drawn(tmp_path / "before")
    with matplotlib.rc_context():
        seaborn.set_theme(style="darkgrid", context="poster")
        assert drawn(tmp_path / "after") == before
