"""Files of steps that tests make up: whole ones, of which a test names what it is about."""

from blocktune.files.layers import InspectedBackbone, Layer
from blocktune.files.plan import Plan, PlannedCandidate
from blocktune.files.spec import RunSpec


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
