"""From one picture a class to fifty thousand pictures, and names as long as a file system takes."""

import csv
import json
import resource
import subprocess
import sys
import tarfile
from io import BytesIO

import numpy as np
import pytest
from made import folder, picture, tar

from blocktune.analysis.classification import evaluation
from blocktune.analysis.evaluation_words import confusion_table, evaluation_parts
from blocktune.cli.main import main
from blocktune.data.prepared import Prepared, read_split
from blocktune.document.markdown import render
from blocktune.settings.backbone import Backbone
from blocktune.settings.load import load_config
from blocktune.settings.sections import write_sections

OUTPUTS = ("images.npy", "labels.npy", "manifest.csv", "dataset.json")


def prepare(place, source, path, size=8):
    """Arguments of `blocktune prepare`."""
    settings = {"data": {"source": source, "path": str(path), "name": "x", "image_size": size}, "seed": 1}
    (place / "data.json").write_text(json.dumps(settings))
    return [
        "prepare",
        "--settings",
        str(place / "data.json"),
        *(f"--{n.split('.')[0]}={place / 'out' / n}" for n in OUTPUTS),
    ]


def split(place, **shares):
    """Arguments of `blocktune split` after it."""
    (place / "split.json").write_text(json.dumps({"split": shares, "seed": 1}))
    inputs = [f"--manifest={place / 'out/manifest.csv'}", f"--dataset={place / 'out/dataset.json'}"]
    outputs = [f"--splits={place / 'splits.csv'}", f"--summary={place / 'splits.json'}"]
    return ["split", "--settings", str(place / "split.json"), *inputs, *outputs]


def test_one_picture_a_class_is_prepared_and_then_named_as_too_few(refused, tmp_path):
    files = {f"{name}/1.png": picture(place, "PNG") for place, name in enumerate("abc")}
    assert main(prepare(tmp_path, "folder", folder(tmp_path / "photos", files))) == 0
    assert Prepared.open(tmp_path / "out").labels.tolist() == [0, 1, 2]
    told = refused(split(tmp_path), ["has 1 image(s), too few for split.", "add images, raise the share"])
    assert "class 'a'" in told
    assert not (tmp_path / "splits.csv").exists()


def test_two_classes_of_four_pictures_are_enough_for_large_shares(tmp_path):
    files = {
        f"{name}/{number}.png": picture(number + 9 * place, "PNG")
        for place, name in enumerate("ab")
        for number in range(4)
    }
    assert main(prepare(tmp_path, "folder", folder(tmp_path / "photos", files))) == 0
    assert main(split(tmp_path, search=0.25, final=0.5, validation=0.5)) == 0
    assert {part: len(rows) for part, rows in read_split(tmp_path / "splits.csv").items()} == {
        "search": 2,
        "final": 4,
        "validation": 4,
    }


def write_archive(path, pictures, classes):
    """A tar of tiny pictures that all differ."""
    with tarfile.open(path, "w") as packed:
        for number in range(pictures):
            pixels = np.full((4, 4, 3), number % 251, np.uint8)
            pixels[0, 0] = number % 256, number // 256 % 256, number // 65536
            content = ppm(pixels)
            member = tarfile.TarInfo(f"class {number % classes:04d}/{number}.ppm")
            member.size = len(content)
            packed.addfile(member, BytesIO(content))


def ppm(pixels):
    """A picture in the plainest of formats: a million take seconds to write."""
    return b"P6 %d %d 255\n" % (pixels.shape[1], pixels.shape[0]) + pixels.tobytes()


