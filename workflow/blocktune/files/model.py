"""What lies beside an exported model."""

from typing import Annotated, ClassVar, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from .kind import Closed, JsonFile, part


class ClassScore(Closed):
    """How well a class is told."""

    pictures: Annotated[int, "images of it"]
    precision: Annotated[float | None, "share of what is taken for it that is it; null if nothing is"]
    recall: Annotated[float | None, "share of it that is taken for it; null if there is none of it"]


_Mistake = TypedDict(
    "_Mistake",
    {
        "picture": Annotated[str, "its name"],
        "is": Annotated[str, "its class"],
        "taken_for": Annotated[str, "the class that it is taken for"],
        "probability": Annotated[float, "of that class, as the model says"],
    },
)


class Mistake(_Mistake, Closed, total=False):
    """An image that is wrong with a high probability."""

    row: Annotated[int, "its row among the prepared images, if it is one of them"]


class Evaluation(Closed):
    """Scores of a model on labelled images."""

    pictures: Annotated[int, "how many images"]
    right: Annotated[int, "how many are classified rightly"]
    accuracy: Annotated[float, "the share of these"]
    interval: Annotated[list[float], "its 95 % interval (Wilson)"]
    labels: Annotated[list[str], "names of the classes"]
    confusion: Annotated[list[list[int]], "images by what they are (rows) and what they are taken for (columns)"]
    classes: Annotated[dict[str, ClassScore], "scores of each class, by its name"]
    calibration_error: Annotated[
        float, "how far confidence and accuracy lie apart (expected calibration error, 15 bins)"
    ]
    calibration_if_perfect: Annotated[
        NotRequired[list[float]],
        "what chance alone gives a perfectly calibrated classifier: mean, and what 95 % stay below. Models of earlier "
        "versions lack it",
    ]
    mistakes: Annotated[NotRequired[list[Mistake]], "those with the highest probabilities, worst first"]


class ModelScores(Evaluation):
    """An exported model and its scores."""

    strategy: Annotated[str, "whose final run it is"]
    run: Annotated[str, "id of the run"]
    repeated: Annotated[bool, "whether training it again gave the study's own numbers"]
    scored: Annotated[Literal["test", "validation"], "the part that scores it"]


@part
class ModelEvaluation(JsonFile):
    """Scores of an exported model. The file is the scores themselves."""

    called: ClassVar[str] = "evaluation of a model"
    place: ClassVar[str] = "results/models/{backbone}/{strategy}/evaluation.json"
    writer: ClassVar[str] = "export-model"
    remedy: ClassVar[str] = "; export the model again"
    root: ClassVar[str] = "scores"

    scores: Annotated[ModelScores, "of the model"]


@part
class Labels(JsonFile):
    """The classes of an exported model. The file is the list itself."""

    called: ClassVar[str] = "list of class names"
    place: ClassVar[str] = "results/models/{backbone}/{strategy}/labels.json"
    writer: ClassVar[str] = "export-model"
    root: ClassVar[str] = "names"

    names: Annotated[tuple[str, ...], "of the classes, in the order of the probabilities"]


@part
class StudyImages(JsonFile):
    """The images of the study that an exported model is from."""

    called: ClassVar[str] = "list of a study's images"
    place: ClassVar[str] = "results/models/{backbone}/{strategy}/images.json"
    writer: ClassVar[str] = "export-model"
    remedy: ClassVar[str] = "; export the model again, or remove the file"

    max_16bit: Annotated[int, Field(ge=1, le=65535), "the value that is white in images of 16 bits"]
    images: Annotated[
        dict[str, tuple[str, ...]],
        "the first digits of the sha256 of each image's pixels, by part (`training`, `validation`, `test`)",
    ]
