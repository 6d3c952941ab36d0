"""What is measured of a run besides its accuracy: one class each, with its name and how it is read.

A new one is a class here and its name in `MEASURED`; tables, analysis and words find it there.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from ..files.record import RunRecord
from ..runs.history import accuracies, epochs_to

if TYPE_CHECKING:
    import pandas as pd


class Response(ABC):
    """A number of a run.

    Attributes:
        key: its column in `responses.csv`.
        name: in sentences.
        span: the lowest and the highest value that there can be.
        chance: column of what chance alone makes of it, where that is measured, too.
    """

    key: ClassVar[str]
    name: ClassVar[str]
    span: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    chance: ClassVar[str] = ""

    @property
    def columns(self) -> dict[str, Callable[[RunRecord], float | None]]:
        """Its columns in `responses.csv`, with what reads them."""
        return {self.key: self.read} | ({self.chance: self.by_chance} if self.chance else {})

    @abstractmethod
    def read(self, record: RunRecord) -> float | None:
        """Return it, None where it was not measured.

        Args:
            record: of a run that did not diverge: `metrics`, `history` (CSV text), `measures` of the trained network.
        """

    def by_chance(self, record: RunRecord) -> float | None:
        """Return what chance alone makes of it; only with `chance`."""
        return None


class CalibrationError(Response):
    """How far confidence is from being right, after the last epoch."""

    key, name, span, chance = "calibration_error", "calibration error", (0, 1), "calibration_if_perfect"

    def read(self, record: RunRecord) -> float | None:
        """Return what was measured on the fine-tuned network."""
        return (record.get("measures") or {}).get(self.key)

    def by_chance(self, record: RunRecord) -> float | None:
        """Return that of a perfectly calibrated classifier on as many images."""
        return (record.get("measures") or {}).get(self.chance)


class EpochsTo95(Response):
    """How soon a run is nearly as good as it gets."""

    key, name, span = "epochs_to_95", "epochs to 95 % of the final score", (1, math.inf)

    def read(self, record: RunRecord) -> float | None:
        """Return the first epoch whose accuracy is 95 % of the last one's."""
        return epochs_to(accuracies(record))


class OverLayers(Response):
    """A mean over a run's layers, of a column in `layers.csv`; it has none in `responses.csv`.

    Attributes:
        unfrozen: whether only layers count that the run fine-tuned.
    """

    unfrozen: ClassVar[bool] = False
    columns: ClassVar[dict[str, Any]] = {}

    def read(self, record: RunRecord) -> float | None:
        """Return None: it is read from the table of layers."""
        return None

    def by_run(self, layers: "pd.DataFrame") -> "pd.Series":
        """Return the mean by run; `layers`: see `tables.Tables`, each layer of a run once."""
        counting = layers[layers["unfrozen"]] if self.unfrozen else layers
        return counting.groupby("run")[self.key].mean()


class RelativeChange(OverLayers):
    """How far weights move, as a share of their norm."""

    key, name, unfrozen = "relative_change", "relative weight change of unfrozen layers", True


class Cka(OverLayers):
    """How alike features before and after fine-tuning are."""

    key, name = "cka", "CKA to the features before, mean over layers"


MEASURED: dict[str, Response] = {kind.key: kind() for kind in (CalibrationError, EpochsTo95, RelativeChange, Cka)}
"""By key, in the order of sentences."""
