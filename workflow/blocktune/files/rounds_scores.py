"""What a search by rounds found: its arms, what is believed of them, and what it answers."""

from typing import ClassVar, Literal

from .kind import left_out, part
from .plan import Ended
from .search_scores import SearchScores


@part
class ArmTraining:
    """A training of an arm.

    Attributes:
        run: its id.
        seed: of head, order and dropout.
        round: in which it was asked for; 0 for one that is trained in any case, as baselines are.
        accuracy: on the validation set; null if it diverged.
        worth: what it is ranked by, higher is better: the accuracy, or minus the validation loss; null if it diverged.
    """

    run: str
    seed: int
    round: int
    accuracy: float | None
    worth: float | None


@part
class ArmBelief:
    """What is believed of an arm: of the mean of its trainings over seeds.

    Attributes:
        expected: what it is expected to be worth.
        low: lower end of its 95 % interval.
        high: upper end.
    """

    expected: float
    low: float
    high: float


@part
class ArmFound:
    """An arm: a set of layers at a learning rate.

    Attributes:
        run: id of its training with the study's seed, trained or not.
        layers: indices of the layers with weights that it unfreezes, ascending.
        learning_rate: what it trains at.
        parameters: how many trainable weights these layers have (elements).
        trainings: all that were trained.
        belief: what is believed of it at the end; null where everything diverged.
        chance: probability that it is the best arm of all; null likewise.
    """

    run: str
    layers: tuple[int, ...]
    learning_rate: float
    parameters: int
    trainings: tuple[ArmTraining, ...]
    belief: ArmBelief | None
    chance: float | None


@part
class RoundFound:
    """What is known after a round.

    Attributes:
        round: its number; 0 is before the first.
        trainings: of the search up to then.
        run: of the arm that would be the answer then; null as long as everything diverged.
        expected_loss: points of accuracy that this arm is expected to lose to the best one; null likewise.
        beliefs: of every arm, in the order of the arms; only of a few rounds, spread evenly, the last among them.
    """

    round: int
    trainings: int
    run: str | None
    expected_loss: float | None
    beliefs: tuple[ArmBelief, ...] | None = left_out()


@part
class StrategyFound:
    """What the search chose for a strategy.

    Attributes:
        strategy: its key.
        run: the winner's.
        alike: runs of the strategy's arms that can't be told apart from its best, the winner first: trained ones that
            are expected to lose at most `search.tolerance`. The winner has the fewest parameters of them.
        expected_loss: points of accuracy on these validation images that the winner is expected to lose to the best
            arm of all; null where everything diverged, as below.
        loss_on_other_images: the same on other images of the same kind; null if a run did not keep which validation
            images it classifies rightly. Then what follows is of these validation images.
        within: probability that the winner loses at most `search.tolerance` points to the best arm of all.
        chance: probability that the winner is the best arm of all.
        beats_probe: probability that it is better than the linear probe; null where the search trained none.
        beats_everything: probability that it is better than everything at its best rate; null where it is that itself.
    """

    strategy: str
    run: str
    alike: tuple[str, ...]
    expected_loss: float | None
    loss_on_other_images: float | None
    within: float | None
    chance: float | None
    beats_probe: float | None
    beats_everything: float | None


@part(kw_only=True)
class RoundsScores(SearchScores):
    """What a search found that trains whole candidates, round by round.

    Attributes:
        budget: `search.budget`.
        tolerance: `search.tolerance`.
        trainings: how many the search trained; baselines are not among them.
        ended: what ended it.
        answer: run of the arm that the method answers with.
        worth: what arms are ranked by: their accuracy, or minus their validation loss.
        points: points of accuracy that one unit of worth stands for; null where everything diverged.
        probe: what the linear probe is worth; null where the search trained none.
        rounds: what was known after each.
        arms: all of them, in search order.
        strategies: what each searched strategy chose.
    """

    called: ClassVar[str] = "list of what a search by rounds found"
    place: ClassVar[str] = "results/search/{backbone}/scores-{method}.json"
    writer: ClassVar[str] = "answer"

    budget: int
    tolerance: float
    trainings: int
    ended: Ended
    answer: str
    worth: Literal["accuracy", "loss"]
    points: float | None
    probe: float | None
    rounds: tuple[RoundFound, ...]
    arms: tuple[ArmFound, ...]
    strategies: tuple[StrategyFound, ...]

    @property
    def winners(self) -> dict[str, str]:
        """The winner's run by strategy."""
        return {entry.strategy: entry.run for entry in self.strategies}


def chance_words(probability: float) -> str:
    """Return a probability as people write it: nothing is told more finely than to hundredths."""
    if probability < 0.01:
        return "below 0.01"
    return "above 0.99" if probability > 0.99 else f"{probability:.2f}"
