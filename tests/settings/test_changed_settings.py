"""Which settings are not the paper's: none of params.yaml's, and any other that is behind Table I's numbers."""

from pathlib import Path

import pytest

from blocktune.settings.changes import changed
from blocktune.settings.kinds import Section
from blocktune.settings.load import load_config, read_files

PARAMS = Path(__file__).parents[2] / "params.yaml"
COLUMNS = {"search.strategies", "search.top_k", "search.random_layers"}
ROUNDS = {"search.budget", "search.tolerance", "search.seeds"}
PARTS = {"evaluation.protocol", "evaluation.selection"}


def study(**changes):
    given = read_files([PARAMS])
    for section, keys in changes.items():
        given[section] = given[section] | keys
    return load_config(given)[0]


def leaves(section, prefix=""):
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def with_another(section, key, value):
    """The section with another value under a key, whatever the section thinks of it."""
    name, _, rest = key.partition(".")
    return section.model_copy(update={name: with_another(getattr(section, name), rest, value) if rest else value})


def test_params_yaml_changes_nothing():
    assert changed(study()) == {}


def test_any_setting_behind_the_numbers_is_found():
    # Halving's own keys count only with it, those of spans only with them; with both nothing else is without effect
    settings = study(search={"method": "halving", "strategies": ["span"]})
    # No study has both, but the rank of LoRA's updates counts only with LoRA
    settings = with_another(settings, "search.strategies", ["span", "lora"])
    for name in ("pixels", "head", "training", "search", "evaluation"):
        keys = {f"{name}.{key}" for key in leaves(getattr(settings, name))} - COLUMNS - PARTS - ROUNDS
        assert keys
        for key in keys:
            found = changed(with_another(settings, key, "another"))
            assert found[key] == "another", key
            assert set(found) - {"search.method"} <= {key, "search.rates"}
    race = study(search={"method": "race", "strategies": ["span"]})
    for key in ROUNDS:
        assert changed(with_another(race, key, "another"))[key] == "another"
    assert changed(study(data={"image_size": 96})) == {"data.image_size": 96}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"search": {"rates": [1e-3]}, "training": {"learning_rate": 0.5}}, {"search.rates": [1e-3]}),
        ({"head": {"units": [], "dropout": 0.2}}, {"head.units": ()}),
        ({"search": {"halving": {"factor": 2.0, "first_epochs": 1}}}, {}),
        ({"search": {"span_blocks": 12}}, {}),
        ({"search": {"method": "race", "strategies": ["bw"]}}, {"search.method": "race"}),
        ({"search": {"span_blocks": 12, "strategies": ["span"]}}, {"search.span_blocks": 12}),
        ({"search": {"top_k": [2]}, "split": {"final": 0.5}}, {}),
    ],
)
def test_what_has_no_effect_or_is_told_otherwise_is_left_out(changes, found):
    assert changed(study(**changes)) == found
