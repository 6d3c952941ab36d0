"""`blocktune predict` and `blocktune evaluate`: what is printed, written and refused."""

import csv
import json
import sys
import zipfile
from dataclasses import replace

import pytest
from made_up import made_candidate, made_plan

from blocktune.cli.main import main
from blocktune.errors import BlocktuneError
from blocktune.steps.models import planned_entry


def predict(*arguments):
    return main(["predict", *map(str, arguments)])


def test_a_folder_of_odd_pictures_is_told_apart_and_broken_files_are_named(delivered, pictures, tmp_path, capsys):
    assert predict(delivered, pictures, "--csv", tmp_path / "out.csv") == 0
    out, err = capsys.readouterr()
    told = {line.split("  ")[0]: line.split("  ")[1].split()[0] for line in out.splitlines()}
    assert told == {
        str(pictures / name): label
        for name, label in {
            "bright/a b.png": "bright",
            "bright/wide.png": "bright",
            "bright/ü.jpg": "bright",
            "dark/grey.png": "dark",
            "dark/print.jpg": "dark",
            "dark/moving.gif": "dark",
            "dark/mistaken.png": "bright",
        }.items()
    }
    assert err.splitlines() == [f"skipped {pictures / 'dark/text.jpg'}: it is no image of a known format"]
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["file"]: row["class"] for row in rows} == told
    assert all(float(row["dark"]) + float(row["bright"]) == pytest.approx(1, abs=1e-5) for row in rows)


def test_patterns_single_files_and_several_classes(delivered, pictures, capsys):
    assert (
        predict(delivered / "model.keras", pictures / "bright" / "*.png", pictures / "dark" / "grey.png", "--top", 2)
        == 0
    )
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0].rsplit("/", 1)[1] for line in lines] == ["a b.png", "wide.png", "grey.png"]
    assert all("bright " in line and "dark " in line for line in lines)


def test_evaluate_counts_and_names_the_mistake(delivered, pictures, tmp_path, capsys):
    assert main(["evaluate", str(delivered), str(pictures), "--json", str(tmp_path / "found.json")]) == 0
    out, err = capsys.readouterr()
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["confusion"] == [[3, 1], [0, 3]]
    assert found["accuracy"] == pytest.approx(6 / 7)
    assert [entry["picture"] for entry in found["mistakes"]] == [str(pictures / "dark/mistaken.png")]
    assert found["unreadable"] == [str(pictures / "dark/text.jpg")]
    assert "Accuracy 0.8571 (6 of 7" in out and "mistaken.png" in out
    assert "text.jpg" in err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda model, pictures: [model / "nothing.keras", pictures], "no model"),
        (lambda model, pictures: [model, pictures / "nothing*"], "no such file, folder or pattern"),
        (lambda model, pictures: [model, pictures / "dark/text.jpg"], "none of 1 images can be read"),
        (lambda model, pictures: [pictures / "dark/text.jpg", pictures], "no model that blocktune exported"),
        (lambda model, pictures: [model, pictures, "--top", 3], "--top 3: the model tells 2 classes apart"),
    ],
)
def test_mistakes_get_one_line_and_status_2(delivered, pictures, change, message, capsys):
    assert predict(*change(delivered, pictures)) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("skipped")]
    assert line.startswith("error: ") and message in line


def test_another_networks_file_and_wrong_labels_are_refused(delivered, pictures, tmp_path, capsys):
    import keras

    inputs = keras.Input((4,))
    keras.Model(inputs, keras.layers.Dense(2)(inputs)).save(tmp_path / "other.keras")
    assert predict(tmp_path / "other.keras", pictures) == 2
    assert "no resizing layer" in capsys.readouterr().err
    (tmp_path / "labels.json").write_text('["one"]')
    (tmp_path / "model.keras").write_bytes((delivered / "model.keras").read_bytes())
    assert predict(tmp_path, pictures) == 2
    assert "names 1 classes" in capsys.readouterr().err


def test_a_model_of_keras_hub_where_it_is_not_installed_says_what_to_install(tmp_path, monkeypatch, capsys):
    import keras

    inputs = keras.Input((4,))
    keras.Model(inputs, keras.layers.Dense(2)(inputs)).save(tmp_path / "dense.keras")
    layer = {"module": "keras_hub.src.models.absent", "class_name": "Network", "config": {}}
    with zipfile.ZipFile(tmp_path / "dense.keras") as dense, zipfile.ZipFile(tmp_path / "hub.keras", "w") as hub:
        for name in dense.namelist():
            hub.writestr(name, json.dumps(layer) if name == "config.json" else dense.read(name))
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    assert predict(tmp_path / "hub.keras", tmp_path) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "not installed: in a clone of blocktune, pip install '.[hub]'" in line


def test_the_best_strategy_is_the_answer_and_not_the_highest_score():
    answer = {"net": {"best": {"strategy": "probe"}, "ranked_first": "bw"}, "other": None}
    plan = made_plan([made_candidate("bw"), made_candidate("probe")], backbone="net")
    assert planned_entry(plan, "best", answer).strategy == "probe"
    assert planned_entry(plan, "bw", None).strategy == "bw"
    for wrong, strategy, file, message in (
        (plan, "best", None, "needs --answer"),
        (replace(plan, backbone="other"), "best", answer, "every final run diverged"),
        (plan, "lw", answer, "it has best, bw, probe"),
    ):
        with pytest.raises(BlocktuneError, match=message):
            planned_entry(wrong, strategy, file)


def test_a_class_folder_without_images_is_left_out_as_when_the_study_was_made(delivered, pictures, capsys):
    (pictures / "kite").mkdir()
    assert main(["evaluate", str(delivered), str(pictures)]) == 0
    out, err = capsys.readouterr()
    assert "6 of 7" in out
    assert "left out (class folders without images): kite" in err


@pytest.mark.parametrize(
    ("folder", "message"), [("nowhere", "no folder"), ("dark", "no class folders"), ("", "unknown classes other")]
)
def test_a_folder_that_does_not_fit_is_named(delivered, pictures, folder, message, capsys):
    if not folder:
        (pictures / "other").mkdir()
        (pictures / "other" / "grey.png").write_bytes((pictures / "dark" / "grey.png").read_bytes())
    assert main(["evaluate", str(delivered), str(pictures / folder)]) == 2
    assert message in capsys.readouterr().err
