"""Which families of keras-hub blocktune takes: small random networks of each, planned, cut, and trained for one step.

No speed is measured here. A step is trained twice, once above the frozen prefix and once from pixels, and the losses
are compared. What is no network for images is listed with the reason.
"""

import argparse
import csv
import inspect
import io
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras_hub
import numpy as np
from hub_networks import SEVERAL, SIZE, SMALL, made

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.candidates.candidate import Candidate
from blocktune.candidates.strategies import blocks
from blocktune.document.blocks import Bullets, Table
from blocktune.document.markdown import render
from blocktune.errors import BlocktuneError
from blocktune.files.layers import LayerTable
from blocktune.files.plain import write_json, write_text
from blocktune.known_keras import keras
from blocktune.runs.spec import Part, run_spec
from blocktune.settings.backbone import Backbone
from blocktune.settings.head import Head, Pixels
from blocktune.settings.model import Settings
from blocktune.settings.training import Training
from blocktune.training.assemble import ImageSet
from blocktune.training.finished import Finished
from blocktune.training.process import one_thread_per_process
from blocktune.training.train import train_run

HERE = Path(__file__).parent
_LONGEST = 200
CLASSES = 3
_OTHERS = {
    "DFineBackbone": "finds objects: images and the numbers of queries go in; not tried",
    "FluxBackbone": "makes images",
}
PART = Part(np.arange(8), np.arange(8, 14))


def main() -> None:
    """Parse, try every family, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="CLASS", help="only these (default: all)")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "hub_families.json")
    options = parser.parse_args()
    one_thread_per_process()
    families = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only or every_family():
            families[name] = trial(name, Path(folder))
            print(name, families[name], flush=True)
    versions = {name: version(name) for name in ("keras-hub", "keras", "tensorflow")}
    result = {"what": "small networks with random weights, one step", "versions": versions, "families": families}
    write_json(options.output, result)
    write_text(options.output.with_suffix(".md"), markdown(result))


def every_family() -> list[str]:
    """Return the classes of all backbones of keras-hub, and further kinds of them."""
    models = vars(keras_hub.models)
    base = (keras_hub.models.Backbone, keras_hub.models.FeaturePyramidBackbone)
    found = {kind.__name__ for kind in models.values() if inspect.isclass(kind) and issubclass(kind, base)}
    return sorted({*found, *SEVERAL} - {kind.__name__ for kind in base}, key=str.lower)


def trial(name: str, folder: Path) -> dict[str, Any]:
    """Return what becomes of a family: what was planned, cut and trained, or `why` not."""
    if name not in SMALL and name not in SEVERAL:
        return {"why": _no_images(name)}
    try:
        entry = preset(name, folder)
        table = layer_table(build_backbone(entry, SIZE, 1), entry, 1)
        found = blocks(table.layers)
        about = {
            "layers": len(table.layers),
            "weighted": sum(layer.weighted for layer in table.layers),
            "blocks": len(found),
            "blocks_by_nature": len({layer.block for layer in table.layers if layer.block}),
            # The input can be cut behind as well, which saves nothing
            "cuts": sum(layer.cut for layer in table.layers[1:]),
            "output": list(table.layers[-1].output_shape),
        }
        above, whole = (_loss(trained(entry, table, found[0], memory)) for memory in (1.0, 0.0))
    # keras-hub raises whatever it stumbles over
    except Exception as error:
        said = str(error).replace(str(folder), "FOLDER")
        return {"why": said if isinstance(error, BlocktuneError) else f"keras-hub: {said[:_LONGEST]}"}
    return about | {"step": {"above_prefix": above, "whole": whole, "difference": abs(above - whole)}}


def preset(name: str, folder: Path) -> Backbone:
    """Save a small network of a family as a preset, with the pixels that it takes, and return its settings' entry."""
    keras.utils.set_random_seed(1)
    place = folder / name.replace(", ", "-")
    made(name).save_to_preset(str(place))
    keras_hub.layers.ImageConverter(image_size=(SIZE, SIZE), scale=1 / 127.5, offset=-1).save_to_preset(str(place))
    return Backbone(name=f"hub:{place}")


def trained(entry: Backbone, table: LayerTable, block: Candidate, memory_gb: float) -> Finished:
    """Train a block and a head for one step on pictures of noise, above the frozen prefix if there is memory."""
    settings = Settings(
        backbones=[entry],
        pixels=Pixels(range="native"),
        head=Head(pooling="average", units=()),
        training=Training(epochs=1, batch_size=len(PART.train), learning_rate=1e-3),
    )
    spec = run_spec(settings, table, "noise", CLASSES, PART, block.layers)
    random = np.random.default_rng(1)
    count = len(PART.train) + len(PART.validation)
    pictures = random.integers(0, 256, (count, SIZE, SIZE, 3)).astype(np.uint8)
    images = ImageSet(pictures, np.arange(count) % CLASSES)
    return train_run(spec, build_backbone(entry, SIZE, 1), table, images, PART, memory_gb)


def _loss(finished: Finished) -> float:
    """The loss on the validation images after the step."""
    *_, last = csv.DictReader(io.StringIO(finished.history))
    return float(last["val_loss"])


def _no_images(name: str) -> str:
    """Why nothing is tried: what a class takes, by the arguments that it is made by."""
    takes = inspect.signature(getattr(keras_hub.models, name).__init__).parameters
    if "num_frames" in takes:
        return "takes videos"
    tower = next((part for part in ("vision_encoder", "image_encoder") if part in takes), None)
    if tower is not None:
        return f"several networks, of which the {tower} is taken; not tried"
    if any("vision" in part or "image" in part for part in takes) and name not in _OTHERS:
        return "several networks, none of which blocktune looks for; not tried"
    return _OTHERS.get(name, "takes no images")


def markdown(result: dict[str, Any]) -> str:
    """Return the table of all families that were tried, and why the others were not."""
    rows, others = [], {}
    for name, family in result["families"].items():
        if "step" in family:
            numbers = [str(family[key]) for key in ("layers", "weighted", "blocks", "blocks_by_nature", "cuts")]
            rows.append((name, *numbers, f"{family['step']['difference']:.1g}"))
        else:
            others.setdefault(family["why"], []).append(name)
    head = ("Class", "Layers", "with weights", "Blocks", "of these by nature", "Cuts", "Difference of the losses")
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    caption = (
        f"Small networks with random weights, {versions}. A step was trained above the frozen prefix and from pixels; "
        "the last column compares the validation losses after it."
    )
    told = [f"{why}: {', '.join(names)}" for why, names in sorted(others.items(), key=lambda entry: entry[1])]
    return render([Table(head, rows, caption), Bullets(told)])


if __name__ == "__main__":
    main()
