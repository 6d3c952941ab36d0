"""Every strategy, baseline, search method and source that there is keeps what its base class promises."""

import ast
import re

import pytest

from blocktune.analysis.strategies import label, palette
from blocktune.candidates.further import FURTHER
from blocktune.candidates.registry import by_key
from blocktune.candidates.searched import SEARCHED, Searched, candidates_of, strategy_keys
from blocktune.candidates.strategies import blocks, single_layers
from blocktune.errors import BlocktuneError
from blocktune.files.layers import Layer
from blocktune.search.askers import asker_named, random
from blocktune.search.method import SearchMethod
from blocktune.search.methods import method_named
from blocktune.settings.members import (
    ASKERS,
    SCORERS,
    SOURCES,
    askers,
    members,
    scorer_looks_at,
    scorers,
    source_path,
    sources,
)
from blocktune.settings.model import Settings
from blocktune.settings.search import Search

KEY = re.compile(r"[a-z][a-z]*[0-9]?")
COLOR = re.compile(r"#[0-9A-F]{6}")
# Convolution, normalization and activation, four times: as in the networks that are studied
LAYERS = [
    Layer(index, f"{kind}_{index}", kind, parameters, 0, not parameters, False, (4, 4, 8))
    for index, (kind, parameters) in enumerate(4 * [("Conv2D", 72), ("BatchNormalization", 16), ("ReLU", 0)])
]
WEIGHTED = {layer.index for layer in LAYERS if layer.weighted}


@pytest.mark.parametrize("key", SEARCHED)
def test_a_strategy(key):
    strategy = SEARCHED[key]
    assert strategy.key == key and KEY.fullmatch(key) and COLOR.fullmatch(strategy.color)
    assert strategy.one and strategy.about and type(strategy).__doc__
    found = strategy.candidates(LAYERS, Search())
    assert [candidate.number for candidate in found] == [*range(1, len(found) + 1)]
    assert {candidate.strategy for candidate in found} == {key}
    assert all(candidate.layers and set(candidate.layers) <= WEIGHTED for candidate in found)
    assert len({candidate.layers for candidate in found}) > 1
    # The first reaches the last layer with weights: ties go to what is nearer the head
    assert max(found[0].layers) == max(WEIGHTED)
    for candidate in found:
        assert 0 <= strategy.place(candidate.first, candidate.last) < len(LAYERS)


class Mine(Searched):
    """A strategy that is not finished."""

    key, one, color = "mine", "thing", "#123456"

    def candidates(self, layers, search):
        return []


NEEDED = ("key", "about", "one", "color")


def test_a_class_that_does_not_say_what_it_is_about_is_named():
    with pytest.raises(BlocktuneError, match=rf"^{__name__}: the class Mine has no about$"):
        by_key([Mine()], NEEDED)


def test_two_strategies_of_one_key_are_named(monkeypatch):
    monkeypatch.setattr(Mine, "about", "a thing", raising=False)
    monkeypatch.setattr(Mine, "key", "lw")
    said = rf"^{__name__}: the classes SingleLayers and Mine both have the key 'lw'; each needs one of its own$"
    with pytest.raises(BlocktuneError, match=said):
        by_key([SEARCHED["lw"], Mine()], NEEDED)


def test_a_strategy_without_candidates_or_with_those_of_another_is_named(monkeypatch):
    monkeypatch.setitem(SEARCHED, "mine", Mine())
    with pytest.raises(
        BlocktuneError, match=r"^search\.strategies has mine, but mine has no candidate in this backbone"
    ):
        candidates_of("mine", LAYERS, Search())
    monkeypatch.setattr(Mine, "candidates", lambda self, layers, search: single_layers(layers))
    with pytest.raises(
        BlocktuneError, match=r"^strategy mine: its candidate 1 says that it is one of 'lw'; .* be 'mine'$"
    ):
        candidates_of("mine", LAYERS, Search())


@pytest.mark.parametrize("key", FURTHER)
def test_a_baseline(key):
    baseline = FURTHER[key]
    assert baseline.key == key and KEY.fullmatch(key) and COLOR.fullmatch(baseline.color)
    assert baseline.label and type(baseline).__doc__
    settings = Settings.model_validate({"backbones": [{"name": "MobileNet"}]})
    found = baseline.candidate(LAYERS, blocks(LAYERS), 4, settings.baselines)
    assert (found.strategy, found.number) == (key, 1)
    assert set(found.layers) <= WEIGHTED
    phases = found.recipe.phases if found.recipe else ()
    assert bool(phases) == baseline.in_phases
    assert not phases or sum(phase.epochs for phase in phases) == 4
    # Another rate or another order is told: the layers alone would claim too much
    assert baseline.own_way == (found.recipe is not None)


@pytest.mark.parametrize("name", scorers())
def test_a_search_method(name):
    assert KEY.fullmatch(name) and members(SCORERS)[name].words
    assert scorer_looks_at(name) in ("validation", "training", "nothing")
    tree = ast.parse((SCORERS / f"{name}.py").read_bytes())
    (method,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Method"]
    assert [ast.unparse(base) for base in method.bases] == ["Scorer"]


@pytest.mark.parametrize("name", askers())
def test_a_search_method_that_asks(name):
    assert KEY.fullmatch(name) and members(ASKERS)[name].words
    method = asker_named(name)
    assert isinstance(method, SearchMethod) and method.about and type(method).__doc__
    # The same by its name in a replay
    assert type(method_named(name)) is type(method)


def test_a_method_that_asks_is_known_by_its_name_alone():
    there = ", ".join(askers())
    with pytest.raises(BlocktuneError, match=f"no method 'halving' trains round by round; there are {there}$"):
        asker_named("halving")


def test_a_method_without_its_class_is_named_and_no_other_fails(monkeypatch):
    monkeypatch.delattr(random, "Method")
    assert method_named("greedy").about
    with pytest.raises(BlocktuneError, match=r"^search/askers/random\.py has no class Method$"):
        method_named("random")


@pytest.mark.parametrize("name", sources())
def test_a_source(name):
    assert KEY.fullmatch(name) and members(SOURCES)[name].words
    assert source_path(name) in ("file", "folder", None)
    tree = ast.parse((SOURCES / f"{name}.py").read_bytes())
    (images,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Images"]
    assert [ast.unparse(base) for base in images.bases] == ["DataSource"]


def test_names_and_colors_are_nobody_elses():
    keys = [*SEARCHED, *FURTHER, *scorers(), *askers(), "baseline1", "baseline2", "bwt", "exhaustive", "halving"]
    assert len(set(keys)) == len(keys)
    columns = ["baseline1", "baseline2", *strategy_keys(), *FURTHER]
    assert len(set(palette(columns).values())) == len(columns)
    assert len({label(column) for column in columns}) == len(columns)
