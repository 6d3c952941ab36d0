"""The answer of a study: which layers to unfreeze."""

from typing import Annotated, ClassVar, Literal, NotRequired

from .kind import Closed, JsonFile, part
from .plan import Ended


class Difference(Closed):
    """A difference of test accuracies, in points."""

    points: Annotated[float | None, "mean over repeats; null if a run diverged"]
    by_repeat: Annotated[list[float] | None, "of each repeat"]
    interval: Annotated[list[float] | None, "95 % interval of the mean; null where it is not known"]
    interval_over: Annotated[str | None, "what varies in the interval: images (`images`), `repeats` or `parts`"]


class AgainstProbe(Closed):
    """How far a strategy lies above the linear probe on the validation set."""

    gain: Annotated[float, "of accuracy, or of loss that is saved"]
    standard_error: Annotated[float, "of the gain"]
    more_than_noise: Annotated[bool, "whether the gain is larger"]


class AnswerEntry(Closed):
    """A strategy in an answer: accuracies and losses are means over repeats."""

    strategy: Annotated[str, "its key"]
    candidate: Annotated[int, "number of what it chose in the first repeat"]
    names: Annotated[list[str], "the layers with weights that this unfreezes"]
    learning_rate: Annotated[float | None, "what it trains at; null where nothing trains by steps"]
    parameters: Annotated[int, "how many trainable weights these have (elements)"]
    same_in_repeats: Annotated[int, "in how many repeats it chose the same"]
    repeats: Annotated[int, "how many there are"]
    validation: Annotated[float | None, "accuracy on the validation set; null if a run diverged"]
    validation_loss: Annotated[float | None, "loss there, where it is kept"]
    accuracy: Annotated[float | None, "on the images that score it"]
    interval: Annotated[list[float] | None, "95 % interval of the accuracy"]
    runs: Annotated[list[str], "id of its run in each repeat"]
    accuracies: Annotated[list[float | None], "of each repeat"]
    untrained: Annotated[int, "in how many repeats it is not better than guessing"]
    cpu_seconds: Annotated[
        NotRequired[float | None], "processor time of its run; told, but not written, since it differs each time"
    ]
    above_probe: Annotated[NotRequired[Difference], "its difference to the linear probe, if that was trained"]
    above_baseline2: Annotated[NotRequired[Difference], "its difference to Baseline II"]


class SearchSaid(Closed):
    """What a search by rounds says of its answer, in the first repeat; points and probabilities as it believes them."""

    method: Annotated[str, "`search.method`"]
    strategy: Annotated[str, "whose winner the numbers are of: the best strategy that was searched"]
    trainings: Annotated[int, "how many the search trained"]
    budget: Annotated[int, "how many it was allowed"]
    tolerance: Annotated[float, "`search.tolerance`, in points"]
    ended: Annotated[Ended, "what ended it"]
    arms: Annotated[int, "how many it chose among"]
    alike: Annotated[int, "how many of the strategy's arms can't be told apart from its best, the winner among them"]
    expected_loss: Annotated[
        float | None,
        "points that the winner is expected to lose to the best arm; null where everything diverged, as below",
    ]
    loss_on_other_images: Annotated[
        float | None, "the same on other images than those of the validation set; null if that is not known"
    ]
    within: Annotated[float | None, "probability that it loses at most the tolerance"]
    chance: Annotated[float | None, "probability that the winner is the best arm"]
    beats_probe: Annotated[
        float | None, "probability that it beats the linear probe; null where the search trained none"
    ]
    beats_everything: Annotated[
        float | None, "probability that it beats everything at its best rate; null where it is that itself"
    ]


class Answer(Closed):
    """What to do with a backbone."""

    backbone: Annotated[str, "its key"]
    title: Annotated[str, "its name in tables and figures"]
    scored: Annotated[Literal["test", "validation"], "the part that scores accuracies"]
    ranked_first: Annotated[str, "the strategy that search or validation put first"]
    against_probe: Annotated[
        AgainstProbe | None, "how far that lies above the linear probe; null if it is the probe, or if it is not known"
    ]
    final_runs: Annotated[int, "how many there are"]
    diverged: Annotated[int, "how many of them diverged"]
    best: Annotated[AnswerEntry, "the answer"]
    others: Annotated[list[AnswerEntry], "the other strategies, the next best first"]
    search: Annotated[NotRequired[SearchSaid], "of a search by rounds, what it says of its answer"]


@part
class Recommendation(JsonFile):
    """The answer for each backbone. The file is this mapping itself."""

    called: ClassVar[str] = "recommendation"
    place: ClassVar[str] = "results/tables/recommendation.json"
    writer: ClassVar[str] = "recommend"
    root: ClassVar[str] = "answers"

    answers: Annotated[dict[str, Answer | None], "by the backbone's key; null if every final run of it diverged"]


class OptimismSizes(Closed):
    """How many images score winners."""

    chosen_on: Annotated[int, "those that chose them"]
    unseen: Annotated[int, "those that the search has not seen"]


class OptimismEntry(Closed):
    """What the winners of a strategy lost where nothing was chosen, in means over repeats."""

    selected: Annotated[float | None, "accuracy in the search"]
    unseen: Annotated[float | None, "accuracy after another training, on other images"]
    points: Annotated[
        float | None, "how much more it fell than Baseline I; null for Baseline I itself, and where it is not known"
    ]
    by_repeat: Annotated[list[float] | None, "the same of each repeat"]
    interval: Annotated[list[float] | None, "95 % interval of the points"]


class OptimismFound(Closed):
    """What winners lost beyond Baseline I."""

    images: Annotated[OptimismSizes, "how many images score them"]
    backbones: Annotated[dict[str, dict[str, OptimismEntry]], "by the backbone's key and the strategy's"]


@part
class Optimism(JsonFile):
    """Selection optimism. The file is what was found itself."""

    called: ClassVar[str] = "comparison of winners where they were chosen and elsewhere"
    place: ClassVar[str] = "results/tables/optimism.json"
    writer: ClassVar[str] = "optimism"
    remedy: ClassVar[str] = "; remove it, and the same call makes it again"
    root: ClassVar[str] = "found"

    found: Annotated[OptimismFound, "of all backbones"]
