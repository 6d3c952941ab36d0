import sys
import textwrap

import pytest

from blocktune.settings.backbone import Backbone
from blocktune.settings.own import ALLOW_CODE


@pytest.fixture(scope="session")
def build():
    """`build(64, name="VGG16", ...)` is the entry and its network for pictures of 64 pixels."""
    from blocktune.backbones.build import build_backbone

    def make(image_size, seed=1, weights_file=None, **entry):
        backbone = Backbone(**{"weights": "none", **entry})
        return backbone, build_backbone(backbone, image_size, seed, weights_file)

    return make


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory, where no code may run unless a test allows it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(ALLOW_CODE, raising=False)
    forget_theirs()
    yield tmp_path
    forget_theirs()


def forget_theirs():
    """Another test's module of that name must not pass for this one's."""
    for name in [name for name in sys.modules if name.startswith("theirs")]:
        del sys.modules[name]


@pytest.fixture
def theirs(folder, monkeypatch):
    """`theirs("def net(input_shape): ...")` writes the user's module `theirs` and allows its code."""
    monkeypatch.setenv(ALLOW_CODE, "1")

    def write(code, file="theirs.py"):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import keras\nfrom keras import layers\n" + textwrap.dedent(code), encoding="utf-8")

    return write
