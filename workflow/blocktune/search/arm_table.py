"""A table of arms: what every arm came to with every seed, so that a search can be replayed without training anything.

An arm is a set of layers and a learning rate. This module needs NumPy alone and nothing else of blocktune: it can be
copied, which is why it is this long. A file (`.npz`) holds one table per cell; a cell is a backbone on a data set,
trained by one recipe.

    table = Table.load("arms.npz")
    arm = table.arm("tail 3", rate=3e-4)
    table.accuracy(arm, seed=1), table.price(arm, seed=1, epochs=4)
"""

import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

FORMAT = "blocktune table of arms"
VERSION = 1
"""Of the file format: a reader refuses every other one."""

PARTS = ("validation", "test")
_DIMENSIONS = {"loss": "ase", "accuracy": "ase", "seconds": "asp", "scaled_loss": "as", "trained": "as"}
_DIMENSIONS |= {"diverged": "as", "validation_right": "asv", "test_right": "ast"}
_DIMENSIONS |= {"probe_validation_right": "sv", "probe_test_right": "st", "probe": "sf"}
_KINDS = {"trained": "b", "diverged": "b"} | {name: "u" for name in _DIMENSIONS if name.endswith("_right")}
_OPTIONAL = {"validation_right", "test_right", "probe", "probe_validation_right", "probe_test_right"}
_PROBE = ("validation", "test", "scaled_loss", "seconds")
_FACTS = ("cell", "dataset", "backbone", "recipe", "epochs", "validated", "counts", "choose_by", "images")
_FACTS += ("largest_class", "blocks", "versions", "licence")
_ANY = object()


class TableError(ValueError):
    """A file that is no such table, or a question that it has no answer to."""


@dataclass(frozen=True)
class Arm:
    """What can be trained.

    Attributes:
        index: place among the table's arms, which are in search order.
        names: what strategies call it, as (strategy, number from the head); the same layers may have several names.
        layers: indices of the backbone's layers with weights that train, ascending; none for the head alone.
        first: index of the first layer of the span; None for the head alone.
        last: index of its last layer.
        blocks: first and last block of the span, counted from the input, from 1; None for the head alone.
        rate: learning rate; None where the recipe's own is the only one.
        parameters: how many parameters of the backbone train.
    """

    index: int
    names: tuple[tuple[str, int], ...]
    layers: tuple[int, ...]
    first: int | None
    last: int | None
    blocks: tuple[int, int] | None
    rate: float | None
    parameters: int

    @property
    def name(self) -> str:
        """Its first name and its rate: `tail 3 at 0.0003`."""
        strategy, number = self.names[0]
        return f"{strategy} {number}" + ("" if self.rate is None else f" at {self.rate:g}")


class Curve(NamedTuple):
    """A training, epoch by epoch.

    Attributes:
        epochs: the epochs after which the validation images were scored, from 1.
        loss: mean cross-entropy on them, as long.
        accuracy: share of them that is classified rightly, as long.
    """

    epochs: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray


