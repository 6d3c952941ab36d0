"""The factor study in a tiny study: planned before it trains, nothing trained twice, measured on what was tuned."""

import csv

import pytest

BACKBONE = "TinyPlain-digits"

OVERLAY = """
factors:
  seeds: 1
  learning_rate: [1.0e-1]
  images: [5, all]
  imbalance: {ratios: []}
  optimizer: []
  targets: {shifts: [blur], strengths: [1.0]}
  source: {classes: [2], arms: [each], per_class: 40}
"""


def rows(study, name):
    return list(csv.DictReader(study.read(f"results/tables/factors/{name}.csv").splitlines()))


def test_factors_of_a_finished_study(finished, tmp_path):
    study = finished.copy(tmp_path)
    known = study.trained()
    table = study.read("results/tables/table1.csv")
    said = study.make("--config", "runs_per_job=auto", "--", "factors", overlay=OVERLAY)

    # How much it is was said before anything trained
    design = study.json("results/plan/factors/design.json")
    assert f"factors: screening design, {design['runs']} runs" in said
    assert said.index("factors: screening") < said.index("rule train_factors")

    # The study's own runs are the reference, and stay as they were
    responses = rows(study, "responses")
    final = {
        entry["strategy"]: entry["run"] for entry in study.json(f"results/plan/{BACKBONE}/final.json")["candidates"]
    }
    for row in responses:
        if row["reference"] == "1":
            assert row["run"] == final[row["strategy"]]
    assert {name: when for name, when in study.trained().items() if name in known} == known
    assert study.read("results/tables/table1.csv") == table
    logs = study.folder.glob("results/logs/train/*/factors/*/*.log")
    assert not [log for log in logs if "other last digits" in log.read_text(encoding="utf-8")]
    assert len({row["run"] for row in responses if row["factor"] != "where"}) == design["runs"]
    assert {row["factor"] for row in responses} == {"learning_rate", "images", "target", "source", "where"}
    assert {row["level"] for row in responses if row["factor"] == "source"} == {"own", "2 classes, same of each"}

    # What is frozen stays, what tunes moves, and features below the first tuned layer are the same
    layers = rows(study, "layers")
    frozen = [row for row in layers if row["unfrozen"] == "0"]
    assert frozen and {(row["relative_change"], row["cosine"]) for row in frozen} == {("0.0", "1.0")}
    tuned = [row for row in layers if row["strategy"] == "baseline2" and row["factor"] == "learning_rate"]
    assert min(float(row["relative_change"]) for row in tuned) > 0
    assert {round(float(row["cka"]), 9) for row in layers if row["strategy"] == "baseline1"} == {1.0}

    # The report has it, and a second call has nothing to do
    page = study.read("results/report.html")
    assert "Other factors" in page and "Accuracy over the initial learning rate" in page
    assert "What decides whether fine-tuning works" in study.read("results/tables/factors.md")
    assert "Nothing to be done" in study.make("--config", "runs_per_job=auto", "--", "factors", overlay=OVERLAY)
    study.check_planned_again("--config", "runs_per_job=auto", "--", "factors", overlay=OVERLAY)


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ("factors: {source: {classes: [2, 6]}}", "factors.source.classes: 6 of the source's classes are asked for"),
        ("factors: {images: [5, 5]}", "factors.images: lists 5 more than once"),
        ("factors: {targets: {also: [{name: x, source: folder, path: nowhere}]}}", "nowhere"),
    ],
)
def test_levels_that_cannot_be_are_said_before_anything_runs(new_study, tmp_path, overlay, said):
    study = new_study(tmp_path / "study")
    done = study.snakemake("-n", "--", "factors", overlay=overlay)
    assert done.returncode == 1
    assert said in done.stdout
    assert "Traceback" not in done.stdout
    assert not list(study.folder.glob("results/runs/**/*.json"))


def test_a_level_with_too_few_images_trains_nothing_of_the_factor_study(finished, tmp_path):
    study = finished.copy(tmp_path)
    done = study.snakemake("--", "factors", overlay="factors: {images: [5000], source: {classes: []}}")
    assert done.returncode == 1
    assert "factors.images: class" in done.stdout and "ask for at most" in done.stdout
    assert "Traceback" not in done.stdout
    assert not list(study.folder.glob(f"results/runs/{BACKBONE}/factors"))


def test_a_target_with_other_classes_is_refused(finished, tmp_path):
    study = finished.copy(tmp_path)
    from PIL import Image

    for name in ("cats", "dogs"):
        for number in range(8):
            place = tmp_path / "pets" / name / f"{number}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 8), (number, 2, 3)).save(place)
    also = f"[{{name: pets, source: folder, path: {tmp_path / 'pets'}}}]"
    overlay = f"factors: {{targets: {{shifts: [], also: {also}}}, source: {{classes: []}}}}"
    done = study.snakemake("--", "factors", overlay=overlay)
    assert done.returncode == 1
    assert "pets has the classes cats, dogs, but the study has 5, 6, 7, 8, 9" in done.stdout
    assert not list(study.folder.glob(f"results/runs/{BACKBONE}/factors"))
