"""What a search by rounds found: its arms, what is believed of them, and what it answers."""

from typing import Annotated, ClassVar, Literal

from .kind import left_out, part
from .plan import Ended
from .search_scores import SearchScores


@part
class ArmTraining:
    """A training of an arm."""

    run: Annotated[str, "its id"]
    seed: Annotated[int, "of head, order and dropout"]
    round: Annotated[int, "in which it was asked for; 0 for one that is trained in any case, as baselines are"]
    accuracy: Annotated[float | None, "on the validation set; null if it diverged"]
    worth: Annotated[
        float | None,
        "what it is ranked by, higher is better: the accuracy, or minus the validation loss; null if it diverged",
    ]


@part
class ArmBelief:
    """What is believed of an arm: of the mean of its trainings over seeds."""

    expected: Annotated[float, "what it is expected to be worth"]
    low: Annotated[float, "lower end of its 95 % interval"]
    high: Annotated[float, "upper end"]


@part
class ArmFound:
    """An arm: a set of layers at a learning rate."""

    run: Annotated[str, "id of its training with the study's seed, trained or not"]
    layers: Annotated[tuple[int, ...], "indices of the layers with weights that it unfreezes, ascending"]
    learning_rate: Annotated[float, "what it trains at"]
    parameters: Annotated[int, "how many trainable weights these layers have (elements)"]
    trainings: Annotated[tuple[ArmTraining, ...], "all that were trained"]
    belief: Annotated[ArmBelief | None, "what is believed of it at the end; null where everything diverged"]
    chance: Annotated[float | None, "probability that it is the best arm of all; null likewise"]


@part
class RoundFound:
    """What is known after a round."""

    round: Annotated[int, "its number; 0 is before the first"]
    trainings: Annotated[int, "of the search up to then"]
    run: Annotated[str | None, "of the arm that would be the answer then; null as long as everything diverged"]
    expected_loss: Annotated[
        float | None, "points of accuracy that this arm is expected to lose to the best one; null likewise"
    ]
    beliefs: Annotated[
        tuple[ArmBelief, ...] | None,
        "of every arm, in the order of the arms; only of a few rounds, spread evenly, the last among them",
    ] = left_out()


@part
class StrategyFound:
    """What the search chose for a strategy."""

    strategy: Annotated[str, "its key"]
    run: Annotated[str, "the winner's"]
    alike: Annotated[
        tuple[str, ...],
        "runs of the strategy's arms that can't be told apart from its best, the winner first: trained ones that are "
        "expected to lose at most `search.tolerance`. The winner has the fewest parameters of them",
    ]
    expected_loss: Annotated[
        float | None,
        "points of accuracy on these validation images that the winner is expected to lose to the best arm of all; "
        "null where everything diverged, as below",
    ]
    loss_on_other_images: Annotated[
        float | None,
        "the same on other images of the same kind; null if a run did not keep which validation images it classifies "
        "rightly. Then what follows is of these validation images",
    ]
    within: Annotated[
        float | None, "probability that the winner loses at most `search.tolerance` points to the best arm of all"
    ]
    chance: Annotated[float | None, "probability that the winner is the best arm of all"]
    beats_probe: Annotated[
        float | None, "probability that it is better than the linear probe; null where the search trained none"
    ]
    beats_everything: Annotated[
        float | None, "probability that it is better than everything at its best rate; null where it is that itself"
    ]


@part(kw_only=True)
class RoundsScores(SearchScores):
    """What a search found that trains whole candidates, round by round."""

    called: ClassVar[str] = "list of what a search by rounds found"
    place: ClassVar[str] = "results/search/{backbone}/scores-{method}.json"
    writer: ClassVar[str] = "answer"

    budget: Annotated[int, "`search.budget`"]
    tolerance: Annotated[float, "`search.tolerance`"]
    trainings: Annotated[int, "how many the search trained; baselines are not among them"]
    ended: Annotated[Ended, "what ended it"]
    answer: Annotated[str, "run of the arm that the method answers with"]
    worth: Annotated[
        Literal["accuracy", "loss"], "what arms are ranked by: their accuracy, or minus their validation loss"
    ]
    points: Annotated[
        float | None, "points of accuracy that one unit of worth stands for; null where everything diverged"
    ]
    probe: Annotated[float | None, "what the linear probe is worth; null where the search trained none"]
    rounds: Annotated[tuple[RoundFound, ...], "what was known after each"]
    arms: Annotated[tuple[ArmFound, ...], "all of them, in search order"]
    strategies: Annotated[tuple[StrategyFound, ...], "what each searched strategy chose"]

    @property
    def winners(self) -> dict[str, str]:
        """The winner's run by strategy."""
        return {entry.strategy: entry.run for entry in self.strategies}


def chance_words(probability: float) -> str:
    """Return a probability as people write it: nothing is told more finely than to hundredths."""
    if probability < 0.01:
        return "below 0.01"
    return "above 0.99" if probability > 0.99 else f"{probability:.2f}"
