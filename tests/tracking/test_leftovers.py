"""Files of other settings are set aside: rounds of a search that this one does not have."""

import pytest
from made_up import made_candidate, made_plan

from blocktune.files.plain import write_json
from blocktune.settings.load import validate
from blocktune.settings.model import Settings
from blocktune.tracking.places import ASIDE, SETTINGS
from blocktune.tracking.tidy import put_aside_leftovers, write_outputs

FOLDER = "results/plan/VGG16"


@pytest.fixture
def study(tmp_path, monkeypatch):
    """`study(search)` is a folder with rounds 1 to 4, of which the third is empty, and those of a halving."""
    monkeypatch.chdir(tmp_path)

    def make(search):
        given = {"backbones": [{"name": "VGG16"}], "search": search}
        write_json(SETTINGS, validate(Settings, given).model_dump(mode="json"))
        write_outputs([r"results/plan/[^/]+/\w+\.json", r"results/search/[^/]+/scores-\w+\.json"], [SETTINGS.name])
        for number in range(1, 5):
            jobs = {} if number == 3 else {"j": ("lw1",)}
            made_plan([made_candidate("lw")] if jobs else [], jobs=jobs).write(
                tmp_path / FOLDER / f"round{number}.json"
            )
        for name in (f"{FOLDER}/rung1.json", "results/search/VGG16/scores-race.json"):
            write_json(tmp_path / name, {})
        return sorted(path.as_posix() for path in put_aside_leftovers())

    return make


def test_a_race_keeps_its_rounds_up_to_the_empty_one(study):
    assert study({"method": "race", "strategies": ["lw"]}) == [f"{FOLDER}/round4.json", f"{FOLDER}/rung1.json"]
    assert (ASIDE / FOLDER / "round4.json").is_file()


def test_another_search_keeps_none(study):
    rounds = [f"{FOLDER}/round{number}.json" for number in range(1, 5)]
    assert study({}) == [*rounds, f"{FOLDER}/rung1.json", "results/search/VGG16/scores-race.json"]
