"""No file that is read can bring code along: no pickle, no `eval`, no YAML that makes objects, no shell."""

import ast
import hashlib
import io
import pickle
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from made_up import made_dataset

from blocktune.data.prepared import Prepared
from blocktune.errors import BlocktuneError

ROOT = Path(__file__).parents[2]
SOURCES = [*sorted((ROOT / "workflow").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]
# Each of these turns a file's bytes into calls
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
CALLS = {"eval", "exec", "read_pickle", "full_load", "unsafe_load", "load_all", "system", "popen", "literal_eval"}


def calls(path):
    """(node, dotted name) of every call in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def keywords(node):
    return {word.arg: ast.unparse(word.value) for word in node.keywords}


def test_no_source_reads_what_could_bring_code():
    for path in SOURCES:
        check(path)


def check(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name.split(".")[0] for name in imported} & MODULES
    for node, name in calls(path):
        last = name.rsplit(".", 1)[-1]
        assert last not in CALLS or name == "platform.system", (path, name)
        if name in ("np.load", "numpy.load"):
            assert keywords(node).get("allow_pickle") == "False", name
        if name == "yaml.load":
            assert keywords(node).get("Loader") == "_Loader", name
        assert name != "torch.load", path
        if last == "load_model":
            assert keywords(node).get("safe_mode") == "True" and "custom_objects" not in keywords(node)
        if name.startswith("subprocess."):
            assert "shell" not in keywords(node), name


def test_the_scan_sees_what_it_looks_for():
    assert len(SOURCES) > 100
    seen = {name for path in SOURCES for _, name in calls(path)}
    assert {"np.load", "yaml.load", "keras.saving.load_model", "subprocess.run"} <= seen


class Canary:
    """Leaves a file where it is unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return Path.touch, (Path(self.file),)


@pytest.fixture
def canary(tmp_path):
    """An array of objects as NumPy pickles it, and the file that reading it would leave."""
    file = tmp_path / "ran"
    array = np.empty(2, object)
    array[:] = [Canary(file), Canary(file)]
    np.save(tmp_path / "pickled.npy", array, allow_pickle=True)
    pickle.loads(pickle.dumps(Canary(file)))
    assert file.exists()
    file.unlink()
    return (tmp_path / "pickled.npy").read_bytes(), file


@pytest.mark.parametrize("name", ["images.npy", "labels.npy"])
@pytest.mark.parametrize("bare", [False, True])
def test_a_pickled_array_is_refused_unread(canary, tmp_path, name, bare):
    content, file = canary
    folder = tmp_path / "prepared"
    folder.mkdir()
    made_dataset(images=2).write(folder / "dataset.json")
    np.save(folder / "images.npy", np.zeros((2, 8, 8, 3), np.uint8))
    np.save(folder / "labels.npy", np.zeros(2, np.int64))
    (folder / name).write_bytes(pickle.dumps(Canary(file)) if bare else content)
    with pytest.raises(BlocktuneError, match=name):
        Prepared.open(folder)
    assert not file.exists()


def test_a_pickled_checkpoint_is_refused_unread(canary, tmp_path):
    """Also behind a right checksum: no object is made of it."""
    from blocktune.training.checkpoint import CheckpointFile

    content, file = canary
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as packed:
        packed.writestr("header.npy", content)
    sealed = hashlib.sha256(body.getvalue()).digest() + body.getvalue()
    (tmp_path / "run.checkpoint").write_bytes(sealed)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        CheckpointFile(tmp_path / "run.checkpoint", SimpleNamespace(run_id="x")).read()
    assert not file.exists()