def measured(arguments):
    """Run a command in a process of its own; return its seconds of processor time and its peak memory in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Not by getrusage: there a process begins with the peak of the one that started it, here of pytest
    program = (
        "import sys; from blocktune.cli.main import main; status = main(sys.argv[1:]); "
        "lines = dict(line.split(':') for line in open('/proc/self/status') if line.startswith('VmHWM')); "
        "print(int(lines['VmHWM'].split()[0]) // 1024); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, int(done.stdout.split()[-1])


@pytest.mark.parametrize(
    ("pictures", "classes", "size", "seconds", "megabytes"),
    [(4000, 1000, 8, 30, 250), pytest.param(50_000, 1000, 64, 600, 1100, marks=pytest.mark.long)],
)
def test_many_pictures_and_classes(pictures, classes, size, seconds, megabytes, tmp_path):
    write_archive(tmp_path / "a.tar", pictures, classes)
    prepared, memory = measured(prepare(tmp_path, "archive", tmp_path / "a.tar", size))
    parted, again = measured(split(tmp_path, search=0.25, final=0.5, validation=0.5))
    print(f"{pictures} pictures of {size} px, {classes} classes: prepared in {prepared:.1f} s, {memory} MB")
    print(f"split in {parted:.1f} s, {again} MB; the array has {pictures * size**2 * 3 / 1e6:.0f} MB")
    parts = read_split(tmp_path / "splits.csv")
    assert sum(len(parts[name]) for name in ("final", "validation")) == pictures
    labels = Prepared.open(tmp_path / "out").labels
    for rows in parts.values():
        assert len(set(labels[rows])) == classes
    # Its own memory, not the pages of the array, which the system may drop
    assert prepared + parted < seconds and max(memory, again) < megabytes


def test_scores_of_a_thousand_classes_can_be_read():
    labels = [f"class {number}" for number in range(1000)]
    draw = np.random.default_rng(1)
    truth = np.arange(4000) % 1000
    probabilities = draw.random((4000, 1000))
    probabilities[np.arange(4000), truth] += draw.random(4000) * 2
    found = evaluation(labels, truth, probabilities)
    text = render(evaluation_parts(found))
    assert len(text) < 200_000
    assert "Confusion matrix: the most frequent confusions." in text
    table = confusion_table(found, "Confusion matrix")
    assert 1 <= len(table.rows) <= 40 and table.head == ["True class", "Predicted class", "Images"]
    counts = [int(row[2]) for row in table.rows]
    assert counts == sorted(counts, reverse=True)
    assert max(max(row) for row in (np.array(found["confusion"]) - np.diag(np.diag(found["confusion"])))) == counts[0]


LONG = "ä" * 127 + "x"  # 255 bytes


@pytest.mark.parametrize("source", ["folder", "archive"])
def test_names_of_255_bytes(source, tmp_path):
    files = {
        f"{name}/{LONG[:-2]}{number}.p": picture(number + 9 * place, "PNG")
        for place, name in enumerate((LONG, LONG[:-1] + "y"))
        for number in range(5)
    }
    assert {len(part.encode()) for name in files for part in name.split("/")} == {255}
    path = tmp_path / LONG
    if source == "archive":
        path.write_bytes(tar(files))
    else:
        folder(path, files)
    assert main(prepare(tmp_path, source, path)) == 0
    assert main(split(tmp_path, search=0.2, final=0.6, validation=0.4)) == 0
    with (tmp_path / "out" / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        assert {row["file"] for row in csv.DictReader(lines)} == set(files)


def test_weights_of_255_bytes_have_a_key_that_files_can_be_called_after(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = [f"{'w' * 249}{number}.h5" for number in (11, 12)]
    keys = [Backbone(name="VGG16", weights=name).key for name in names]
    assert len(set(keys)) == 2 and all(len(key) <= 150 for key in keys)
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    settings, _ = load_config({"backbones": [{"name": "VGG16", "weights": name} for name in names]})
    write_sections(settings, tmp_path / "sections")
    assert len(list((tmp_path / "sections" / "backbones").iterdir())) == 2


def test_a_study_of_a_folder_of_255_bytes(tmp_path, monkeypatch, capsys):
    from blocktune.cli import new

    monkeypatch.setattr(new, "settled", lambda *_: (new.WHOLE, ""))
    monkeypatch.chdir(tmp_path)
    files = {
        f"{name}/{number}.png": picture(number + 50 * place, "PNG")
        for place, name in enumerate("ab")
        for number in range(12)
    }
    folder(tmp_path / ("x" * 255), files)
    assert main(["new", "--data", "x" * 255]) == 0
    (made,) = tmp_path.glob("*.yaml")
    assert f"wrote {made.name}" in capsys.readouterr().out
