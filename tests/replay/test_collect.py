"""From plans and records of runs to a table of arms, and how it is described."""

import hashlib
import json

import mlcroissant
import numpy as np
import pytest
from made_up import made_dataset, made_epoch

from blocktune.errors import BlocktuneError
from blocktune.files.dataset import PartSummary
from blocktune.files.history import Epoch
from blocktune.files.layers import InspectedBackbone, Layer, LayerTable
from blocktune.files.search_scores import LayersScore, ScorerScores
from blocktune.replay.collect import collect
from blocktune.replay.sheet import facts_of, publish
from blocktune.search.arm_table import Table
from blocktune.search.schedule import Planner, require_one_split, table_candidates
from blocktune.settings.load import validate
from blocktune.settings.model import Settings
from blocktune.steps.arms import plan_arms
from blocktune.steps.shared import Planning

CHAIN = "InputLayer Conv2D Conv2D ReLU Conv2D ReLU Conv2D"
IMAGES = {"validation": 10, "test": 20}


@pytest.fixture
def layers():
    """A chain with three blocks: layers 1 and 2, layer 4, layer 6."""
    chain = tuple(
        Layer(index, f"layer{index}", kind, 10 * index * (kind == "Conv2D"), 0, True, False, (4, 4, 2))
        for index, kind in enumerate(CHAIN.split())
    )
    described = InspectedBackbone("TinyPlain", None, "none", None, None, "TinyPlain-none", "Tiny", "none")
    return LayerTable(described, "tensorflow", "a" * 64, 8, 1, chain)


def settings(**changes):
    given = {
        "backbones": [{"name": "TinyPlain", "weights": "none"}],
        "data": {"image_size": 8, "name": "leaves"},
        "split": {"search": 0.7},
        "evaluation": {"protocol": "holdout"},
        "training": {"epochs": 4, "schedule": "cosine", "validate_every": 2},
        "head": {"units": []},
        "search": {"strategies": ["bw", "tail"], "rates": [1e-3, 1e-2]},
    }
    return validate(Settings, given | changes)


def planned(chosen, layers, seed):
    parts = {
        "search": np.arange(70),
        "final": np.arange(70),
        "validation": np.arange(70, 80),
        "test": np.arange(80, 100),
    }
    study = Planner(chosen.model_copy(update={"seed": seed}), "d" * 64, 2, parts)
    return study.plan("arms/all", "search", layers, table_candidates(chosen, layers)[0])


def record(run, accuracy, diverged=False, test=True, kept=True):
    """A run of four epochs, scored after every other one; they take 1, 2, 3 and 4 seconds, and 5 what is no epoch."""
    epochs = [
        made_epoch(epoch, val_accuracy=accuracy * epoch / 4, val_loss=1 - accuracy * epoch / 4)
        if epoch % 2 == 0
        else made_epoch(epoch, val_accuracy=None, val_loss=None)
        for epoch in range(1, 3 if diverged else 5)
    ]
    each = [float(epoch.epoch) for epoch in epochs]
    right = np.packbits(np.arange(20) < 20 * accuracy).tobytes().hex()
    score = None if diverged else {"last": {"accuracy": accuracy, "right": right}}
    found = {
        "run": run,
        "metrics": {"diverged": diverged, "last_accuracy": None if diverged else accuracy}
        | ({"test": score} if test else {}),
        "history": Epoch.table(epochs),
        "resources": {
            "cpu_seconds": 5 + sum(each),
            "cpu_seconds_epochs": each,
            "versions": {"keras": "3"},
            "backend": "tensorflow 2",
        },
    }
    bits = np.packbits(np.arange(10) < 10 * accuracy).tobytes().hex()
    return found | ({"validation_losses": [0.25, 0.75], "validation_right": bits} if kept and not diverged else {})


def about(chosen, layers):
    parts = {part: PartSummary(count, {"oak": count - 4, "ash": 4}, "d" * 64) for part, count in IMAGES.items()}
    return facts_of(chosen, layers, made_dataset(("oak", "ash")), parts, "CC0-1.0")


def table(layers, chosen=None, proxies=(), change=lambda records: None, **options):
    chosen = chosen or settings()
    plans = [planned(chosen, layers, seed) for seed in (1, 2)]
    runs = [run for plan in plans for run in plan.runs]
    records = {run: record(run, (place % 10 + 1) / 10, **options) for place, run in enumerate(runs)}
    change(records)
    return collect(about(chosen, layers), layers, "weightless", plans, records, proxies), records, plans


def test_layers_at_a_rate_are_one_arm_whatever_strategies_call_them(layers):
    found, _, _ = table(layers)
    # Head, everything, three blocks and one further tail (the last is everything, the first the last block), two rates
    assert len(found.arms) == 2 * 6
    assert found.arm("tail 1", rate=1e-2) == found.arm("bw 1", rate=1e-2)
    everything = found.arm("tail 3", rate=1e-3)
    assert everything.names == (("baseline2", 1), ("tail", 3)) and everything.blocks == (1, 3)
    assert (everything.layers, everything.parameters) == ((1, 2, 4, 6), 130)
    assert found.arm("bw 2", rate=1e-3).blocks == (2, 2)
    head = found.arm("baseline1 1", rate=1e-3)
    assert (head.layers, head.first, head.blocks) == ((), None, None)


