"""`evaluate` on images that the study had; and that all commands look at the same files."""

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from blocktune.cli.main import main
from blocktune.data.decode import read_picture
from blocktune.deliver.known import KnownImages, read_known, write_known
from blocktune.files.image_tables import ManifestRow


def save(path, level, number, mark=0):
    """An image of one class, dark or bright, each of them another one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((12, 10, 3), level, np.uint8)
    pixels[0, number] = 128 + mark
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def study(delivered, tmp_path):
    """A model's folder that knows its images: by class four of training, two of validation, two of test."""
    model, folder = tmp_path / "model", tmp_path / "study"
    shutil.copytree(delivered, model)
    files = [
        save(folder / name / f"{number}.png", level, number)
        for name, level in (("dark", 5), ("bright", 250))
        for number in range(8)
    ]
    digests = [read_picture(file.read_bytes()).digest for file in files]
    manifest = [ManifestRow(row, f"{row}.png", "a", "", digest) for row, digest in enumerate(digests)]
    rows = np.arange(16)
    parts = {
        "search": rows[:1],
        "final": rows[rows % 8 < 4],
        "validation": rows[np.isin(rows % 8, (4, 5))],
        "test": rows[rows % 8 > 5],
    }
    write_known(model / "images.json", manifest, parts, 65535)
    return model, folder


def evaluated(model, folder, capsys):
    capsys.readouterr()
    assert main(["evaluate", str(model), str(folder), "--json", str(folder.parent / "found.json")]) == 0
    return json.loads((folder.parent / "found.json").read_text()), capsys.readouterr().out


def test_what_the_model_was_made_of_is_scored_apart(study, capsys):
    model, folder = study
    # One test image and one new one are mistaken; all of training and validation is right
    save(folder / "dark" / "new.png", 255, 9, mark=1)
    save(folder / "bright" / "new.png", 250, 9, mark=2)
    shutil.copy(folder / "dark" / "6.png", folder / "bright" / "of test.png")
    found, out = evaluated(model, folder, capsys)
    assert found["parts"] == {"training": 8, "validation": 4, "test": 5, "new": 2}
    assert (found["pictures"], found["right"]) == (7, 5)
    assert (found["all"]["pictures"], found["all"]["right"]) == (19, 17)
    assert (found["of_parts"]["training"]["accuracy"], found["of_parts"]["validation"]["pictures"]) == (1, 4)
    assert out.startswith(
        "Of 19 images the study had 8 of the training set, 4 of the validation set, 5 of the test set; 2 are new."
    )
    assert "Accuracy 0.7143 (5 of 7" in out
    assert "Not in the scores above: accuracy 1.0000 of the training set (8 of 8)" in out
    assert "0.8947 of all images together (17 of 19)" in out


def test_another_file_of_the_same_pixels_is_known(study, capsys):
    model, folder = study
    for file in [*folder.rglob("*.png")]:
        Image.open(file).save(file.with_suffix(".bmp"))
        file.unlink()
    found, _ = evaluated(model, folder, capsys)
    assert found["parts"] == {"training": 8, "validation": 4, "test": 4, "new": 0}


def test_where_nothing_is_unseen_that_is_said(study, capsys):
    model, folder = study
    for number in (4, 5, 6, 7):
        for name in ("dark", "bright"):
            (folder / name / f"{number}.png").unlink()
    found, out = evaluated(model, folder, capsys)
    assert found["parts"] == {"training": 8, "validation": 0, "test": 0, "new": 0}
    assert "No image is new to the model, so these scores are too high." in out


def test_new_images_alone_need_no_words(study, tmp_path, capsys):
    folder = tmp_path / "others"
    save(folder / "dark" / "1.png", 5, 1, mark=5)
    save(folder / "bright" / "1.png", 250, 1, mark=5)
    found, out = evaluated(study[0], folder, capsys)
    assert found["parts"]["new"] == 2 and out.startswith("Accuracy 1.0000 (2 of 2")


def test_a_model_without_its_images_says_that_it_cannot_tell(study, capsys):
    model, folder = study
    (model / "images.json").unlink()
    found, out = evaluated(model, folder, capsys)
    assert "parts" not in found and found["pictures"] == 16
    assert out.startswith("There is no images.json beside the model, so images that it was trained on are not told")


