"""What the factor study varies."""

from typing import ClassVar, Literal

from .kind import JsonFile, part


@part(kw_only=True)
class Design(JsonFile):
    """What the factor study varies, and how many runs that takes; written before any of them trains.

    Attributes:
        study: the study's name, shown in titles.
        design: `screening` (each factor swept alone) or `grid` (all crossed).
        classes: how many the images have.
        runs: how many distinct ones there are.
        grid_runs: how many all levels crossed would take.
        estimated_seconds: about how long the runs take on one processor core.
        seeds: of the runs.
        strategies: those that factors are crossed with.
        reference: by factor the level that its others are compared with.
        levels: by factor its levels, in order; as `where` the strategies of the study itself.
        notes: what a reader must know.
    """

    called: ClassVar[str] = "design of the factor study"
    place: ClassVar[str] = "results/plan/factors/design.json"
    writer: ClassVar[str] = "factor-design"
    remedy: ClassVar[str] = "; remove it, and the same call makes it again"

    study: str
    design: Literal["screening", "grid"]
    classes: int
    runs: int
    grid_runs: int
    estimated_seconds: int
    seeds: tuple[int, ...]
    strategies: tuple[str, ...]
    reference: dict[str, str]
    levels: dict[str, tuple[str, ...]]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The study's name: figures name what they show by it."""
        return self.study

    @property
    def kind(self) -> str:
        """`screening` or `grid`."""
        return self.design

    @property
    def varied(self) -> set[str]:
        """Factors with more than one level."""
        return {name for name, levels in self.levels.items() if len(levels) > 1}

    @property
    def chance(self) -> float:
        """Accuracy of guessing."""
        return 1 / self.classes