def test_trainings_are_those_of_the_runs(layers):
    found, records, plans = table(layers)
    arm = found.arm("bw 3", rate=1e-2)
    for seed, plan in zip(found.seeds, plans, strict=True):
        (run,) = {
            entry.run
            for entry in plan.candidates
            if (entry.strategy, entry.candidate) == ("bw", 3) and plan.runs[entry.run].training["learning_rate"] == 1e-2
        }
        accuracy = records[run]["metrics"]["last_accuracy"]
        assert found.curve(arm, seed).epochs.tolist() == [2, 4]
        assert found.curve(arm, seed).accuracy.tolist() == pytest.approx([accuracy / 2, accuracy])
        assert found.accuracy(arm, seed, "test") == pytest.approx(accuracy)
        assert found.right(arm, seed).sum() == round(10 * accuracy)
    assert [found.price(arm, 1, epochs) for epochs in (0, 1, 4)] == [5, 6, 15]
    assert found.loss(arm, 1) == 0.5
    assert found.probe(1, "seconds") == 15 and found.has_probe


def test_a_run_that_diverged_is_in_the_table(layers):
    plan = planned(settings(), layers, 1)
    run = next(entry.run for entry in plan.candidates if entry.strategy == "bw")
    found, _, _ = table(layers, change=lambda records: records.update({run: record(run, 0.5, diverged=True)}))
    arm = found.arm("bw 1", rate=1e-3)
    assert found.diverged(arm, 1) and found.price(arm, 1) == 8
    assert found.curve(arm, 1).epochs.tolist() == [2]
    assert not found.right(arm, 1, "test").any()


def test_what_runs_do_not_say_is_left_out(layers):
    found, _, _ = table(layers, test=False, kept=False)
    assert found.about["images"] == {"validation": 10}
    assert not found.says_which("validation") and np.isnan(found.loss(found.arms[0], 1))


def test_scores_of_every_seed_are_kept_by_layers(layers):
    def scores(seed, method="prior"):
        listed = (LayersScore((6,), seed + 0.5), LayersScore((4,), None))
        facts = {"method": method, "backbone": "TinyPlain-none", "seed": seed, "epochs": 0, "details": {}}
        return ScorerScores(**facts, cpu_seconds=7.0, scores=listed)

    found, _, _ = table(layers, proxies=[scores(1), scores(2), scores(1, "graft")])
    assert found.methods == ["prior"]
    assert found.scores("prior", 2)[found.arm("bw 1", rate=1e-2).index] == 2.5
    assert np.isnan(found.scores("prior", 1)[found.arm("bw 2", rate=1e-2).index])


def test_a_run_that_is_missing_is_named(layers):
    with pytest.raises(BlocktuneError, match=r"leaves, Tiny, 8 px: run \w+ has not been trained"):
        table(layers, change=lambda records: records.popitem() and records.popitem())


def test_what_is_no_arm_is_named(layers):
    chosen = settings(
        search={"strategies": ["lw", "bwt"], "top_k": [2], "random_layers": 2}, baselines={"also": ["quarter", "decay"]}
    )
    candidates, left_out = table_candidates(chosen, layers)
    assert {one.strategy for one in candidates} == {"baseline1", "baseline2", "lw", "quarter", "probe"}
    assert left_out == ["random2", "decay", "bwt2"]


def test_repeats_must_share_their_images():
    require_one_split(settings(repeats=3))
    with pytest.raises(BlocktuneError, match=r"split\.each_repeat is new"):
        require_one_split(settings(repeats=3, split={"search": 0.7, "each_repeat": "new"}))


def test_one_cell_of_repeats_with_images_of_their_own_is_refused_too(layers, tmp_path):
    """Whoever asks for the cell's file alone is told before anything trains."""
    chosen = settings(split={"search": 0.7, "each_repeat": "new"})
    row = Planning(chosen, layers, tmp_path / "dataset.json", tmp_path / "splits.csv", repeat=2)
    with pytest.raises(BlocktuneError, match=r"split\.each_repeat is new"):
        plan_arms(row, None, tmp_path / "all.json")
    assert not (tmp_path / "all.json").exists()


def test_it_is_published_with_a_data_sheet_and_croissant_metadata(layers, tmp_path):
    found, _, _ = table(layers)
    files = [tmp_path / name for name in ("arms.npz", "arms.md", "arms.croissant.json")]
    publish([found], *files)
    assert Table.load(files[0]).arms == found.arms
    sheet = files[1].read_text(encoding="utf-8")
    assert "| leaves, Tiny, 8 px | 12 | 0.001, 0.01 | 2 | 4 | 2, 4 | 10 | 20 |" in sheet
    for name in found.arrays():
        assert f"`{name}`" in sheet
    for words in ("## How it was made", "## Limits", "Of these numbers: CC0-1.0", "keras 3"):
        assert words in sheet
    croissant = json.loads(files[2].read_text(encoding="utf-8"))
    assert croissant["conformsTo"].endswith("/croissant/1.0") and croissant["@type"] == "sc:Dataset"
    assert all(croissant[name] for name in ("@context", "name", "description", "license"))
    (file,) = croissant["distribution"]
    content = files[0].read_bytes()
    assert file["sha256"] == hashlib.sha256(content).hexdigest() and file["contentSize"] == f"{len(content)} B"
    (cells,) = croissant["recordSet"]
    assert {field["@id"] for field in cells["field"]} == set(cells["data"][0])
    assert cells["data"][0]["cells/arms"] == 12 and croissant["license"] == "CC0-1.0"
    # Croissant's own reader takes it
    read = mlcroissant.Dataset(files[2])
    assert not read.metadata.ctx.issues.errors
    (record,) = read.records("cells")
    assert record["cells/arms"] == 12
