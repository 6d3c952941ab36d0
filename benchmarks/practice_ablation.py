"""Why each line of the recipe for practice is there: one change at a time, on every target and small network.

Every run tunes the upper half of a network's blocks (a `tail`) on the whole training set. Accuracies are those of the
validation images, which choose, and of the test images, which choose nothing. Runs are kept in `--work`: the same
command goes on where it stopped.
"""

import argparse
import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from practice_cells import CELLS, DEFAULTS, HERE, Open, open_cell, specs_of

from blocktune.candidates.further import linear_probe
from blocktune.candidates.strategies import tails
from blocktune.files.plain import read_json, write_json, write_text
from blocktune.settings.load import load_config, read_files
from blocktune.training.process import one_thread_per_process

# What every change is made to: the preset, at half of its epochs; every epoch scored, as in the runs that were kept
BASE: dict[str, Any] = {"training": {"epochs": 8, "validate_every": 1}}
CHANGES: dict[str, dict[str, Any]] = {
    "the recipe": {},
    "warmup: 0": {"training": {"warmup": 0.0}},
    "batch_norm: layer": {"training": {"batch_norm": "layer"}},
    "start: random": {"head": {"start": "random"}},
    "optimizer: adam": {"training": {"optimizer": "adam"}},
    "schedule: constant": {"training": {"schedule": "constant"}},
    "label_smoothing: 0.1": {"training": {"label_smoothing": 0.1}},
    "epochs: 4": {"training": {"epochs": 4}},
    "epochs: 16": {"training": {"epochs": 16}},
    "learning_rate: 1e-4": {"training": {"learning_rate": 1e-4}},
    "learning_rate: 1e-3": {"training": {"learning_rate": 1e-3}},
    "learning_rate: 3e-3": {"training": {"learning_rate": 3e-3}},
    "batch_size: 16": {"training": {"batch_size": 16}},
    "weight_decay: 0.05": {"training": {"weight_decay": 0.05}},
    "batch_size: 64": {"training": {"batch_size": 64}},
    "pooling: flatten": {"head": {"pooling": "flatten"}},
    "augmentation: flip, crop 0.3": {"training": {"augmentation": {"flip": True, "crop": 0.3, "color": 0.0}}},
    "batch_norm: adapt": {"training": {"batch_norm": "adapt"}},
    "batch_norm: layer, start: random": {"head": {"start": "random"}, "training": {"batch_norm": "layer"}},
    "warmup: 2": {"training": {"warmup": 2.0}},
}
PAPER = "the paper's recipe, 10 epochs"
"""As if it were a change: head and training as `params.yaml` has them, with the epochs that short studies have."""


WHAT = "the upper half of the blocks tuned by presets/practice.yaml with 8 epochs, and by one change of it at a time"


def main() -> None:
    """Parse, train what is missing, write after every change."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of flower_photos, sign_digits and trashnet")
    parser.add_argument("--weights", type=Path, required=True, help="folder of the networks' weights files")
    parser.add_argument("--work", type=Path, required=True, help="folder of images, layer tables and runs")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="seeds of the runs (default 1)")
    parser.add_argument("--only", nargs="+", choices=[*CHANGES, PAPER], help="these changes alone")
    parser.add_argument("--cells", type=int, nargs="+", default=range(9), help="numbers of the cells (default: 0 to 8)")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "practice_ablation.json")
    options = parser.parse_args()
    one_thread_per_process()
    cells = [open_cell(CELLS[number], options.data, options.weights, options.work) for number in options.cells]
    known = read_json(options.output)["runs"] if options.output.is_file() else []
    found = {(run["cell"], run["change"], run["seed"]): run for run in known}
    CHANGES[PAPER] = the_papers()
    probes(cells, found)
    for change in options.only or CHANGES:
        for cell in cells:
            missing = [seed for seed in options.seeds if (cell.cell.name, change, seed) not in found]
            found |= upper_half(cell, change, missing)
        runs = list(found.values())
        write_json(options.output, {"what": WHAT, "runs": runs, "noise": noise(runs)})
        write_text(options.output.with_suffix(".md"), markdown(runs))
        write_text(options.output.with_name("practice_noise.md"), noise_markdown(noise(runs)))


def the_papers() -> dict[str, Any]:
    """Return the paper's recipe as changes of the preset."""
    paper = load_config(read_files([DEFAULTS]))[0].model_dump(mode="json")
    training = paper["training"] | {"epochs": 10}
    return {"head": paper["head"], "training": training, "evaluation": {"choose_by": "accuracy"}}


def probes(cells: list[Open], found: dict[Any, Any]) -> None:
    """Add the linear probe of every cell."""
    for cell in cells:
        if (cell.cell.name, "probe", 0) not in found:
            (record,) = cell.train(specs_of(cell.study({}), cell.table, [linear_probe()]))
            found[cell.cell.name, "probe", 0] = scores(record) | {"cell": cell.cell.name, "change": "probe", "seed": 0}


