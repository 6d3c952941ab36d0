"""The search methods that can be replayed on a table of arms; `askers` and `scorers` are more, by their files' names.

A new one is a file in `askers`, a class here and its name in `METHODS`, or a class of one's own, as `module:Class`.
"""

import re
import sys
from importlib import import_module
from pathlib import Path

import numpy as np

from ..errors import BlocktuneError
from ..messages import nearest
from ..settings.members import askers, scorers
from ..settings.search import Halving as Rounds
from .askers import asker_named
from .halving import alive_after
from .method import Known, SearchMethod, Training
from .rounds import Rules, ends_at


class Exhaustive(SearchMethod):
    """Trains every arm to its end, with every seed that it may use."""

    about = "every arm, trained to its end"

    def ask(self, known: Known) -> list[Training]:
        """Return all that is not trained yet."""
        return known.not_yet(Training(arm.index, seed, known.epochs) for seed in known.seeds for arm in known.arms)


class OneEpoch(SearchMethod):
    """Trains every arm until the first epoch that is scored: the one-epoch baseline."""

    about = "every arm, stopped after the first epoch that is scored"

    def ask(self, known: Known) -> list[Training]:
        """Return the first epochs of all arms."""
        first = known.validated[0]
        return known.not_yet(Training(arm.index, seed, first) for seed in known.seeds for arm in known.arms)


class Halving(SearchMethod):
    """Successive halving with all arms in one pool, see `search.halving`; rounds end where images are scored."""

    about = "rounds in which ever fewer arms train ever longer"
    takes_seeds = False
    _rounds = Rounds()

    def ask(self, known: Known) -> list[Training]:
        """Return the next round's trainings, of those that are still in."""
        seed, rules = known.seeds[0], self._rules(known)
        for number, epochs in enumerate(rules.ends):
            alive = self._alive(known, number)
            if asked := known.not_yet(Training(arm, seed, epochs) for arm in sorted(alive)):
                return asked
        return []

    def _rules(self, known: Known) -> Rules:
        ends = ends_at(known.validated, self._rounds.factor, self._rounds.first_epochs)
        return Rules(ends, self._rounds.factor, known.counts)

    def _alive(self, known: Known, rounds: int) -> set[int]:
        seed = known.seeds[0]
        histories = {arm: seen.accuracies for (arm, trained), seen in known.seen.items() if trained == seed}
        return alive_after(histories, [arm.index for arm in known.arms], known.scored, self._rules(known), rounds)


class ByScores(SearchMethod):
    """Trains the arms of one set of layers alone, the one that a scorer ranks first, at each rate."""

    about = "the layers that score best without training each, trained at every rate"
    takes_seeds = False

    def __init__(self, scorer: str) -> None:
        self.scorer = scorer

    def ask(self, known: Known) -> list[Training]:
        """Return the best scored layers, once at each rate, with the first seed."""
        return known.not_yet(Training(arm, known.seeds[0], known.epochs) for arm in self._chosen(known))

    def answer(self, known: Known) -> int:
        """Return the rate that is best."""
        return known.best(self._chosen(known))

    def _chosen(self, known: Known) -> list[int]:
        scores = np.nan_to_num(known.scores_of(self.scorer), nan=-np.inf)
        # The first of several equally good ones is nearest the head
        best = known.arms[int(np.argmax(scores))]
        return [arm.index for arm in known.arms if arm.layers == best.layers]


METHODS: dict[str, SearchMethod] = {
    "exhaustive": Exhaustive(),
    "halving": Halving(),
    "one-epoch": OneEpoch(),
}
"""By name, in the order of tables: those that are no files of their own."""


def method_names() -> list[str]:
    """Return the names of all methods, in the order of tables, those that score last."""
    return [*METHODS, *askers(), *scorers()]


def method_named(name: str) -> SearchMethod:
    """Return a method by its name, or the user's own by `module:Class`; the folder that one is in comes first.

    Raises:
        BlocktuneError: there is none, or the class is no search method.
    """
    if name in METHODS:
        return METHODS[name]
    if name in askers():
        return asker_named(name)
    if name in scorers():
        return ByScores(name)
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", name):
        raise BlocktuneError(
            f"no search method {name!r}{nearest(name, method_names())}; there are {', '.join(method_names())}, or "
            "module:Class"
        )
    return _own(*name.split(":"))


def _own(module: str, name: str) -> SearchMethod:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        raise BlocktuneError(f"{module}:{name}: no module {error.name} (looked in {here} and Python's path)") from None
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        lacks = isinstance(error, AttributeError) and module in sys.modules
        why = f"the module {module} has no {name}" if lacks else f"the module {module} can't be imported ({told})"
        raise BlocktuneError(f"{module}:{name}: {why}") from None
    lacking = [part for part in ("ask", "answer") if not callable(getattr(found, part, None))]
    if not isinstance(found, type) or lacking:
        raise BlocktuneError(
            f"{module}:{name} is no search method: it lacks {' and '.join(lacking) or 'a class'}; derive it from "
            "blocktune.search.method.SearchMethod"
        )
    try:
        return found()
    except TypeError as error:
        raise BlocktuneError(f"{module}:{name} is no search method, which is made without arguments: {error}") from None
