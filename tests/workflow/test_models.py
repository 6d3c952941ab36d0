"""The tuned model out of a finished study."""

import csv
import io
import json
import zipfile

from huggingface_hub import ModelCard

BACKBONE = "TinyPlain-digits"


def test_the_best_model_is_the_studys_own_run(finished, tmp_path):
    study = finished.copy(tmp_path)
    study.make("--config", "licence=CC-BY-4.0", "--", "models")
    folder = f"results/models/{BACKBONE}/best"
    found = study.json(f"{folder}/evaluation.json")
    (row, *_) = csv.DictReader(io.StringIO(study.read("results/tables/table1.csv")))
    accuracies = {strategy: float(value) for strategy, value in row.items() if strategy != "backbone"}
    # The model's own predictions on the validation part, from stored pixels through resizing and range
    assert abs(found["accuracy"] - max(accuracies.values())) < 5e-7
    assert accuracies[found["strategy"]] == max(accuracies.values())
    assert found["repeated"] is True and found["scored"] == "validation"
    assert study.json(f"{folder}/labels.json") == ["5", "6", "7", "8", "9"]
    # What `evaluate` tells training images by
    known = study.json(f"{folder}/images.json")
    sizes = {part: facts["images"] for part, facts in study.json("results/plan/splits.json")["parts"].items()}
    assert known["max_16bit"] == 65535
    assert {part: len(digests) for part, digests in known["images"].items()} == {
        "training": sizes["final"],
        "validation": sizes["validation"],
    }
    card = study.read(f"{folder}/README.md")
    assert f"{found['accuracy']:.4f}" in card and "pre-trained on handwritten digits" in card
    assert "so these scores are optimistic" in card
    saved_by = json.loads(zipfile.ZipFile(study.folder / folder / "model.keras").read("metadata.json"))["keras_version"]
    assert f"Saved by Keras {saved_by}; Keras older than 3.15 can't read it" in card
    # The folder is a repository of the Hugging Face Hub
    about = ModelCard.load(study.folder / folder / "README.md").data
    assert (about.library_name, about.license, about.base_model) == ("keras", "cc-by-4.0", BACKBONE)
    accuracy = next(one for one in about.eval_results if one.metric_type == "accuracy")
    assert accuracy.metric_value == found["accuracy"] and accuracy.dataset_split == "validation"
