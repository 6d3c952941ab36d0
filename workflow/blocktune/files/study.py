"""The study's settings as tables and figures need them."""

from typing import Annotated, Any, ClassVar, Literal, NotRequired

from .kind import Closed, JsonFile, part


class PartSizes(Closed):
    """How many images each part has."""

    search: Annotated[int, "those that the search trains on"]
    final: Annotated[int, "those that final runs train on"]
    validation: Annotated[int, "those that choose"]
    test: Annotated[NotRequired[int], "with a holdout, those that only score final runs"]


@part(kw_only=True)
class Study(JsonFile):
    """The protocol behind the numbers."""

    called: ClassVar[str] = "description of a study"
    place: ClassVar[str] = "results/plan/study.json"
    writer: ClassVar[str] = "study"

    study: Annotated[str, "the study's name, shown in titles"]
    seed: Annotated[int, "the first repeat's"]
    repeats: Annotated[int, "how often the study is done; tables show the first"]
    epochs: Annotated[int, "passes over the training set"]
    batch_size: Annotated[int, "images per step"]
    learning_rate: Annotated[float, "the optimizer's initial learning rate"]
    image_size: Annotated[int, "pixels on both sides"]
    range: Annotated[Literal["unit", "native"], "`unit` (0 to 1, as in the paper) or `native`"]
    counts: Annotated[Literal["last", "best"], "which epoch is scored, `last` or `best`"]
    batch_norm: Annotated[str, "what unfrozen BatchNormalization layers do, `layer` in the paper"]
    optimizer: Annotated[str, "what changes the weights, `adam` in the paper"]
    rates: Annotated[
        tuple[float, ...], "learning rates among which every strategy chose; empty where all have `learning_rate`"
    ]
    candidates: Annotated[
        int | None, "at most so many candidates of each searched strategy were tried; None for all, as in the paper"
    ]
    span_blocks: Annotated[
        int | None, "into how many blocks neighbours were merged before spans were made of them; None for no merging"
    ]
    delimiters: Annotated[
        str | tuple[str, ...], "where blocks were cut, `weightless` in the paper; else Keras' classes"
    ]
    recipe: Annotated[str, "what else of head and training is not the paper's, in words; empty in the paper"]
    # Whatever a setting may be
    changes: Annotated[
        dict[str, Any], "settings behind the numbers that are not the paper's, by key, such as `training.optimizer`"
    ]
    protocol: Annotated[str, "where the test images come from, `paper` or `holdout`"]
    choose_by: Annotated[
        Literal["accuracy", "loss"],
        "what ranked candidates and strategies on the validation images, `accuracy` (the paper) or `loss`",
    ]
    augmentation: Annotated[str, "how images are changed in training, in words; empty in the paper"]
    each_repeat: Annotated[Literal["same", "new"], "whether repeats have the `same` parts or `new` ones"]
    dataset: Annotated[str, "the data set's name"]
    source: Annotated[str, "where its images come from"]
    images: Annotated[PartSizes, "how many images each part has"]
    most_frequent: Annotated[
        dict[str, int], "how many images the most frequent class has in each part: what a constant guess gets right"
    ]
    classes: Annotated[tuple[str, ...], "names of the classes"]
    strategies: Annotated[tuple[str, ...], "the columns of Table I, in order"]
    top_k: Annotated[tuple[int, ...], "how many single layers each ranked set has"]
    method: Annotated[str, "how the winners were searched for, `exhaustive` in the paper"]
    titles: Annotated[
        dict[str, str], "what each backbone is called, by its key; one that is missing has the title of its layer table"
    ]

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
