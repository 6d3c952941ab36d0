"""What factors and figures are called; read where the workflow is planned, so it imports nothing slow."""

from collections.abc import Collection

from ..settings.varied import VARIED

FACTORS = {key: factor.name for key, factor in VARIED.items()}
"""Factors that are crossed with strategies, by key."""

IN_WORDS = {key: factor.in_words for key, factor in VARIED.items()}
"""The same in the middle of a sentence."""

WHERE = "where"
"""The factor whose levels are the strategies of the study itself: where fine-tuning happens."""

GRID = "grid"

_NEEDS = {
    "effects": "",
    **{key: key for key, factor in VARIED.items() if not factor.in_arms},
    "where": WHERE,
    "source": "source",
    "target": "target",
    "distance": "target",
    "cka": "",
    "map": "",
}
"""By what a figure shows the factor that it needs, if it needs one."""


def figure_names(factors: Collection[str]) -> list[str]:
    """Return the names of the figures, without ending, that a study draws.

    Args:
        factors: keys of the factors that it sweeps, `where` among them if all strategies run.
    """
    return [figure_name(name) for name, needed in _NEEDS.items() if not needed or needed in factors]


def figure_name(shown: str) -> str:
    """Return the name of a figure's files, without ending; `shown`: a factor, or what else it shows."""
    return f"figure_factors_{shown}"


def term_name(term: Collection[str]) -> str:
    """Return what a term is called: `learning rate`, `learning rate x strategy`."""
    return " x ".join(FACTORS.get(name, name) for name in term)