class Table:
    """The arms of one cell, trained with several seeds.

    Attributes:
        about: facts as plain data: `cell`, `dataset`, `backbone`, `recipe` (the settings), `epochs`, `validated`
            (epochs that were scored), `counts`, `choose_by`, `images` (by part), `largest_class`, `blocks`,
            `versions`, `licence`.
        arms: all arms, in search order.
        seeds: seeds of the trainings.
    """

    def __init__(
        self, about: Mapping[str, Any], arms: Iterable[Arm], seeds: Iterable[int], arrays: Mapping[str, np.ndarray]
    ) -> None:
        """Make a table.

        Args:
            about: see the attributes.
            arms: in search order.
            seeds: of the trainings.
            arrays: per arm and seed `loss` and `accuracy` (of each validated epoch), `seconds` (processor time of what
                is no epoch, then of each epoch), `scaled_loss`, `trained`, `diverged`, `validation_right`,
                `test_right` (bits); per seed `probe`, `probe_validation_right`, `probe_test_right`;
                `scores/<method>` per arm and seed, `scores_seconds/<method>` per seed. NaN is what is not known.

        Raises:
            TableError: an array is missing or does not fit.
        """
        self.about, self.arms, self.seeds = dict(about), tuple(arms), tuple(int(seed) for seed in seeds)
        self._arrays = dict(arrays)
        self._check()

    @classmethod
    def load(cls, path: str | Path, cell: str | None = None) -> "Table":
        """Read the table of a cell; a file with a single one needs no name.

        Raises:
            TableError: the file is none or damaged, or has no such cell.
        """
        tables = {table.cell: table for table in read_tables(path)}
        if cell is None and len(tables) == 1:
            return next(iter(tables.values()))
        if cell not in tables:
            raise TableError(f"{path}: {'name a cell' if cell is None else f'no cell {cell!r}'}; it has {_few(tables)}")
        return tables[cell]

    @property
    def cell(self) -> str:
        """The cell's name: data set and backbone."""
        return self.about["cell"]

    @property
    def epochs(self) -> int:
        """Epochs of a whole training."""
        return self.about["epochs"]

    @property
    def validated(self) -> tuple[int, ...]:
        """Epochs after which the validation images were scored."""
        return tuple(self.about["validated"])

    @property
    def methods(self) -> list[str]:
        """Methods whose scores of the arms are stored."""
        return sorted(name.partition("/")[2] for name in self._arrays if name.startswith("scores/"))

    @property
    def has_probe(self) -> bool:
        """Whether the linear probe of each seed is known."""
        return "probe" in self._arrays

    def says_which(self, images: str) -> bool:
        """Whether the table says of each image of a part who classifies it rightly."""
        return f"{self._part(images)}_right" in self._arrays

    def arm(
        self,
        name: str | None = None,
        first: Any = _ANY,
        last: Any = _ANY,
        blocks: Any = _ANY,
        rate: Any = _ANY,
    ) -> Arm:
        """Return the one arm that fits all that is given.

        Args:
            name: `tail 3`, or with its rate `tail 3 at 0.0003`.
            first: index of the span's first layer.
            last: index of its last layer.
            blocks: its first and last block, counted from the input.
            rate: learning rate.

        Raises:
            TableError: none fits, or several do.
        """
        asked = {"first": first, "last": last, "blocks": blocks, "rate": rate}
        asked = {key: value for key, value in asked.items() if value is not _ANY}
        if blocks is not _ANY and blocks is not None:
            asked["blocks"] = tuple(blocks)
        named = [arm for arm in self.arms if name is None or name in _called(arm)]
        found = [arm for arm in named if all(getattr(arm, key) == value for key, value in asked.items())]
        if len(found) != 1:
            words = ", ".join([*([repr(name)] if name else []), *(f"{key} {value}" for key, value in asked.items())])
            fit = f"{len(found)} arms fit" if found else "no arm fits"
            choice = found or named or self.arms
            raise TableError(f"{self.cell}: {fit} {words or 'everything'}: {_few([arm.name for arm in choice])}")
        return found[0]

    def curve(self, arm: Arm, seed: int) -> Curve:
        """Return a training's loss and accuracy on the validation images, as far as it came before it diverged."""
        place = self._place(arm, seed)
        loss, accuracy = self._arrays["loss"][place], self._arrays["accuracy"][place]
        known = ~np.isnan(accuracy)
        return Curve(np.array(self.validated)[known], loss[known], accuracy[known])

    def price(self, arm: Arm, seed: int, epochs: int | None = None) -> float:
        """Return the processor seconds of a training's first epochs, or of all; building and tracing are in it."""
        epochs = self._epochs(epochs)
        return float(np.nansum(self._arrays["seconds"][self._place(arm, seed)][: epochs + 1]))

    def start(self, arm: Arm, seed: int) -> float:
        """Return the processor seconds of what is no epoch: they come again where a training is resumed."""
        return float(np.nan_to_num(self._arrays["seconds"][self._place(arm, seed)][0]))

    def right(self, arm: Arm, seed: int, images: str = "validation") -> np.ndarray:
        """Return which images of a part a training classifies rightly after its last epoch: one bool each.

        Raises:
            TableError: the table does not hold that.
        """
        name, place = f"{self._part(images)}_right", self._place(arm, seed)
        if name not in self._arrays:
            raise TableError(f"{self.cell}: the table does not say which {images} images are classified rightly")
        return np.unpackbits(self._arrays[name][place], count=self.about["images"][images]).astype(bool)

    def accuracy(self, arm: Arm, seed: int, images: str = "validation") -> float:
        """Return the share of a part that a training classifies rightly after its last epoch; NaN if it diverged.

        Raises:
            TableError: the table does not hold that.
        """
        place = self._place(arm, seed)
        if self._arrays["diverged"][place]:
            return float("nan")
        if self._part(images) == "validation":
            return float(self._arrays["accuracy"][place][-1])
        return float(self.right(arm, seed, images).mean())

    def loss(self, arm: Arm, seed: int) -> float:
        """Return the validation loss after the last epoch and temperature scaling; NaN if it is not known."""
        return float(self._arrays["scaled_loss"][self._place(arm, seed)])

    def diverged(self, arm: Arm, seed: int) -> bool:
        """Whether a training left the numbers."""
        return bool(self._arrays["diverged"][self._place(arm, seed)])

    def trained(self) -> np.ndarray:
        """Return which arms were trained with which seeds: bool, (arms, seeds)."""
        return self._arrays["trained"].copy()

    def probe(self, seed: int, what: str = "validation") -> float:
        """Return of the linear probe its accuracy on a part, its `scaled_loss`, or its processor `seconds`.

        Raises:
            TableError: the table has no probe.
        """
        if what not in _PROBE:
            raise TableError(f"{what!r} is not known of a probe; there are {', '.join(_PROBE)}")
        if not self.has_probe:
            raise TableError(f"{self.cell}: the table has no linear probe")
        return float(self._arrays["probe"][self._seed(seed), _PROBE.index(what)])

    def probe_right(self, seed: int, images: str = "validation") -> np.ndarray:
        """Return which images of a part the linear probe classifies rightly: one bool each.

        Raises:
            TableError: the table does not hold that.
        """
        name = f"probe_{self._part(images)}_right"
        if name not in self._arrays:
            raise TableError(f"{self.cell}: the table does not say which {images} images the probe classifies rightly")
        return np.unpackbits(self._arrays[name][self._seed(seed)], count=self.about["images"][images]).astype(bool)

    def scores(self, method: str, seed: int) -> np.ndarray:
        """Return a method's score of every arm (higher is better, NaN for none), as it was made with a seed.

        Raises:
            TableError: the table has no scores of that method.
        """
        return self._of_method("scores", method)[:, self._seed(seed)].copy()

    def scores_price(self, method: str, seed: int) -> float:
        """Return the processor seconds that a method's scores took."""
        return float(self._of_method("scores_seconds", method)[self._seed(seed)])

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays as the file holds them, see `Table`."""
        return dict(self._arrays)

    def _of_method(self, kind: str, method: str) -> np.ndarray:
        if method not in self.methods:
            there = f"it has those of {', '.join(self.methods)}" if self.methods else "it has none of any method"
            raise TableError(f"{self.cell}: no scores of {method} are stored with the table; {there}")
        return self._arrays[f"{kind}/{method}"]

    def _place(self, arm: Arm, seed: int) -> tuple[int, int]:
        if not (isinstance(arm, Arm) and arm.index < len(self.arms) and self.arms[arm.index] == arm):
            raise TableError(f"{self.cell}: {getattr(arm, 'name', arm)!r} is no arm of this table; see Table.arm")
        place = arm.index, self._seed(seed)
        if not self._arrays["trained"][place]:
            raise TableError(f"{self.cell}: {arm.name} was not trained with seed {seed}")
        return place

    def _seed(self, seed: int) -> int:
        if seed not in self.seeds:
            raise TableError(f"{self.cell}: no seed {seed}; there are {', '.join(map(str, self.seeds))}")
        return self.seeds.index(seed)

    def _epochs(self, epochs: int | None) -> int:
        if epochs is None:
            return self.epochs
        if not 0 <= epochs <= self.epochs:
            raise TableError(f"{self.cell}: {epochs} epochs: a whole number from 0 to {self.epochs} is needed")
        return int(epochs)

    def _part(self, images: str) -> str:
        if images not in PARTS:
            raise TableError(f"no images {images!r}; there are {', '.join(PARTS)}")
        return images

    def _check(self) -> None:
        about = self.about
        if lacking := [name for name in _FACTS if name not in about]:
            raise TableError(f"a table's facts lack {', '.join(lacking)}")
        try:
            sizes = {"a": len(self.arms), "s": len(self.seeds), "e": len(about["validated"]), "p": about["epochs"] + 1}
            sizes |= {"v": _bytes(about["images"].get("validation", 0)), "t": _bytes(about["images"].get("test", 0))}
            whole = list(about["validated"])[-1:] == [about["epochs"]]
        except (TypeError, AttributeError) as error:
            raise TableError(f"a table's facts are not what they should be ({error})") from None
        if about["choose_by"] not in ("accuracy", "loss"):
            raise TableError(f"{self.cell}: choose_by is {about['choose_by']!r}; it must be accuracy or loss")
        if wrong := [place for place, arm in enumerate(self.arms) if not _is_sound(arm, place)]:
            raise TableError(f"{self.cell}: the facts on arm {wrong[0]} are not what they should be")
        if not whole:
            raise TableError(f"{self.cell}: the last epoch, {about['epochs']}, is none of those that were scored")
        sizes["f"] = len(_PROBE)
        shapes = {name: tuple(sizes[letter] for letter in letters) for name, letters in _DIMENSIONS.items()}
        shapes |= {name: (sizes["a"], sizes["s"]) for name in self._arrays if name.startswith("scores/")}
        shapes |= {f"scores_seconds/{method}": (sizes["s"],) for method in self.methods}
        for name, shape in shapes.items():
            array = self._arrays.get(name)
            if array is None and name in _OPTIONAL:
                continue
            if array is None or array.shape != shape or array.dtype.kind != _KINDS.get(name, "f"):
                found = "is missing" if array is None else f"is {array.dtype} {array.shape}, not {shape}"
                raise TableError(f"{self.cell}: the table's array {name} {found}")


def read_tables(path: str | Path) -> list[Table]:
    """Read all tables of a file.

    Raises:
        TableError: the file can't be read, is no such table, is cut short or damaged, or has another version.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            content = {name: file[name] for name in file.files}
    except OSError as error:
        # NumPy also calls a file an OSError that is no archive
        raise TableError(f"can't read {path}: {error.strerror or 'it is no table of arms'}") from None
    except (ValueError, TypeError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise TableError(f"{path} is cut short, damaged or no table of arms ({error})") from None
    try:
        facts = json.loads(content.pop("metadata").tobytes())
        if facts["format"] != FORMAT:
            raise KeyError("format")
        version, cells = facts["version"], facts["cells"]
    except (KeyError, ValueError, TypeError):
        raise TableError(f"{path} is no table of arms: its metadata are not what such a table has") from None
    if not isinstance(cells, list) or not cells:
        raise TableError(f"{path} is no table of arms: its metadata list no cells")
    if version != VERSION:
        raise TableError(f"{path} has version {version} of the format; this reader knows version {VERSION}")
    return [_table(path, number, cell, content) for number, cell in enumerate(cells)]


def write_tables(file: str | Path | IO[bytes], tables: Sequence[Table]) -> None:
    """Write tables into one file; the same tables give the same bytes.

    Raises:
        TableError: two of them are of one cell.
    """
    names = [table.cell for table in tables]
    if len(set(names)) < len(names):
        raise TableError(f"two tables of one cell: {_few(sorted(name for name in names if names.count(name) > 1))}")
    cells = [
        {"about": table.about, "seeds": list(table.seeds), "arms": [asdict(arm) for arm in table.arms]}
        for table in tables
    ]
    facts = json.dumps({"format": FORMAT, "version": VERSION, "cells": cells}, sort_keys=True, allow_nan=False)
    arrays = {
        f"{number}/{name}": array
        for number, table in enumerate(tables)
        for name, array in sorted(table.arrays().items())
    }
    if isinstance(file, str | Path):
        with Path(file).open("wb") as stream:
            write_tables(stream, tables)
        return
    np.savez_compressed(file, metadata=np.frombuffer(facts.encode(), np.uint8), **arrays)


def _table(path: str | Path, number: int, cell: Mapping[str, Any], content: Mapping[str, np.ndarray]) -> Table:
    prefix = f"{number}/"
    arrays = {name.removeprefix(prefix): array for name, array in content.items() if name.startswith(prefix)}
    try:
        arms = [_arm(entry) for entry in cell["arms"]]
        return Table(cell["about"], arms, cell["seeds"], arrays)
    except TableError as error:
        raise TableError(f"{path} is damaged: {error}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise TableError(f"{path} is damaged: the facts on a table are not what they should be ({error})") from None


def _arm(entry: Mapping[str, Any]) -> Arm:
    tuples = {
        "names": tuple((strategy, number) for strategy, number in entry["names"]),
        "layers": tuple(entry["layers"]),
        "blocks": None if entry["blocks"] is None else tuple(entry["blocks"]),
    }
    return Arm(**{**entry, **tuples})


def _is_sound(arm: Arm, place: int) -> bool:
    """Whether an arm says its place, and numbers where numbers are needed."""
    rate = arm.rate is None or (isinstance(arm.rate, float | int) and arm.rate > 0)
    whole = [arm.parameters, *arm.layers, *(arm.blocks or ())]
    return arm.index == place and rate and all(isinstance(value, int) and value >= 0 for value in whole)


def _called(arm: Arm) -> list[str]:
    return [arm.name, *(f"{strategy} {number}" for strategy, number in arm.names)]


def _bytes(images: int) -> int:
    return -(-images // 8)


def _few(names: Iterable[str], most: int = 6) -> str:
    names = list(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
