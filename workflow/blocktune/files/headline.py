"""The headline numbers of a study, for DVC and for programs. Mappings, not lists: DVC compares by key."""

from typing import Annotated, ClassVar

from .kind import JsonFile, part


@part
class OverBackbones:
    """A stage's scores of a strategy over all backbones; no number where a backbone has none."""

    mean: Annotated[float | None, "of the accuracies"]
    variance: Annotated[float | None, "of these, with one degree of freedom less; null below two backbones"]
    backbones: Annotated[int, "how many have an accuracy"]


@part
class StagesOverBackbones:
    """A strategy over all backbones."""

    search: Annotated[OverBackbones, "in the search"]
    final: Annotated[OverBackbones, "in the final runs"]


@part
class EndLayer:
    """The first or the last layer of a candidate."""

    index: Annotated[int, "position in `model.layers`"]
    name: Annotated[str, "Keras' name"]


@part
class StageScore:
    """A strategy's best run of a stage; all is null where there is none."""

    accuracy: Annotated[
        float | None,
        "share of the images classified rightly: of the test set in the final stage, if there is one, else of the "
        "validation set; null if the run diverged",
    ]
    diverged: Annotated[bool | None, "whether it did"]
    run: Annotated[str | None, "its id"]
    gain_over_baseline1_points: Annotated[float | None, "accuracy above that of Baseline I, in percentage points"]
    gain_over_baseline2_points: Annotated[float | None, "accuracy above that of Baseline II"]


@part
class StrategyNumbers:
    """A strategy of a backbone: what won the search, and its scores. It has null for what it did not run."""

    candidates: Annotated[int, "how many the search tried"]
    weighted_layers: Annotated[int | None, "how many layers with weights the winner unfreezes"]
    parameters: Annotated[int | None, "how many trainable weights they have (elements)"]
    first: Annotated[EndLayer | None, "its first layer; null if it spans none"]
    last: Annotated[EndLayer | None, "its last layer"]
    search: Annotated[StageScore, "its score in the search"]
    final: Annotated[StageScore, "its score in the final runs"]


@part
class BackboneNumbers:
    """A backbone."""

    title: Annotated[str, "its name in tables and figures"]
    weights_kind: Annotated[str, "where its weights come from"]
    random_weights: Annotated[bool, "whether they are random"]
    strategies: Annotated[dict[str, StrategyNumbers], "its strategies, by key"]


@part
class Headline(JsonFile):
    """The headline numbers of a study. None of them chooses a strategy: `recommendation.json` does, by validation."""

    called: ClassVar[str] = "list of headline numbers"
    place: ClassVar[str] = "results/metrics.json"
    writer: ClassVar[str] = "metrics"

    study: Annotated[str, "the study's name"]
    seed: Annotated[int, "the first repeat's"]
    validation_images: Annotated[int, "how many images the validation set has"]
    test_images: Annotated[int | None, "how many the test set has; null without one"]
    random_weights: Annotated[tuple[str, ...], "keys of the backbones with random weights"]
    strategies: Annotated[
        dict[str, StagesOverBackbones],
        "over all backbones, by the strategy's key: those of Table I, then others that the search ran",
    ]
    backbones: Annotated[dict[str, BackboneNumbers], "by key"]
