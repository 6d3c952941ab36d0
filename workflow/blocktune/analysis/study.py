"""The study's settings as tables and figures need them: what `study.json` holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import BlocktuneError
from ..files.plain import read_json


@dataclass(frozen=True)
class Study:
    """The protocol behind the numbers.

    Attributes:
        name: The study's name, shown in titles.
        seed: Seed of every draw.
        epochs: Passes over the training part.
        batch_size: Photographs per step.
        learning_rate: The optimizer's initial learning rate.
        image_size: Pixels on both sides.
        range: `unit` (0 to 1, as in the paper) or `native`.
        counts: Which epoch is scored, `last` or `best`.
        dataset: The dataset's name.
        photographs: How many photographs the parts `search`, `final`, `validation` and, with a holdout, `test` have.
        strategies: The columns of Table I, in order.
        method: How the winners were searched for, `exhaustive` in the paper.
        batch_norm: What unfrozen BatchNormalization layers do, `layer` in the paper.
        optimizer: What changes the weights, `adam` in the paper.
        rates: Learning rates among which every strategy chose; empty where all have `learning_rate`.
        recipe: What else of head and training is not the paper's, in words; empty in the paper.
        choose_by: What ranked candidates and strategies on the validation images, `accuracy` (the paper) or `loss`.
        candidates: At most so many candidates of each searched strategy were tried; None for all, as in the paper.
        each_repeat: Whether repeats have the `same` parts or `new` ones.
        augmentation: How photographs are changed in training, in words; empty in the paper.
        titles: What each backbone is called, by its key; one that is missing has the title of its layer table.
        repeats: How often the study is done; tables show the first.
        changes: Settings behind the numbers that are not the paper's, by key, such as `training.optimizer`.
        guesses: Accuracy of the best constant guess on each part, by part: the share of its most frequent class.
    """

    name: str
    seed: int
    epochs: int
    batch_size: int
    learning_rate: float
    image_size: int
    range: str
    counts: str
    dataset: str
    photographs: Mapping[str, int]
    strategies: tuple[str, ...]
    method: str = "exhaustive"
    batch_norm: str = "layer"
    optimizer: str = "adam"
    recipe: str = ""
    rates: tuple[float, ...] = ()
    choose_by: str = "accuracy"
    candidates: int | None = None
    each_repeat: str = "same"
    augmentation: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    repeats: int = 1
    changes: Mapping[str, Any] = field(default_factory=dict)
    guesses: Mapping[str, float] = field(default_factory=dict)

    @property
    def holdout(self) -> bool:
        """Whether final runs are scored on a part that nothing else reads."""
        return "test" in self.photographs

    @property
    def unseen_by_the_search(self) -> int:
        """How many photographs score the search's winners once more: the test part, or those of final runs alone."""
        return self.photographs.get("test", self.photographs["final"] - self.photographs["search"])

    @property
    def new_parts(self) -> float | None:
        """Scored photographs over trained ones of the final runs, if each repeat has parts of its own."""
        _, scored = self.scored_on("final")
        return scored / self.photographs["final"] if self.each_repeat == "new" else None

    def scored_on(self, stage: str) -> tuple[str, int]:
        """Return name and size of the part that scores the runs of a stage, `search` or `final`."""
        part = "test" if stage == "final" and self.holdout else "validation"
        return part, self.photographs[part]


def read_study(path: Path) -> Study:
    """Read `study.json`.

    Raises:
        BlocktuneError: The file can't be read, or a key is missing.
    """
    record = read_json(path)
    try:
        return Study(
            name=str(record["study"]),
            seed=record["seed"],
            epochs=record["epochs"],
            batch_size=record["batch_size"],
            learning_rate=record["learning_rate"],
            image_size=record["image_size"],
            range=record["range"],
            counts=record["counts"],
            dataset=str(record["dataset"]),
            photographs=_photographs(record["photographs"]),
            strategies=tuple(record["strategies"]),
            method=str(record.get("method", "exhaustive")),
            batch_norm=str(record.get("batch_norm", "layer")),
            optimizer=str(record.get("optimizer", "adam")),
            recipe=str(record.get("recipe", "")),
            rates=tuple(record.get("rates", ())),
            choose_by=str(record.get("choose_by", "accuracy")),
            candidates=record.get("candidates"),
            each_repeat=str(record.get("each_repeat", "same")),
            augmentation=str(record.get("augmentation", "")),
            titles=dict(record.get("titles", {})),
            repeats=int(record.get("repeats", 1)),
            changes=dict(record.get("changes", {})),
            guesses=_guesses(record),
        )
    except (KeyError, TypeError) as error:
        raise BlocktuneError(f"{path}: {error} is missing or wrong; is this a study.json?") from error


def _photographs(record: Mapping[str, Any]) -> dict[str, int]:
    counts = {part: int(record[part]) for part in ("search", "final", "validation")}
    return counts | ({"test": int(record["test"])} if "test" in record else {})


def _guesses(record: Mapping[str, Any]) -> dict[str, float]:
    """Share of each part's most frequent class; where the file does not say, all classes count as equally frequent."""
    known = record.get("most_frequent", {})
    return {
        part: known[part] / count if part in known else 1 / len(record["classes"])
        for part, count in _photographs(record["photographs"]).items()
    }
