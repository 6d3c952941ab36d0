"""Which candidates there are, and how the best are found: the section `search` of the settings."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ..candidates.searched import strategies_listed, strategy_keys
from .kinds import Count, Delimiters, EachOnce, Epochs, LearningRate, Number, OrNull, Section, Whole
from .members import ASKERS, SCORERS, asker_together, askers, listed, scorers

_ROUND = asker_together("race")
_OF_ROUNDS = {"budget": 24, "tolerance": 0.25, "seeds": 3}
"""Settings of methods that train round by round, with their defaults."""


class Halving(Section):
    """Successive halving (`search.method: halving`): rounds in which ever fewer candidates train ever longer."""

    factor: Number = Field(
        3.0, ge=1.1, le=100, description="After each round the best 1/factor of a strategy's candidates resume."
    )
    first_epochs: Epochs = Field(1, description="Epochs of the first round, in which all candidates train.")


class Search(Section):
    """Which candidates there are, and how the best are found."""

    method: Literal["exhaustive", "halving", *askers(), *scorers()] = Field(
        "exhaustive",
        description="How winners are found: `exhaustive` trains every candidate, as the paper does. `halving` trains "
        "all of them for a few epochs and resumes the best. Some train a few candidates to their end, round by round: "
        f"{listed(ASKERS)}. The others score candidates without training each, and train only the winners: "
        f"{listed(SCORERS)}.",
    )
    halving: Halving = Field(Halving(), description="Rounds of `method: halving`.")
    budget: Annotated[Whole, Field(ge=_ROUND, lt=2**31)] = Field(
        _OF_ROUNDS["budget"],
        description="Only for methods that train round by round: the most trainings of the search, for each backbone "
        f"and repeat. Baselines are not among them. At least {_ROUND}, the trainings of a round of the race.",
    )
    tolerance: Annotated[Number, Field(gt=0, le=100)] = Field(
        _OF_ROUNDS["tolerance"],
        description="Only for methods that train round by round: points of accuracy that the answer may be expected to "
        "lose to the best arm. The race ends then. Of arms within the tolerance the one with the fewest parameters "
        "wins.",
    )
    seeds: Annotated[Count, Field(le=100)] = Field(
        _OF_ROUNDS["seeds"],
        description="Only for methods that train round by round: with how many seeds an arm may be trained. The first "
        "is the study's own.",
    )
    strategies: Annotated[list[Literal[strategy_keys()]], Field(min_length=1), EachOnce] = Field(
        ["lw", "bw", "bwt", "bwsw"],
        description=f"What is searched for, one column of Table I each, in this order: {strategies_listed()}. The "
        "default is the paper's.",
    )
    rates: Annotated[Annotated[list[LearningRate], Field(min_length=1), EachOnce] | None, OrNull] = Field(
        None,
        description="Learning rates at which every candidate and every baseline is trained. Each strategy's rate is "
        "chosen as its layers are. `null`: only `training.learning_rate`.",
    )
    candidates: Annotated[Annotated[Whole, Field(ge=2, lt=2**31)] | None, OrNull] = Field(
        None,
        description="The most candidates of each searched strategy. They are spread evenly from the head to the input, "
        "the first and the last among them. For `span`, blocks are merged until there are no more spans. `null`: all, "
        "as in the paper.",
    )
    span_blocks: Annotated[Annotated[Whole, Field(ge=2, lt=2**31)] | None, OrNull] = Field(
        None,
        description="Neighbours are merged evenly into so many blocks before spans are made of them. N blocks have "
        "N (N + 1) / 2 spans. A backbone with fewer blocks keeps its own. `null`: no block is merged.",
    )
    lora_rank: Count = Field(4, description="Rank of the updates (lora).")
    window: Count = Field(3, description="Consecutive layers in one window (bwsw).")
    delimiters: Delimiters = Field(
        "weightless",
        description="Where blocks are cut (bw): at every layer without weights, or at the Keras classes listed, "
        "e.g. [MaxPooling2D, Activation, BatchNormalization].",
    )
    top_k: Annotated[list[Count], Field(min_length=1), EachOnce] = Field(
        [3, 5], description="How many of the best single layers are unfrozen together (bwt3, bwt5)."
    )
    random_layers: Count = Field(
        3, description="How many random layers are unfrozen together (Figure 3), where `lw` is searched."
    )

    @property
    def by_rounds(self) -> bool:
        """Whether the method trains whole candidates round by round."""
        return self.method in askers()

    @property
    def together(self) -> int:
        """How many trainings of a search by rounds may run at once, for each backbone and repeat."""
        return asker_together(self.method) or self.budget

    @model_validator(mode="after")
    def _fits_together(self) -> "Search":
        # params.yaml states these whatever the method, so what counts is whether they were changed
        for name, default in _OF_ROUNDS.items():
            if (given := getattr(self, name)) != default and not self.by_rounds:
                stated = f"{given:g}" if isinstance(given, float) else given
                raise ValueError(
                    f"{name} {stated} is only for method {', '.join(askers())}, but method is {self.method}: "
                    f"leave {name} at {default}, or choose such a method"
                )
        if "bwt" in self.strategies and self.by_rounds:
            raise ValueError(
                f"strategies has bwt, which joins the best of all single layers, but method {self.method} trains only "
                f"some of them: leave bwt out, or choose another method (given: {self.strategies})"
            )
        if "bwt" in self.strategies and "lw" not in self.strategies:
            raise ValueError(
                f"strategies has bwt, which joins the best layers of lw: add lw, or leave bwt out (given: "
                f"{self.strategies})"
            )
        largest = max(self.top_k)
        if self.candidates is not None and "bwt" in self.strategies and self.candidates < largest:
            raise ValueError(
                f"candidates is {self.candidates}, so no more single layers are ranked, but top_k asks for the best "
                f"{largest} of them: candidates must be at least that, top_k smaller, or bwt left out of strategies"
            )
        if self.candidates is not None and self.candidates < 3 and "span" in self.strategies:
            raise ValueError(
                f"candidates is {self.candidates}, but even two blocks have 3 spans: candidates must be at least 3, or "
                "span left out of strategies"
            )
        if "lora" in self.strategies and self.method != "exhaustive":
            raise ValueError(
                f"strategies has lora, which is found by training every candidate: method must be exhaustive, but is "
                f"{self.method}"
            )
        if self.rates is not None and self.method != "exhaustive" and not self.by_rounds:
            raise ValueError(
                "rates are tried by training candidates to their end: method must be exhaustive or "
                f"{' or '.join(askers())}, but is {self.method}"
            )
        return self
