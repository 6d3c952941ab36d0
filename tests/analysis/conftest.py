import gc
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import made_up_factors
import synthetic

from blocktune.analysis.figures.names import study_figures
from blocktune.analysis.layers import read_backbones
from blocktune.analysis.paper import paper_values
from blocktune.analysis.scores import read_scores
from blocktune.files.design import Design
from blocktune.files.study import Study

SHAPES = {
    "VGG16": synthetic.vgg16,
    "MobileNet": synthetic.mobilenet,
    "MobileNetV2": lambda: synthetic.deep(17),
    "MobileNetV3Small": lambda: synthetic.deep(18),
    "ResNet50V2": synthetic.deep,
}


class Inputs:
    """Files of a made-up study, and what the analysis reads from them."""

    def __init__(self, folder, tables, searches, finals, **changes):
        self.paths = synthetic.write_study(folder, tables, searches, finals, **changes)
        study, layers, search, final = self.paths
        self.study, self.backbones = Study.read(study), read_backbones(layers)
        keys = [backbone.key for backbone in self.backbones]
        self.search, self.final = read_scores(search, "search", keys), read_scores(final, "final", keys)


@pytest.fixture(autouse=True, scope="module")
def quick_collections():
    """Leave out what was imported: statsmodels' `multipletests` looks for garbage at every call."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def inputs_of():
    """`inputs_of(folder, tables, searches, finals)`: a study of rows that a test makes up itself."""
    return Inputs


@pytest.fixture(scope="session")
def make(tmp_path_factory):
    """Build a study of the paper's backbones with the paper's own final accuracies."""

    def build(
        names=("VGG16", "MobileNet"),
        about=None,
        change=lambda name, values: values,
        diverged=(),
        search_diverged=(),
        **changes,
    ):
        printed = paper_values()
        tables = [synthetic.layers(name, SHAPES[name](), **(about or {}).get(name, {})) for name in names]
        searches = [synthetic.search(table, diverged={("lw", 1), ("bwsw", 4), *search_diverged}) for table in tables]
        finals = [
            synthetic.final(table, change(name, dict(printed[name])), diverged)
            for name, table in zip(names, tables, strict=True)
        ]
        return Inputs(tmp_path_factory.mktemp("study"), tables, searches, finals, **changes)

    return build


@pytest.fixture(scope="session")
def paper_study(make):
    """All five backbones of the paper."""
    return make(tuple(SHAPES))


@pytest.fixture
def only(monkeypatch):
    """`only(name, ...)`: of the figures that a study has, draw these alone."""

    def leave(*wanted):
        def chosen(*study):
            return [name for name in study_figures(*study) if name in wanted]

        monkeypatch.setattr("blocktune.analysis.figures.draw.study_figures", chosen)

    return leave


@pytest.fixture
def read():
    """`read(rows, kind)`: made-up responses of a factor study and their design, as the analysis reads them."""

    def build(rows, kind="screening", **changes):
        design = Design(**made_up_factors.design(rows, kind, **changes))
        return made_up_factors.responses_frame(rows), design

    return build


@pytest.fixture
def away():
    """`away(rows)`: made-up distances of targets, as the analysis reads them."""
    return made_up_factors.distances_frame