@pytest.mark.parametrize("content", ["[]", "{}", '{"max_16bit": 0, "images": {}}', '{"max_16bit": 255, "images": [1]}'])
def test_a_damaged_list_of_images_is_named(study, content, capsys):
    model, folder = study
    (model / "images.json").write_text(content)
    assert main(["evaluate", str(model), str(folder)]) == 2
    assert "images.json is no list of a study's images" in capsys.readouterr().err


def test_a_copy_of_a_training_image_counts_as_one(tmp_path):
    manifest = [ManifestRow(row, f"{row}.png", "a", "", letter * 64) for row, letter in enumerate("aab")]
    parts = {"final": np.array([0]), "validation": np.array([1, 2])}
    write_known(tmp_path / "images.json", manifest, parts, 4095)
    known = read_known(tmp_path / "model.keras")
    assert known == KnownImages(4095, {"a" * 16: "training", "b" * 16: "validation"})
    assert [known.part_of(letter * 64) for letter in "abc"] == ["training", "validation", "new"]


def test_all_commands_look_at_the_same_files(study, tmp_path, capsys):
    """Training takes files of any ending and none of hidden folders."""
    folder = tmp_path / "pictures"
    for number in range(10):
        image = Image.new("RGB", (20, 10 + number), (number, 0, 0))
        for name, form in (("web{}.jfif", "JPEG"), ("plain{}", "PNG"), ("{}.PNG", "PNG")):
            (folder / "dark").mkdir(parents=True, exist_ok=True)
            image.save(folder / "dark" / name.format(number), form)
        for hidden in ("bright/.ipynb_checkpoints/{}.png", "__MACOSX/bright/{}.png"):
            save(folder / hidden.format(number), 250, number)
        save(folder / "bright" / "2024" / f"{number}.png", 250, number, mark=9)
    (folder / "bright" / "loop").symlink_to("..")
    main(["new", "--data", str(folder), "--output", str(tmp_path / "x.yaml"), "--no-measure"])
    told = capsys.readouterr().out
    assert "40 images in 2 classes" in told
    left_out = [line for line in told.splitlines() if line.startswith("left out")]
    assert len(left_out) == 3 and "10 files (hidden): bright/.ipynb_checkpoints/" in told

    settings = {"data": {"source": "folder", "path": str(folder), "image_size": 8}, "seed": 1}
    (tmp_path / "data.json").write_text(json.dumps(settings))
    names = ("images.npy", "labels.npy", "manifest.csv", "dataset.json")
    outputs = [f"--{name.split('.')[0]}={tmp_path / 'out' / name}" for name in names]
    assert main(["prepare", "--settings", str(tmp_path / "data.json"), *outputs]) == 0
    printed = capsys.readouterr().out
    assert "40 images" in printed and all(line in printed for line in left_out)

    assert main(["evaluate", str(study[0]), str(folder)]) == 0
    out, err = capsys.readouterr()
    assert re.search(r"Accuracy 1\.0000 \(40 of 40", out) and all(line in err for line in left_out)

    assert main(["predict", str(study[0]), str(folder)]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 40 and err.count("left out") == 3
    assert f"{folder}/bright/loop/" in err
    assert main(["predict", str(study[0]), str(folder / "*")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 40


def test_images_of_16_bits_are_read_as_in_the_training(study, tmp_path, capsys):
    """3000 of 4095 is bright, 3000 of 65535 is dark."""
    model, _ = study
    Image.fromarray(np.full((8, 8), 3000, np.uint16)).save(tmp_path / "deep.png")
    assert main(["predict", str(model), str(tmp_path / "deep.png")]) == 0
    out, err = capsys.readouterr()
    assert "  dark " in out and "warning: the only image of 16 bits" in err and "max_16bit 65535" in err
    write_known(model / "images.json", [], {}, 4095)
    assert main(["predict", str(model), str(tmp_path / "deep.png")]) == 0
    out, err = capsys.readouterr()
    assert "  bright " in out and not err
