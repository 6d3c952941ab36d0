"""Learn from tables of arms what arms usually come to: the coefficients in `blocktune/search/usual.py`.

Of each cell the median over seeds of what ranks its arms is brought to mean 0 and deviation 1, arms that did far worse
than usual counting as bad as a few usual gaps, and a cubic surface is fitted by least squares. The coefficients are
printed as they stand in the module. Then each cell is compared with what the other data sets say of it, which is what
`search: {method: race}` begins with: is it alike, and what does the arm lose that they say is best?
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from practice_cells import HERE

from blocktune.search.arm_table import Table, read_tables
from blocktune.search.belief import worth_of_collapse
from blocktune.search.usual import terms, usual_worth


def main() -> None:
    """Parse, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, default=HERE / "results" / "span_table.npz", help="a table of arms")
    tables = read_tables(parser.parse_args().table)
    for table in tables:
        dataset, backbone = table.about["dataset"], table.about["backbone"]
        print(f'    ("{dataset}", "{backbone}"): (')
        print("\n".join(_lines(coefficients(table))))
        print("    ),")
    for table in tables:
        others = usual_worth(table.arms, without=table.about["dataset"])
        alike = np.corrcoef(others, standardised(table))[0, 1]
        accuracies = [[table.accuracy(arm, seed, "test") for seed in table.seeds] for arm in table.arms]
        means = np.nan_to_num(accuracies).mean(axis=1)
        usual = table.arms[int(others.argmax())]
        lost = 100 * (means.max() - means[usual.index])
        print(f"{table.cell}: correlation {alike:.2f}; {usual.name}, usually the best, loses {lost:.2f} points")


def coefficients(table: Table) -> np.ndarray:
    """Return the coefficients of a cell's surface, to three digits."""
    return np.linalg.lstsq(terms(table.arms), standardised(table), rcond=None)[0].round(3)


def standardised(table: Table) -> np.ndarray:
    """Return what each arm of a cell came to, (arms,), with mean 0 and deviation 1."""
    losses = [[table.loss(arm, seed) for seed in table.seeds] for arm in table.arms]
    worth = -np.nanmedian(losses, axis=1)
    worth = np.maximum(worth, worth_of_collapse(worth))
    return (worth - worth.mean()) / worth.std()


def _lines(values: np.ndarray) -> Iterator[str]:
    for begin in range(0, len(values), 10):
        yield f"        {', '.join(f'{value:.3f}' for value in values[begin : begin + 10])},"


if __name__ == "__main__":
    main()
