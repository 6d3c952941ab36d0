"""What lies beside an exported model."""

from typing import Annotated, ClassVar, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from .kind import Closed, JsonFile, part


class ClassScore(Closed):
    """How well a class is told.

    Attributes:
        pictures: images of it.
        precision: share of what is taken for it that is it; null if nothing is.
        recall: share of it that is taken for it; null if there is none of it.
    """

    pictures: int
    precision: float | None
    recall: float | None


_Mistake = TypedDict("_Mistake", {"picture": str, "is": str, "taken_for": str, "probability": float})


class Mistake(_Mistake, Closed, total=False):
    """An image that is wrong with a high probability.

    Attributes:
        picture: its name.
        is: its class.
        taken_for: the class that it is taken for.
        probability: of that class, as the model says.
        row: its row among the prepared images, if it is one of them.
    """

    row: int


class Evaluation(Closed):
    """Scores of a model on labelled images.

    Attributes:
        pictures: how many images.
        right: how many are classified rightly.
        accuracy: the share of these.
        interval: its 95 % interval (Wilson).
        labels: names of the classes.
        confusion: images by what they are (rows) and what they are taken for (columns).
        classes: scores of each class, by its name.
        calibration_error: how far confidence and accuracy lie apart (expected calibration error, 15 bins).
        calibration_if_perfect: what chance alone gives a perfectly calibrated classifier: mean, and what 95 % stay
            below. Models of earlier versions lack it.
        mistakes: those with the highest probabilities, worst first.
    """

    pictures: int
    right: int
    accuracy: float
    interval: list[float]
    labels: list[str]
    confusion: list[list[int]]
    classes: dict[str, ClassScore]
    calibration_error: float
    calibration_if_perfect: NotRequired[list[float]]
    mistakes: NotRequired[list[Mistake]]


class ModelScores(Evaluation):
    """An exported model and its scores.

    Attributes:
        strategy: whose final run it is.
        run: id of the run.
        repeated: whether training it again gave the study's own numbers.
        scored: the part that scores it.
    """

    strategy: str
    run: str
    repeated: bool
    scored: Literal["test", "validation"]


@part
class ModelEvaluation(JsonFile):
    """Scores of an exported model. The file is the scores themselves.

    Attributes:
        scores: of the model.
    """

    called: ClassVar[str] = "evaluation of a model"
    place: ClassVar[str] = "results/models/{backbone}/{strategy}/evaluation.json"
    writer: ClassVar[str] = "export-model"
    remedy: ClassVar[str] = "; export the model again"
    root: ClassVar[str] = "scores"

    scores: ModelScores


@part
class Labels(JsonFile):
    """The classes of an exported model. The file is the list itself.

    Attributes:
        names: of the classes, in the order of the probabilities.
    """

    called: ClassVar[str] = "list of class names"
    place: ClassVar[str] = "results/models/{backbone}/{strategy}/labels.json"
    writer: ClassVar[str] = "export-model"
    root: ClassVar[str] = "names"

    names: tuple[str, ...]


@part
class StudyImages(JsonFile):
    """The images of the study that an exported model is from.

    Attributes:
        max_16bit: the value that is white in images of 16 bits.
        images: the first digits of the sha256 of each image's pixels, by part (`training`, `validation`, `test`).
    """

    called: ClassVar[str] = "list of a study's images"
    place: ClassVar[str] = "results/models/{backbone}/{strategy}/images.json"
    writer: ClassVar[str] = "export-model"
    remedy: ClassVar[str] = "; export the model again, or remove the file"

    max_16bit: Annotated[int, Field(ge=1, le=65535)]
    images: dict[str, tuple[str, ...]]