def upper_half(cell: Open, change: str, seeds: Sequence[int]) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Train the upper half of the blocks with one change, once a seed, or find those runs."""
    every = tails(cell.table.layers)
    half = every[(len(every) - 1) // 2]
    changes = {
        section: BASE.get(section, {}) | CHANGES[change].get(section, {}) for section in {*BASE, *CHANGES[change]}
    }
    # Seeds share a graph, so they are trained together
    specs = [spec for seed in seeds for spec in specs_of(cell.study(changes, seed), cell.table, [half])]
    about = {"cell": cell.cell.name, "change": change}
    return {
        (cell.cell.name, change, seed): scores(record) | about | {"seed": seed}
        for seed, record in zip(seeds, cell.train(specs), strict=True)
    }


def scores(record: dict[str, Any]) -> dict[str, Any]:
    """What counts of a run: accuracies and loss at its last epoch, processor seconds; None where it diverged."""
    metrics, last = record["metrics"], [*csv.DictReader(io.StringIO(record["history"]))][-1:]
    gone = metrics["diverged"] or not last
    return {
        "validation": metrics["last_accuracy"],
        "validation_loss": None if gone else float(last[0]["val_loss"]),
        "training_loss": None if gone else float(last[0]["loss"]),
        "test": None if gone else metrics["test"]["last"]["accuracy"],
        "cpu_seconds": record["resources"]["cpu_seconds"],
        "run": record["run"],
    }


def noise(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the standard deviation between the seeds of one arm, over at least four of them, by change and cell."""
    found = []
    for change, cell in dict.fromkeys((run["change"], run["cell"]) for run in runs):
        mine = [run for run in runs if (run["change"], run["cell"]) == (change, cell)]
        if len(mine) < 4:
            continue
        of = {name: float(np.std([run[name] or 0.0 for run in mine], ddof=1)) for name in ("test", "validation")}
        found.append({"change": change, "cell": cell, "seeds": len(mine), **of})
    return found


def markdown(runs: list[dict[str, Any]]) -> str:
    """Return each change beside the recipe as a table: means over the cells and seeds that both have."""
    known = {(run["change"], run["cell"], run["seed"]): run for run in runs}
    head = ["Change", "Cells x seeds", "Test accuracy", "Points to that", "Standard error", "Worst", "Best"]
    head += ["Validation loss to that", "Processor seconds a run"]
    lines = [f"| {' | '.join(head)} |", f"|{':--|' + '--:|' * (len(head) - 1)}"]
    for change in [
        "the recipe",
        "probe",
        *(change for change in dict.fromkeys([*CHANGES, PAPER]) if change != "the recipe"),
    ]:
        # The probe has no seed: it stands beside the first seed's runs
        mine = {(cell, seed or 1): run for (name, cell, seed), run in known.items() if name == change}
        both = [place for place in mine if ("the recipe", *place) in known]
        if len(both) < 2:
            continue
        points = [100 * (_hits(mine[place]) - _hits(known["the recipe", *place])) for place in both]
        losses = [mine[place]["validation_loss"] - known["the recipe", *place]["validation_loss"] for place in both]
        name = "the recipe with 8 epochs" if change == "the recipe" else change
        cells = [f"`{name}`" if ":" in name else name, str(len(both))]
        cells.append(f"{np.mean([_hits(mine[place]) for place in both]):.3f}")
        cells += [f"{np.mean(points):+.1f}", f"{np.std(points, ddof=1) / len(points) ** 0.5:.1f}"]
        cells += [f"{min(points):+.1f}", f"{max(points):+.1f}", f"{np.mean(losses):+.3f}"]
        cells.append(f"{np.mean([mine[place]['cpu_seconds'] for place in both]):.0f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def noise_markdown(found: list[dict[str, Any]]) -> str:
    """Return the noise of one training in points as a table, a row per recipe and cell."""
    head = ["Recipe", "Target and network", "Seeds", "Test accuracy", "Validation accuracy"]
    lines = [f"| {' | '.join(head)} |", "|:--|:--|--:|--:|--:|"]
    for one in sorted(found, key=lambda one: (one["change"], one["cell"])):
        points = [f"{100 * one[name]:.2f}" for name in ("test", "validation")]
        name = {"the recipe": "the recipe with 8 epochs", "epochs: 16": "the recipe"}.get(one["change"], one["change"])
        lines.append(f"| {' | '.join([name, one['cell'], str(one['seeds']), *points])} |")
    return "\n".join(lines) + "\n"


def _hits(run: dict[str, Any]) -> float:
    """Test accuracy; 0 for a run that diverged."""
    return run["test"] or 0.0


if __name__ == "__main__":
    main()
