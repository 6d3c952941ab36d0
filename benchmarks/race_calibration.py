"""How well does a race know what it does not know? What it states of its answer, against what was measured.

Races are replayed on a table of arms (`practice_table.npz`). The measurement is the mean test accuracy over seeds that
the race has not trained with. It has noise of its own, from the test images and from few seeds, and the best of many
noisy measurements looks better than any arm is. So what is compared is what the race states of such a measurement: its
belief plus that noise. `stated` is of the truth itself, `stated_measured` of a measurement of it.
"""

import argparse
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine_facts
from practice_cells import HERE
from scipy.stats import chi2

from blocktune.files.plain import write_json, write_text
from blocktune.replay.play import Player
from blocktune.replay.referee import choices
from blocktune.search.arm_table import Table, read_tables
from blocktune.search.askers import asker_named
from blocktune.search.belief import Belief, covariance_of_images, drawn
from blocktune.training.process import one_thread_per_process

BUDGETS, TOLERANCES = (8, 12, 16, 24), (0.25, 0.5, 1.0, 2.0)
DRAWS = 4000
# Between these a probability that is stated counts as one
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def main() -> None:
    """Parse, replay, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, default=HERE / "results" / "practice_table.npz")
    parser.add_argument("--replays", type=int, default=24, help="races at least per cell, budget and number of seeds")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "race_calibration.json")
    options = parser.parse_args()
    one_thread_per_process()
    races = [race for table in read_tables(options.table) for race in raced(table, options.replays)]
    result = {"what": __doc__.split("\n", 1)[0], "machine": machine_facts(), "races": len(races)} | summary(races)
    write_json(options.output, result)
    write_text(options.output.with_suffix(".md"), markdown(result))


def raced(table: Table, replays: int) -> Iterator[dict[str, Any]]:
    """Replay races of every budget, with one seed and with two; yield what each states and what was measured."""
    player, method = Player(table), asker_named("race")
    images = table.about["images"]["test"]
    none = np.zeros(images, bool)
    right = np.array(
        [[none if table.diverged(a, s) else table.right(a, s, "test") for s in table.seeds] for a in table.arms]
    )
    # Of a usual training, between seeds of an arm: a few arms that nearly diverge have far more
    spread = right.mean(axis=2).var(axis=1, ddof=1)
    of_seed = float(np.median(spread) / (chi2.median(len(table.seeds) - 1) / (len(table.seeds) - 1)))
    for budget, count in itertools.product(BUDGETS, (1, 2)):
        for draw, seeds in choices(table.seeds, count, replays):
            played = player.play("race", method, seeds, budget, draw)
            unseen = [place for place, seed in enumerate(table.seeds) if seed not in seeds]
            measured = right[:, unseen].mean(axis=1)
            about = {"cell": table.cell, "budget": budget, "seeds": count, "trainings": played.trainings}
            truth = measured.mean(axis=1) * 100
            noise = covariance_of_images(measured) + of_seed / len(unseen) * np.eye(len(truth))
            yield about | one_race(played.known.belief, played.answer, truth, noise * 100**2, draw)


def one_race(belief: Belief, answer: int, truth: np.ndarray, noise: np.ndarray, draw: int) -> dict[str, Any]:
    """Compare what a race states with what was measured; losses in points."""
    of_measuring = drawn(np.zeros(len(truth)), noise, (draw, 1), DRAWS)
    elsewhere = belief.draw_elsewhere(DRAWS) * belief.points + of_measuring
    stated = elsewhere.max(axis=1) - elsewhere[:, answer]
    lost = float(truth.max() - truth[answer])
    return {
        "on_validation": belief.expected_loss(answer),
        "stated": belief.loss_on_other_images(answer),
        "stated_measured": float(stated.mean()),
        "measured": lost,
        "within": {f"{limit:g}": [float(np.mean(stated <= limit)), lost <= limit] for limit in TOLERANCES},
    }


def summary(races: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return means by cell and budget, and how often what was stated with a probability came about."""
    by = {
        name: [means([race for race in races if race[name] == value], **{name: value}) for value in values]
        for name in ("cell", "budget")
        for values in [sorted({race[name] for race in races})]
    }
    pairs = np.array([pair for race in races for pair in race["within"].values()], float)
    place = np.clip(np.digitize(pairs[:, 0], BINS) - 1, 0, len(BINS) - 2)
    reliability = [
        {"stated": float(stated.mean()), "came_about": float(came.mean()), "statements": len(stated)}
        for number in range(len(BINS) - 1)
        for stated, came in [pairs[place == number].T]
        if len(stated)
    ]
    return {"all": means(races), "by_cell": by["cell"], "by_budget": by["budget"], "reliability": reliability}


def means(races: Sequence[dict[str, Any]], **about: Any) -> dict[str, Any]:
    """Return the mean losses of some races."""
    names = ("trainings", "on_validation", "stated", "stated_measured", "measured")
    return about | {"races": len(races)} | {name: float(np.mean([race[name] for race in races])) for name in names}


def markdown(result: dict[str, Any]) -> str:
    """Return both tables."""
    head = ("Races", "Number", "Trainings", "Stated, on the validation images", "Stated, on other images")
    head += ("Stated of a measurement", "Measured")
    lines = [f"| {' | '.join(head)} |", f"|:--|{'--:|' * (len(head) - 1)}"]
    rows = [("all", result["all"])]
    rows += [(one["cell"], one) for one in result["by_cell"]]
    rows += [(f"budget {one['budget']}", one) for one in result["by_budget"]]
    for name, one in rows:
        told = [one[key] for key in ("on_validation", "stated", "stated_measured", "measured")]
        lines.append(
            f"| {name} | {one['races']} | {one['trainings']:.1f} | {' | '.join(f'{value:.2f}' for value in told)} |"
        )
    lines += ["", "| Stated probability | Came about | Statements |", "|--:|--:|--:|"]
    lines += [
        f"| {one['stated']:.2f} | {one['came_about']:.2f} | {one['statements']} |" for one in result["reliability"]
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
