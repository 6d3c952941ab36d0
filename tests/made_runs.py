"""A study of made-up runs: planned, stored, and one of each kind that is not as the others are."""

import json

from made_up import made_candidate, made_epoch, made_metrics, made_plan, made_spec

from blocktune.files.history import Epoch
from blocktune.files.plan import ArmPlan
from blocktune.runs.store import Store
from blocktune.settings.model import Settings

KEY, STUDY = "VGG16-ours", "=cmd|' /C calc'!A0"
RATES = {"bw": 1e-3, "lw": 1e-4, "lost": 1e-2, "discarded": 0.1, "diverged": 1.0, "open": 0.5, "arm": 0.25}
SPECS = {
    name: made_spec(
        {
            "learning_rate": rate,
            "batch_size": 4,
            "epochs": 3,
            "augmentation": {"flip": True, "crop": 0.0, "colour": 0.0},
        },
        seed=1,
    )
    for name, rate in RATES.items()
}
RUN = {name: spec.run_id for name, spec in SPECS.items()}
TEST = {"last": {"accuracy": 0.625, "right": "f0"}, "best": {"accuracy": 0.75, "right": "f1"}}


def epoch(number, loss, score):
    return made_epoch(number, loss=loss, val_loss=loss, val_accuracy=score)


def put(store, name, epochs, pause=None, **changes):
    score = None if name == "diverged" else epochs[-1].val_accuracy
    metrics = made_metrics(score, epochs=len(epochs), **changes)
    resources = {"seconds": 60.0, "seconds_epochs": [10.0, 20.0, 30.0][: len(epochs)], "versions": {"keras": "3"}}
    store.put(SPECS[name], metrics, Epoch.table(epochs), resources, epochs=pause)


def planned(strategy, name, number=1, **changes):
    return made_candidate(strategy, number, run=RUN[name], **changes)


def made_folder(folder):
    """Make a study's folder: settings, plans of its stages, and a store that lacks one run."""
    plans, store = folder / "results" / "plan", Store(folder / "data" / "store")
    settings = Settings(study=STUDY, backbones=[{"name": "VGG16", "weights": "none"}], export={"to": ["csv"]})
    (plans / "settings").mkdir(parents=True)
    (plans / "settings" / "settings.json").write_text(json.dumps(settings.model_dump(mode="json")))
    whole = [epoch(1, 2.0, 0.25), epoch(2, 1.0, None), epoch(3, 0.5, 0.75)]
    put(store, "bw", whole, parameters_trained=30, test=TEST)
    put(store, "lw", whole)
    put(store, "arm", whole)
    put(store, "discarded", whole[:1], pause=1)
    put(store, "diverged", [epoch(1, float("nan"), float("nan"))])
    names = tuple(f"block_{number}" for number in range(40))
    listed = [
        planned("lw", "lw"),
        planned("lw", "bw", 2),
        planned("bw", "bw", names=names),
        planned("bw", "diverged", 2),
    ]
    listed += [planned("bw", "discarded", 3), planned("bw", "open", 4)]
    specs = {SPECS[name].run_id: SPECS[name] for name in RATES}
    for file, stage, trained, pause in (
        ("search", "search", ["lw", "bw", "diverged", "open"], None),
        ("rung1", "rung1", ["discarded"], 1),
        ("rung2", "rung2", [], 3),
        ("final", "final", ["bw"], None),
    ):
        jobs = {RUN[name]: (RUN[name],) for name in trained}
        plan = made_plan(listed, specs, stage=stage, backbone=KEY, jobs=jobs, pause_after=pause)
        plan.write(plans / KEY / f"{file}.json")
    cell = {"factor": "optimizer", "level": "sgd", "value": None, "reference": False, "strategy": "bw", "seed": 1}
    facts = {"stage": "factors", "backbone": KEY, "title": "x", "arm": "own", "factor": "", "level": ""}
    jobs = {"j": (RUN["arm"],)}
    cells = ({**cell, "run": RUN["arm"]},)
    ArmPlan(**facts, runs=specs, jobs=jobs, estimated_seconds=0, cells=cells, rows={}).write(
        plans / KEY / "factors/own.json"
    )
    return folder
