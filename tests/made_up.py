"""Files of steps that tests make up: whole ones, of which a test names what it is about."""

from blocktune.files.dataset import Dataset, PartSummary, SixteenBit, SplitSummary
from blocktune.files.history import Epoch
from blocktune.files.layers import InspectedBackbone, Layer
from blocktune.files.plan import Plan, PlannedCandidate
from blocktune.files.rounds_scores import ArmBelief, ArmFound, ArmTraining, RoundFound, RoundsScores, StrategyFound
from blocktune.files.search_scores import HalvedRun, HalvingDetails, HalvingScores
from blocktune.files.spec import RunSpec
from blocktune.files.study import Study


def made_dataset(classes=("a", "b"), **changes):
    """What is known of prepared images, ten of each class."""
    fields = {
        "source": "folder",
        "name": "x",
        "image_size": 8,
        "classes": tuple(classes),
        "counts": dict.fromkeys(classes, 10),
        "images": 10 * len(classes),
        "skipped": (),
        "duplicates": 0,
        "pixel_duplicates": 0,
        "left_out": (),
        "sixteen_bit": SixteenBit(0, 65535, None),
        "digest": "0" * 64,
    }
    return Dataset(**fields | changes)


def made_parts(**sizes):
    """The summary of a split into parts of these sizes, all of one class."""
    parts = {name: PartSummary(size, {"a": size}, "0" * 64) for name, size in sizes.items()}
    return SplitSummary("stratified", 1, "0" * 64, parts, 0, 0, 0, "0" * 64)


def made_study(**changes):
    """The protocol of a study; no run of it scores like guessing, unless `most_frequent` says so."""
    images = changes.get("images", {"search": 100, "final": 500, "validation": 200, "test": 300})
    fields = {
        "study": "x",
        "seed": 1,
        "repeats": 1,
        "epochs": 2,
        "batch_size": 4,
        "learning_rate": 1e-3,
        "image_size": 32,
        "range": "native",
        "counts": "last",
        "batch_norm": "layer",
        "optimizer": "adam",
        "rates": (),
        "candidates": None,
        "span_blocks": None,
        "delimiters": "weightless",
        "recipe": "",
        "changes": {},
        "protocol": "holdout" if "test" in images else "paper",
        "choose_by": "accuracy",
        "augmentation": "",
        "each_repeat": "same",
        "dataset": "tf_flowers",
        "source": "folder",
        "images": images,
        "most_frequent": dict.fromkeys(images, 0) | changes.pop("most_frequent", {}),
        "classes": ("a", "b"),
        "strategies": ("baseline1", "baseline2", "bw"),
        "top_k": (3, 5),
        "method": "exhaustive",
        "titles": {},
    }
    return Study(**fields | changes)


def made_backbone(key="x", **changes):
    """A backbone as layer tables have it."""
    about = {"name": key, "alpha": None, "weights": "none", "native": None, "label": None}
    return InspectedBackbone(**{**about, "key": key, "title": key, "weights_kind": "none", **changes})


def made_layer(index, name="layer", type="Conv2D", parameters=10, **changes):
    """A layer that ends what comes before it."""
    fields = {"state": 0, "cut": True, "random": False, "output_shape": (4, 4, 2), **changes}
    return Layer(index, name, type, parameters, **fields)


def made_spec(training=None, **changes):
    """The specification of a run that trains by steps, unless `training` is empty."""
    digests = dict.fromkeys(("data", "train_rows", "validation_rows"), "0" * 64)
    fields = {
        "protocol": 2,
        "backend": "tensorflow",
        "backbone": {"name": "VGG16", "alpha": None, "weights": "0" * 64},
        "image_size": 8,
        "pixel_range": "unit",
        "classes": 5,
        "unfrozen": (1,),
        "head": {"pooling": "flatten", "units": []},
        "seed": 1,
    }
    steps = {"learning_rate": 1e-3, "batch_size": 4, "epochs": 2} if training is None else training
    return RunSpec(**fields | digests | changes, training=steps)


def made_epoch(epoch=1, **changes):
    """An epoch of a history."""
    known = {"loss": 1.0, "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.5, "learning_rate": 1e-3}
    return Epoch(epoch=epoch, **known | changes)


def made_metrics(accuracy=0.5, **changes):
    """Metrics of a run of one epoch; None is one that diverged."""
    scores = {"last_accuracy": accuracy, "best_accuracy": accuracy, "best_epoch": accuracy and 1}
    return {"diverged": accuracy is None, "epochs": 1, **scores, **changes}


def made_halving(runs, backbone="VGG16"):
    """What halving found of runs (id, epochs, accuracy)."""
    halved = tuple(HalvedRun(run, (1,), epochs, accuracy) for run, epochs, accuracy in runs)
    fields = {"method": "halving", "backbone": backbone, "seed": 1, "epochs": sum(run.epochs for run in halved)}
    return HalvingScores(**fields, scores=(), details=HalvingDetails((), (), halved))


def made_rounds(arms, backbone="VGG16", strategy="tail"):
    """What a race of two rounds found: by run the rate and the accuracies with each seed, None where it diverged.

    The most accurate arm is the answer, and that of the strategy.
    """
    found, known = [], {}
    for place, (run, (rate, accuracies)) in enumerate(arms.items()):
        trainings = tuple(
            ArmTraining(run if seed == 1 else f"{run}s{seed}", seed, min(seed, 2), accuracy, accuracy)
            for seed, accuracy in enumerate(accuracies, 1)
        )
        if accuracies and accuracies[-1] is not None:
            known[run] = accuracies[-1]
        belief = ArmBelief(0.6 + place / 100, 0.5, 0.8)
        found.append(ArmFound(run, (place,), rate, 10 * place, trainings, belief, 1 / len(arms)))
    best = max(known, key=known.__getitem__, default=None)
    beliefs = tuple(arm.belief for arm in found) if known else None
    sure = (0.12, 0.31, 0.71, 0.62, 0.999, 0.97) if known else (None,) * 6
    rounds = (
        RoundFound(0, 0, None, None),
        RoundFound(1, 4, best, sure[0], beliefs),
        RoundFound(2, 5, best, sure[0], beliefs),
    )
    winner = best or next(iter(arms))
    return RoundsScores(
        method="race",
        backbone=backbone,
        seed=1,
        epochs=10,
        budget=8,
        tolerance=0.25,
        trainings=5,
        ended="tolerance",
        answer=winner,
        worth="accuracy",
        points=100.0,
        probe=None,
        rounds=rounds,
        arms=tuple(found),
        strategies=(StrategyFound(strategy, winner, (winner,), *sure),),
    )


def made_candidate(strategy, number=1, run=None, layers=(1,), **changes):
    """A candidate in a plan; its run is called after it."""
    span = {"first": min(layers, default=None), "last": max(layers, default=None)}
    names = tuple(f"layer{layer}" for layer in layers)
    fields = {"names": names, "parameters": 10 * len(layers), "run": run or f"{strategy}{number}", **span}
    return PlannedCandidate(**{"strategy": strategy, "candidate": number, "layers": tuple(layers), **fields, **changes})


def made_plan(candidates, specs=None, **changes):
    """The plan of a stage; runs that `specs` does not name are all alike."""
    known = specs or {}
    fields = {
        "stage": "search",
        "backbone": "VGG16",
        "title": "VGG16",
        "candidates": tuple(candidates),
        "runs": {**{entry.run: made_spec() for entry in candidates}, **known},
        "jobs": {},
        "estimated_seconds": 0,
    }
    return Plan(**fields | changes)
