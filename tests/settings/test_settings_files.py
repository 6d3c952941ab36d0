"""params.yaml, the presets, and how files are laid over each other."""

from pathlib import Path

import pytest
import yaml

from blocktune.errors import BlocktuneError
from blocktune.settings.load import load_files
from blocktune.settings.model import Settings
from blocktune.settings.schema import schema

ROOT = Path(__file__).parents[2]
PARAMS = ROOT / "params.yaml"
PRESETS = sorted((ROOT / "presets").glob("*.yaml"))
PAPERS_NETWORKS = ["VGG16", "MobileNet", "MobileNetV2", "MobileNetV3Small", "ResNet50V2"]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def leaves(mapping: dict) -> int:
    return sum(leaves(value) if isinstance(value, dict) else 1 for value in mapping.values())


def test_params_are_the_defaults_and_the_papers_networks():
    assert load_files([PARAMS]) == Settings(backbones=[{"name": name} for name in PAPERS_NETWORKS])


def test_params_spell_out_every_key():
    given = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    full = load_files([PARAMS]).model_dump()
    given["backbones"] = full["backbones"]
    full["head"]["units"] = list(full["head"]["units"])
    assert given == full


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_a_preset_is_a_small_overlay(preset):
    overlay = yaml.safe_load(preset.read_text(encoding="utf-8"))
    settings = load_files([PARAMS, preset])
    assert settings.study == preset.stem
    assert set(overlay) < set(Settings.model_fields)
    # A whole recipe is the most that one states
    assert leaves(overlay) <= 24


def test_quick_and_demo_are_there():
    assert {"demo", "quick"} <= {preset.stem for preset in PRESETS}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_a_presets_header_says_what_to_expect(preset):
    text = preset.read_text(encoding="utf-8")
    header = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    assert [part for part in ("What it shows:", "Command:", "Expected result:", "Time:") if part not in header] == []


def test_later_files_win_key_by_key_and_lists_as_a_whole(tmp_path):
    below = write(
        tmp_path / "a.yaml", "training: {epochs: 3, batch_size: 8}\nbackbones: [{name: VGG16}, {name: VGG19}]"
    )
    above = write(tmp_path / "b.yaml", "training: {epochs: 5}\nbackbones: [{name: MobileNet}]")
    settings = load_files([below, above])
    assert (settings.training.epochs, settings.training.batch_size) == (5, 8)
    assert [backbone.name for backbone in settings.backbones] == ["MobileNet"]


def test_a_file_of_comments_changes_nothing(tmp_path):
    assert load_files([PARAMS, write(tmp_path / "a.yaml", "# nothing yet\n")]) == load_files([PARAMS])


def test_a_number_that_yaml_reads_as_text_is_still_a_number(tmp_path):
    overlay = write(tmp_path / "a.yaml", "training: {learning_rate: 1e-3}")
    assert load_files([PARAMS, overlay]).training.learning_rate == 0.001


def may_be_null():
    """Keys of the sections that may be null, as (section, key)."""
    given = schema()
    for section, about in given["properties"].items():
        properties = given["$defs"].get(about.get("$ref", "").rsplit("/", 1)[-1], {}).get("properties", {})
        yield from ((section, key) for key, value in properties.items() if {"type": "null"} in value.get("anyOf", []))


@pytest.mark.parametrize(("section", "key"), [*may_be_null()])
def test_null_may_come_as_text_as_snakemakes_config_hands_it_over(tmp_path, section, key):
    overlay = write(tmp_path / "a.yaml", f"{section}: {{{key}: 'null'}}")
    assert getattr(getattr(load_files([PARAMS, overlay]), section), key) is None


def test_some_keys_may_be_null():
    assert {("search", "rates"), ("search", "candidates"), ("data", "path")} <= {*may_be_null()}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"- a\n- b\n", "holds a list; a mapping of keys is needed"),
        (b"just words", "holds a str"),
        (b"a: [1, 2", "can't be read"),
        (b"\xff\xfe\x00", "can't be read"),
    ],
)
def test_a_file_that_is_no_mapping_is_named(tmp_path, content, said):
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    with pytest.raises(BlocktuneError) as raised:
        load_files([path])
    assert "odd.yaml" in str(raised.value)
    assert said in str(raised.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(BlocktuneError, match=r"nowhere\.yaml does not exist \(looked in"):
        load_files([tmp_path / "nowhere.yaml"])
    with pytest.raises(BlocktuneError, match="can't be read"):
        load_files([tmp_path])
