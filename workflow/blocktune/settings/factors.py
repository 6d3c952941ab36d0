"""The section `factors` of the settings (`snakemake factors`): how factors are varied, and the levels of each."""

from typing import Annotated, Literal

from pydantic import Field, create_model

from .kinds import Section, Whole
from .varied import VARIED

_CROSSED = ", ".join(factor.name for factor in VARIED.values() if factor.crossed)

Factors = create_model(
    "Factors",
    __base__=Section,
    __doc__="What decides whether fine-tuning works: levels of each factor. An empty list leaves a factor out.",
    __module__=__name__,
    design=(
        Literal["screening", "grid"],
        Field(
            "screening",
            description="`screening`: each factor's levels with all strategies and seeds, the other factors at the "
            f"study's own values. `grid`: all levels of {_CROSSED}, all crossed.",
        ),
    ),
    seeds=(
        Annotated[Whole, Field(ge=1, le=1000)],
        Field(
            3,
            description="How often each setting is trained, each time with the next seed (head, order, dropout, choice "
            "of images).",
        ),
    ),
    **{name: field for factor in VARIED.values() for name, field in factor.settings.items()},
    compared_images=(
        Annotated[Whole, Field(ge=8, le=2000)],
        Field(256, description="Images on which features before and after fine-tuning are compared."),
    ),
)
"""Levels of each factor."""
