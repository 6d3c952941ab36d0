"""How the search's cost grows: with jobs side by side, candidates, images, image size, batch size, and depth.

Each measurement is made once, on an idle machine (`quiet`).
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from machine import machine_facts
from quiet import Round, fresh, headline, marks, quiet_round
from study import Network, depth_of, distinct_by_depth, plan_search, train

from blocktune.files.plain import write_json
from blocktune.files.plan import Plan

HERE = Path(__file__).parent


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="archive of class folders, e.g. flower_photos.tgz")
    parser.add_argument("--weights", type=Path, required=True, help="weights of MobileNet 0.25 without top (.h5)")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--sample", type=int, default=8, help="candidates a measurement (default 8)")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2], help="jobs side by side (default 1 2)")
    parser.add_argument("--force", action="store_true", help="measure beside other work too, and mark the result")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "scaling.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        found = measure(options, Path(temporary))
    marked = marks(one for varied in found.values() for one in varied)
    write_json(options.output, {"machine": machine_facts(), "epochs": options.epochs, **marked, **found})
    print(headline("measured", marked))


def measure(options: argparse.Namespace, work: Path) -> dict[str, list[Round]]:
    """Vary one thing at a time around 96 px, a tenth of the images, batches of 4 and the sample of candidates.

    Depth is varied with one candidate after the other, each alone: everything below the first layer that it trains is
    computed once.
    """
    network = Network(options.archive, options.weights)

    def cost(
        name: str,
        image_size: int = 96,
        share: float = 0.1,
        batch_size: int = 4,
        count: int = options.sample,
        jobs: int = 2,
        depth: float | None = None,
    ) -> Round:
        files = plan_search(network, work / name, options.epochs, image_size, share, batch_size=batch_size)
        plan = Plan.read(files.plan)
        runs = distinct_by_depth(plan)
        places = np.linspace(0, 1, count) if depth is None else [depth]
        chosen = [runs[place] for place in np.round(np.multiply(places, len(runs) - 1)).astype(int)]
        first = None if depth is None else depth_of(plan)[chosen[0]]

        def task() -> Round:
            wall, trained = train(files, chosen, jobs, fresh(work / f"{name} trained"))
            resources = [run["resources"] for run in trained.values()]
            return {
                "runs": len(trained),
                "wall_seconds": wall,
                "cpu_seconds": sum(entry["cpu_seconds"] for entry in resources),
                "seconds_epochs": sum(sum(entry["seconds_epochs"]) for entry in resources),
                "peak_memory_mb": max(entry["peak_memory_mb"] for entry in resources),
            }

        varied = {"image_size": image_size, "search_share": share, "batch_size": batch_size, "jobs": jobs}
        return varied | {"candidates": len(chosen), "first_layer": first} | quiet_round(name, task, options.force)

    sample = options.sample
    return {
        "jobs": [cost(f"jobs{jobs}", jobs=jobs) for jobs in options.jobs],
        "candidates": [cost(f"count{count}", count=count) for count in (sample // 2, sample, 2 * sample)],
        "images": [cost(f"share{share}", share=share) for share in (0.05, 0.1, 0.2)],
        "image_size": [cost(f"size{size}", image_size=size) for size in (64, 96, 128, 160)],
        "batch_size": [cost(f"batch{size}", batch_size=size) for size in (4, 8, 16, 32)],
        "depth": [cost(f"depth{depth}", depth=depth, jobs=1) for depth in (0.0, 0.25, 0.5, 0.75, 1.0)],
    }


if __name__ == "__main__":
    main()
