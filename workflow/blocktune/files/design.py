"""What the factor study varies."""

from typing import Annotated, ClassVar, Literal

from .kind import JsonFile, part


@part(kw_only=True)
class Design(JsonFile):
    """What the factor study varies, and how many runs that takes; written before any of them trains."""

    called: ClassVar[str] = "design of the factor study"
    place: ClassVar[str] = "results/plan/factors/design.json"
    writer: ClassVar[str] = "factor-design"
    remedy: ClassVar[str] = "; remove it, and the same call makes it again"

    study: Annotated[str, "the study's name, shown in titles"]
    design: Annotated[Literal["screening", "grid"], "`screening` (each factor swept alone) or `grid` (all crossed)"]
    classes: Annotated[int, "how many the images have"]
    runs: Annotated[int, "how many distinct ones there are"]
    grid_runs: Annotated[int, "how many all levels crossed would take"]
    estimated_seconds: Annotated[int, "about how long the runs take on one processor core"]
    seeds: Annotated[tuple[int, ...], "of the runs"]
    strategies: Annotated[tuple[str, ...], "those that factors are crossed with"]
    reference: Annotated[dict[str, str], "by factor the level that its others are compared with"]
    levels: Annotated[
        dict[str, tuple[str, ...]], "by factor its levels, in order; as `where` the strategies of the study itself"
    ]
    notes: Annotated[tuple[str, ...], "what a reader must know"]

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
