"""The study's settings as tables and figures need them."""

from typing import Any, ClassVar, Literal, NotRequired

from .kind import Closed, JsonFile, part


class PartSizes(Closed):
    """How many images each part has.

    Attributes:
        search: those that the search trains on.
        final: those that final runs train on.
        validation: those that choose.
        test: with a holdout, those that only score final runs.
    """

    search: int
    final: int
    validation: int
    test: NotRequired[int]


@part(kw_only=True)
class Study(JsonFile):
    """The protocol behind the numbers.

    Attributes:
        study: the study's name, shown in titles.
        seed: the first repeat's.
        repeats: how often the study is done; tables show the first.
        epochs: passes over the training set.
        batch_size: images per step.
        learning_rate: the optimizer's initial learning rate.
        image_size: pixels on both sides.
        range: `unit` (0 to 1, as in the paper) or `native`.
        counts: which epoch is scored, `last` or `best`.
        batch_norm: what unfrozen BatchNormalization layers do, `layer` in the paper.
        optimizer: what changes the weights, `adam` in the paper.
        rates: learning rates among which every strategy chose; empty where all have `learning_rate`.
        candidates: at most so many candidates of each searched strategy were tried; None for all, as in the paper.
        span_blocks: into how many blocks neighbours were merged before spans were made of them; None for no merging.
        delimiters: where blocks were cut, `weightless` in the paper; else Keras' classes.
        recipe: what else of head and training is not the paper's, in words; empty in the paper.
        changes: settings behind the numbers that are not the paper's, by key, such as `training.optimizer`.
        protocol: where the test images come from, `paper` or `holdout`.
        choose_by: what ranked candidates and strategies on the validation images, `accuracy` (the paper) or `loss`.
        augmentation: how images are changed in training, in words; empty in the paper.
        each_repeat: whether repeats have the `same` parts or `new` ones.
        dataset: the data set's name.
        source: where its images come from.
        images: how many images each part has.
        most_frequent: how many images the most frequent class has in each part: what a constant guess gets right.
        classes: names of the classes.
        strategies: the columns of Table I, in order.
        top_k: how many single layers each ranked set has.
        method: how the winners were searched for, `exhaustive` in the paper.
        titles: what each backbone is called, by its key; one that is missing has the title of its layer table.
    """

    called: ClassVar[str] = "description of a study"
    place: ClassVar[str] = "results/plan/study.json"
    writer: ClassVar[str] = "study"

    study: str
    seed: int
    repeats: int
    epochs: int
    batch_size: int
    learning_rate: float
    image_size: int
    range: Literal["unit", "native"]
    counts: Literal["last", "best"]
    batch_norm: str
    optimizer: str
    rates: tuple[float, ...]
    candidates: int | None
    span_blocks: int | None
    delimiters: str | tuple[str, ...]
    recipe: str
    # Whatever a setting may be
    changes: dict[str, Any]
    protocol: str
    choose_by: Literal["accuracy", "loss"]
    augmentation: str
    each_repeat: Literal["same", "new"]
    dataset: str
    source: str
    images: PartSizes
    most_frequent: dict[str, int]
    classes: tuple[str, ...]
    strategies: tuple[str, ...]
    top_k: tuple[int, ...]
    method: str
    titles: dict[str, str]

    @property
    def name(self) -> str:
        """The study's name."""
        return self.study

    @property
    def guesses(self) -> dict[str, float]:
        """Accuracy of the best constant guess on each part: the share of its most frequent class."""
        return {part: self.most_frequent[part] / count for part, count in self.images.items()}

    @property
    def holdout(self) -> bool:
        """Whether final runs are scored on a part that nothing else reads."""
        return "test" in self.images

    @property
    def merged(self) -> str | None:
        """Of which blocks spans were made, in words; None if of all, or if none were searched for."""
        if self.span_blocks is None or "span" not in self.strategies:
            return None
        return f"spans of at most {self.span_blocks} merged blocks"

    @property
    def unseen_by_the_search(self) -> int:
        """How many images score the search's winners once more: the test part, or those of final runs alone."""
        return self.images.get("test", self.images["final"] - self.images["search"])

    @property
    def new_parts(self) -> float | None:
        """Scored images over trained ones of the final runs, if each repeat has parts of its own."""
        _, scored = self.scored_on("final")
        return scored / self.images["final"] if self.each_repeat == "new" else None

    def scored_on(self, stage: str) -> tuple[str, int]:
        """Return name and size of the part that scores the runs of a stage, `search` or `final`."""
        part = "test" if stage == "final" and self.holdout else "validation"
        return part, self.images[part]
