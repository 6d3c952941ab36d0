"""The answer of a study: which layers to unfreeze."""

from typing import ClassVar, Literal, NotRequired

from .kind import Closed, JsonFile, part
from .plan import Ended


class Difference(Closed):
    """A difference of test accuracies, in points.

    Attributes:
        points: mean over repeats; null if a run diverged.
        by_repeat: of each repeat.
        interval: 95 % interval of the mean; null where it is not known.
        interval_over: what varies in the interval: images (`images`), `repeats` or `parts`.
    """

    points: float | None
    by_repeat: list[float] | None
    interval: list[float] | None
    interval_over: str | None


class AgainstProbe(Closed):
    """How far a strategy lies above the linear probe on the validation set.

    Attributes:
        gain: of accuracy, or of loss that is saved.
        standard_error: of the gain.
        more_than_noise: whether the gain is larger.
    """

    gain: float
    standard_error: float
    more_than_noise: bool


class AnswerEntry(Closed):
    """A strategy in an answer: accuracies and losses are means over repeats.

    Attributes:
        strategy: its key.
        candidate: number of what it chose in the first repeat.
        names: the layers with weights that this unfreezes.
        learning_rate: what it trains at; null where nothing trains by steps.
        parameters: how many trainable weights these have (elements).
        same_in_repeats: in how many repeats it chose the same.
        repeats: how many there are.
        validation: accuracy on the validation set; null if a run diverged.
        validation_loss: loss there, where it is kept.
        accuracy: on the images that score it.
        interval: 95 % interval of the accuracy.
        runs: id of its run in each repeat.
        accuracies: of each repeat.
        untrained: in how many repeats it is not better than guessing.
        cpu_seconds: processor time of its run; told, but not written, since it differs each time.
        above_probe: its difference to the linear probe, if that was trained.
        above_baseline2: its difference to Baseline II.
    """

    strategy: str
    candidate: int
    names: list[str]
    learning_rate: float | None
    parameters: int
    same_in_repeats: int
    repeats: int
    validation: float | None
    validation_loss: float | None
    accuracy: float | None
    interval: list[float] | None
    runs: list[str]
    accuracies: list[float | None]
    untrained: int
    cpu_seconds: NotRequired[float | None]
    above_probe: NotRequired[Difference]
    above_baseline2: NotRequired[Difference]


class SearchSaid(Closed):
    """What a search by rounds says of its answer, in the first repeat; points and probabilities as it believes them.

    Attributes:
        method: `search.method`.
        strategy: whose winner the numbers are of: the best strategy that was searched.
        trainings: how many the search trained.
        budget: how many it was allowed.
        tolerance: `search.tolerance`, in points.
        ended: what ended it.
        arms: how many it chose among.
        alike: how many of the strategy's arms can't be told apart from its best, the winner among them.
        expected_loss: points that the winner is expected to lose to the best arm; null where everything diverged, as
            below.
        loss_on_other_images: the same on other images than those of the validation set; null if that is not known.
        within: probability that it loses at most the tolerance.
        chance: probability that the winner is the best arm.
        beats_probe: probability that it beats the linear probe; null where the search trained none.
        beats_everything: probability that it beats everything at its best rate; null where it is that itself.
    """

    method: str
    strategy: str
    trainings: int
    budget: int
    tolerance: float
    ended: Ended
    arms: int
    alike: int
    expected_loss: float | None
    loss_on_other_images: float | None
    within: float | None
    chance: float | None
    beats_probe: float | None
    beats_everything: float | None


class Answer(Closed):
    """What to do with a backbone.

    Attributes:
        backbone: its key.
        title: its name in tables and figures.
        scored: the part that scores accuracies.
        ranked_first: the strategy that search or validation put first.
        against_probe: how far that lies above the linear probe; null if it is the probe, or if it is not known.
        final_runs: how many there are.
        diverged: how many of them diverged.
        best: the answer.
        others: the other strategies, the next best first.
        search: of a search by rounds, what it says of its answer.
    """

    backbone: str
    title: str
    scored: Literal["test", "validation"]
    ranked_first: str
    against_probe: AgainstProbe | None
    final_runs: int
    diverged: int
    best: AnswerEntry
    others: list[AnswerEntry]
    search: NotRequired[SearchSaid]


@part
class Recommendation(JsonFile):
    """The answer for each backbone. The file is this mapping itself.

    Attributes:
        answers: by the backbone's key; null if every final run of it diverged.
    """

    called: ClassVar[str] = "recommendation"
    place: ClassVar[str] = "results/tables/recommendation.json"
    writer: ClassVar[str] = "recommend"
    root: ClassVar[str] = "answers"

    answers: dict[str, Answer | None]


class OptimismSizes(Closed):
    """How many images score winners.

    Attributes:
        chosen_on: those that chose them.
        unseen: those that the search has not seen.
    """

    chosen_on: int
    unseen: int


class OptimismEntry(Closed):
    """What the winners of a strategy lost where nothing was chosen, in means over repeats.

    Attributes:
        selected: accuracy in the search.
        unseen: accuracy after another training, on other images.
        points: how much more it fell than Baseline I; null for Baseline I itself, and where it is not known.
        by_repeat: the same of each repeat.
        interval: 95 % interval of the points.
    """

    selected: float | None
    unseen: float | None
    points: float | None
    by_repeat: list[float] | None
    interval: list[float] | None


class OptimismFound(Closed):
    """What winners lost beyond Baseline I.

    Attributes:
        images: how many images score them.
        backbones: by the backbone's key and the strategy's.
    """

    images: OptimismSizes
    backbones: dict[str, dict[str, OptimismEntry]]


@part
class Optimism(JsonFile):
    """Selection optimism. The file is what was found itself.

    Attributes:
        found: of all backbones.
    """

    called: ClassVar[str] = "comparison of winners where they were chosen and elsewhere"
    place: ClassVar[str] = "results/tables/optimism.json"
    writer: ClassVar[str] = "optimism"
    remedy: ClassVar[str] = "; remove it, and the same call makes it again"
    root: ClassVar[str] = "found"

    found: OptimismFound
