"""Which figures a study has; read where the workflow is planned, so it imports nothing slow.

A figure whose candidates were not searched for is left out: empty axes answer nothing.
"""

from collections.abc import Collection

from ...candidates.searched import SEARCHED
from ...settings.members import askers

BELIEF = "figure13_belief"
"""What a search by rounds believes of its arms."""

_NEEDS = {
    "figure1_schemes": None,
    "figure2_parameters": None,
    "figure3_baselines_random": None,
    **{strategy.figure[0]: key for key, strategy in SEARCHED.items() if strategy.figure},
    "figure7_best_search": None,
    "figure8_final": None,
}
"""The strategy without which a figure has nothing to show."""

_OF_ALL_REPEATS = {"figure11_tails": "tail", "figure12_spans": "span"}
"""The same of figures that show all repeats, however many there are."""

_REPEATED_NEEDS = {
    **{strategy.figure_of_repeats[0]: key for key, strategy in SEARCHED.items() if strategy.figure_of_repeats},
    "figure_critical_difference": None,
}


def study_figures(strategies: Collection[str], repeats: int, method: str = "exhaustive") -> list[str]:
    """Return the names, without ending, of the figures of a study, besides those on its repeats.

    `strategies` are what is searched for, or the columns of Table I.
    """
    found = _that_show(_NEEDS | (_OF_ALL_REPEATS if repeats == 1 else {}), strategies)
    return [*found, BELIEF] if method in askers() else found


def repeated_figures(strategies: Collection[str], repeats: int) -> list[str]:
    """Return the names, without ending, of the figures that show all repeats; with several also Figures 11 and 12."""
    return _that_show(_REPEATED_NEEDS | (_OF_ALL_REPEATS if repeats > 1 else {}), strategies)


def _that_show(needs: dict[str, str | None], strategies: Collection[str]) -> list[str]:
    return [name for name, strategy in needs.items() if strategy is None or strategy in strategies]
