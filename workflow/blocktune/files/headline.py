"""The headline numbers of a study, for DVC and for programs. Mappings, not lists: DVC compares by key."""

from typing import ClassVar

from .kind import JsonFile, part


@part
class OverBackbones:
    """A stage's scores of a strategy over all backbones; no number where a backbone has none.

    Attributes:
        mean: of the accuracies.
        variance: of these, with one degree of freedom less; null below two backbones.
        backbones: how many have an accuracy.
    """

    mean: float | None
    variance: float | None
    backbones: int


@part
class StagesOverBackbones:
    """A strategy over all backbones.

    Attributes:
        search: in the search.
        final: in the final runs.
    """

    search: OverBackbones
    final: OverBackbones


@part
class EndLayer:
    """The first or the last layer of a candidate.

    Attributes:
        index: position in `model.layers`.
        name: Keras' name.
    """

    index: int
    name: str


@part
class StageScore:
    """A strategy's best run of a stage; all is null where there is none.

    Attributes:
        accuracy: share of the images classified rightly: of the test set in the final stage, if there is one, else of
            the validation set; null if the run diverged.
        diverged: whether it did.
        run: its id.
        gain_over_baseline1_points: accuracy above that of Baseline I, in percentage points.
        gain_over_baseline2_points: accuracy above that of Baseline II.
    """

    accuracy: float | None
    diverged: bool | None
    run: str | None
    gain_over_baseline1_points: float | None
    gain_over_baseline2_points: float | None


@part
class StrategyNumbers:
    """A strategy of a backbone: what won the search, and its scores. It has null for what it did not run.

    Attributes:
        candidates: how many the search tried.
        weighted_layers: how many layers with weights the winner unfreezes.
        parameters: how many trainable weights they have (elements).
        first: its first layer; null if it spans none.
        last: its last layer.
        search: its score in the search.
        final: its score in the final runs.
    """

    candidates: int
    weighted_layers: int | None
    parameters: int | None
    first: EndLayer | None
    last: EndLayer | None
    search: StageScore
    final: StageScore


@part
class BackboneNumbers:
    """A backbone.

    Attributes:
        title: its name in tables and figures.
        weights_kind: where its weights come from.
        random_weights: whether they are random.
        strategies: its strategies, by key.
    """

    title: str
    weights_kind: str
    random_weights: bool
    strategies: dict[str, StrategyNumbers]


@part
class Headline(JsonFile):
    """The headline numbers of a study. None of them chooses a strategy: `recommendation.json` does, by validation.

    Attributes:
        study: the study's name.
        seed: the first repeat's.
        validation_images: how many images the validation set has.
        test_images: how many the test set has; null without one.
        random_weights: keys of the backbones with random weights.
        strategies: over all backbones, by the strategy's key: those of Table I, then others that the search ran.
        backbones: by key.
    """

    called: ClassVar[str] = "list of headline numbers"
    place: ClassVar[str] = "results/metrics.json"
    writer: ClassVar[str] = "metrics"

    study: str
    seed: int
    validation_images: int
    test_images: int | None
    random_weights: tuple[str, ...]
    strategies: dict[str, StagesOverBackbones]
    backbones: dict[str, BackboneNumbers]
