"""Collect the answers of the paper's recipe for `practice.py`, from studies that the workflow has finished.

A folder's study is what `blocktune new` wrote before there was a recipe for practice: the paper's head and training,
10 epochs, a search by halving on a tenth of the images, a test set that chooses nothing. Processor seconds are those of
the runs in its store. What a run had cost before it paused is lost, so they are too low.
"""

import argparse
from pathlib import Path

from practice_cells import HERE

from blocktune.files.plain import read_json, write_json

OUTPUT = HERE / "results" / "practice_paper.json"


def main() -> None:
    """Parse, read, write; a cell that is there is replaced."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", type=Path, nargs="+", help="folders of finished studies, of one network each")
    parser.add_argument("--targets", nargs="+", required=True, help="what each study's target is called in the table")
    options = parser.parse_args()
    known = read_json(OUTPUT)["cells"] if OUTPUT.is_file() else []
    cells = {(cell["target"], cell["backbone"], cell["image_size"]): cell for cell in known}
    for study, target in zip(options.studies, options.targets, strict=True):
        cell = cell_of(study, target)
        cells[cell["target"], cell["backbone"], cell["image_size"]] = cell
    write_json(OUTPUT, {"what": "the answers of the paper's recipe, seed 1", "cells": list(cells.values())})


def cell_of(study: Path, target: str) -> dict:
    """Return a finished study's answer, its test accuracy, and the processor seconds of its runs."""
    results = study / "results"
    (found,) = read_json(results / "tables" / "recommendation.json").values()
    plan = read_json(next((results / "plan").glob("*/search.json")))
    settings = read_json(results / "plan" / "settings" / "settings.json")
    runs = [*study.glob("data/store/??/*/resources.json"), *study.glob("data/store/paused/*/resources.json")]
    best = found["best"]
    return {
        "target": target,
        "backbone": plan["title"],
        "image_size": settings["data"]["image_size"],
        "paper_answer": best["accuracy"],
        "paper_answer_is": f"{best['strategy']} {best['candidate']}",
        "paper_cpu_seconds": sum(read_json(run)["cpu_seconds"] for run in runs),
        "runs": len(runs),
    }


if __name__ == "__main__":
    main()
