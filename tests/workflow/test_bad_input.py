"""Bad input, as a person meets it in the terminal: one clear error, nothing lost."""

import os
import time

import numpy as np
import pytest
from PIL import Image

SPLITS = "results/plan/splits.csv"


def refuse(study, *arguments, **options):
    """What Snakemake says when it refuses; nothing of what was there may change."""
    before = study.digests("results", "data")
    done = study.snakemake(*arguments, **options)
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stdout
    assert study.digests("results", "data") == before
    return done.stdout


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ("training: {epoch: 3}", ["training.epoch", "did you mean 'epochs'?"]),
        ("seed: 1\nrepeats: 1\nseed: 2", ["overlay.yaml", "line 3 gives seed once more"]),
        ("sead: 3", ["unknown key sead", "did you mean 'seed'?"]),
        ("training: {learning_rate: -1}", ["training.learning_rate", "-1"]),
        ("backbones: [{name: TinyPlane, weights: none}]", ["backbones[0].name", "'TinyPlane'", "'TinyPlain'"]),
        ("data: {source: archive, path: nowhere.tgz}", ["data.path", "nowhere.tgz", "looked for"]),
        ("data: {source: folder, path: no where}", ["data.path", "no where", "looked for"]),
        ("backbones: [{name: TinyPlain, weights: no/weights.h5}]", ["backbones[0].weights", "no/weights.h5"]),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_settings_that_cannot_be_are_refused_before_anything_starts(finished, overlay, said):
    out = refuse(finished, overlay=overlay)
    assert [words for words in said if words not in out] == []


def test_settings_files_that_snakemake_would_drop_are_refused(finished):
    out = refuse(finished, "--configfile", "tiny.yaml")
    assert "--configfile is given 2 times, and Snakemake keeps only the last" in out


def test_execution_settings_are_checked_too(finished):
    assert "runs_per_job" in refuse(finished, "--config", "runs_per_job=0")


def test_weights_that_vanish_are_missed_only_by_what_is_not_done(new_study, tmp_path):
    """What is planned can be looked at without its weights; another weights file of that name can't pass for them."""
    study = new_study(tmp_path / "study")
    made, weights = "results/plan/pretrained/TinyPlain.weights.h5", study.folder / "mine" / "tiny.weights.h5"
    study.make(made)
    weights.parent.mkdir()
    (study.folder / made).rename(weights)
    # Their date means nothing, also if it lies in the future
    os.utime(weights, (time.time() + 86400,) * 2)
    entry = "backbones: [{name: TinyPlain, weights: %s/tiny.weights.h5}]"
    plan = "results/plan/TinyPlain-tiny.weights/search.json"
    study.make(plan, overlay=entry % "mine")
    assert "Nothing to be done" in study.make(plan, overlay=entry % "mine")
    weights.unlink()
    assert "Nothing to be done" in study.make(plan, overlay=entry % "mine")
    assert "backbones[0].weights" in refuse(study, plan, overlay=entry % "yours")


def images(folder, classes=("gänse blümchen", "rose"), count=10):
    rng = np.random.default_rng(0)
    for name in classes:
        (folder / name).mkdir(parents=True)
        for number in range(count):
            picture = Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8))
            picture.save(folder / name / f"bild {number}.png")
    return folder


def overlay_for(folder):
    return f"data: {{source: folder, name: eigene, path: '{folder}'}}"


def test_folders_may_have_spaces_and_any_letters(new_study, tmp_path):
    study = new_study(tmp_path / "eine Studie: ä")
    folder = images(tmp_path / "meine schönen Bilder")
    study.make(SPLITS, overlay=overlay_for(folder))
    manifest = next((study.folder / "data" / "prepared").glob("*/manifest.csv")).read_text(encoding="utf-8")
    assert manifest.count("gänse blümchen/bild ") == 10
    # Prepared once; where the folder is gone, what was made of it stays
    folder.rename(tmp_path / "elsewhere")
    assert "Nothing to be done" in study.make(SPLITS, overlay=overlay_for(folder))


def test_a_file_that_is_no_image_is_named_and_its_log_is_shown(new_study, tmp_path):
    study, folder = new_study(tmp_path / "study"), images(tmp_path / "photos")
    (folder / "rose" / "bild 3.png").write_text("no image")
    done = study.snakemake(SPLITS, overlay=overlay_for(folder))
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    # Where it happened, and once more at the end
    assert done.stdout.count("error: rose/bild 3.png is no readable image") == 2
    study.make(SPLITS, overlay=overlay_for(folder).replace("}", ", on_bad_image: skip}"))


def test_one_class_alone_is_an_error_in_the_terminal(new_study, tmp_path):
    study, folder = new_study(tmp_path / "study"), images(tmp_path / "photos", classes=["rose"])
    done = study.snakemake(SPLITS, overlay=overlay_for(folder))
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    assert "found only the class folder 'rose'" in done.stdout
