"""What a factor is: something that the factor study varies, with its levels and what a level changes in a run."""

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol

from pydantic import Field

from ..errors import BlocktuneError
from ..files.layers import Layer
from ..messages import nearest
from .kinds import EachOnce, Section

if TYPE_CHECKING:
    from .model import Settings

OWN = "own"
"""The study's own images and weights, as a level."""


class Images(Protocol):
    """What a factor may ask for that changes which images a run sees; each method returns all parts of a run.

    Attributes:
        settings: the study's.
    """

    settings: "Settings"

    def few(self, per_class: int, key: str) -> Any:
        """Choose so many training images of each class; `key`: the setting to blame if there are fewer."""

    def uneven(self, ratio: float, per_class: int) -> Any:
        """Choose training images whose largest class is `ratio` times the smallest, scored on even classes."""


class Factor:
    """Something that is varied.

    Attributes:
        key: in settings and files.
        name: in tables and figures.
        levels: what a level may be, or a section of settings that says which there are.
        default: the levels of its setting `factors.<key>`.
        about: description of this setting.
        varies: the setting of a run that takes the levels as values, such as `training.learning_rate`.
        words: in the middle of a sentence, if it is not the name with "the".
        axis: label of the axis where levels are numbers; empty for choices, which have no order.
        logarithmic: whether the axis is; then levels are above 0.
        caption: of its figure, if it is not made of the words.
        crossed: whether a grid crosses it with the other factors.
        setting: name of its setting, if it is not the key.
        further: settings that go with it, by name: type, default and description.
        needs: what it is left out without, where `applies` says so.
        in_arms: whether its levels are other images or other weights, as `factors.arms` lists them.
    """

    key: ClassVar[str]
    name: ClassVar[str]
    levels: ClassVar[Any]
    default: ClassVar[Sequence[Any]] = ()
    about: ClassVar[str]
    varies: ClassVar[str] = ""
    words: ClassVar[str] = ""
    axis: ClassVar[str] = ""
    logarithmic: ClassVar[bool] = True
    caption: ClassVar[str] = ""
    crossed: ClassVar[bool] = True
    setting: ClassVar[str] = ""
    further: ClassVar[dict[str, tuple[Any, Any, str]]] = {}
    needs: ClassVar[str] = ""
    in_arms: ClassVar[bool] = False

    @property
    def settings(self) -> dict[str, tuple[Any, Any]]:
        """Its settings in the section `factors`, by name: type, and pydantic's field."""
        section = isinstance(self.levels, type) and issubclass(self.levels, Section)
        mine = (self.levels, self.levels()) if section else (Annotated[list[self.levels], EachOnce], [*self.default])
        found = {self.setting or self.key: (*mine, self.about), **self.further}
        return {name: (kind, Field(default, description=about)) for name, (kind, default, about) in found.items()}

    @property
    def in_words(self) -> str:
        """What it is called in the middle of a sentence."""
        return self.words or f"the {self.name}"

    @property
    def title(self) -> str:
        """Its name where a title begins."""
        return f"{self.name[0].upper()}{self.name[1:]}"

    @property
    def figure_caption(self) -> str:
        """What its figure shows."""
        by = f"over {self.in_words}" if self.axis else f"by {self.in_words.removeprefix('the ')}"
        return self.caption or f"Accuracy {by}"

    def own(self, settings: "Settings") -> Any:
        """Return the study's own level, which runs have where another factor is varied; None if no level is it.

        Raises:
            BlocktuneError: `varies` names no setting.
        """
        return OWN if self.in_arms else self._varied(settings)

    def final(self, settings: "Settings") -> Any:
        """Return the level of the study's final runs."""
        return self.own(settings)

    def asked(self, settings: "Settings") -> list[Any]:
        """Return the levels that the settings list, numbers in ascending order."""
        return self._ordered(getattr(settings.factors, self.setting or self.key))

    def swept(self, settings: "Settings") -> list[Any]:
        """Return the levels where it is varied alone: the study's own among them, or none if none is asked for."""
        asked, own = self.asked(settings), self.own(settings)
        return self._ordered(dict.fromkeys([*([] if own is None else [own]), *asked])) if asked else []

    def reference(self, settings: "Settings") -> Any:
        """Return the level that the others are compared with: the study's own, or else the first."""
        own = self.own(settings)
        return self.asked(settings)[0] if own is None else own

    def at(self, settings: "Settings", level: Any) -> dict[str, Any]:
        """Return by factor what a run has at a level of this one, where that is not the study's own."""
        return {self.key: level}

    def applies(self, settings: "Settings", layers: Sequence[Layer]) -> bool:
        """Whether levels differ for a backbone with these layers, or for a run that trains these."""
        return True

    def changed(self, settings: "Settings", level: Any, trained: Sequence[Layer]) -> "Settings":
        """Return a run's settings at a level.

        Args:
            settings: the run's, before.
            level: one of `swept`, or the study's own.
            trained: layers that the run unfreezes.
        """
        applies = self.varies and self.applies(settings, trained)
        return _with(settings, self.varies.split("."), level) if applies else settings

    def part(self, level: Any, images: Images) -> Any | None:
        """Return the images that a run sees at a level; None if they are not for this factor to say."""
        return None

    def _varied(self, settings: "Settings") -> Any:
        found: Any = settings
        for name in self.varies.split("."):
            there = type(found).model_fields if isinstance(found, Section) else {}
            if name not in there:
                raise BlocktuneError(
                    f"factor {self.key}: varies is {self.varies!r}, but there is no such setting"
                    f"{nearest(name, there)}; allowed is one such as 'training.learning_rate'"
                )
            found = getattr(found, name)
        return found

    def _ordered(self, levels: Collection[Any]) -> list[Any]:
        return sorted(levels, key=_number) if self.axis else list(levels)


def text(level: Any) -> str:
    """Return a level as tables call it."""
    return f"{level:g}" if isinstance(level, float) else str(level)


def _number(level: Any) -> float:
    """A level's place among numbers: words (`all`) come last."""
    return math.inf if isinstance(level, str) else level


def _with(section: Section, path: Sequence[str], value: Any) -> Any:
    name, *rest = path
    return section.model_copy(update={name: _with(getattr(section, name), rest, value) if rest else value})
