"""What a run leaves behind: in the store one file for each of its parts, and all of them in the record of its job.

Parts are typed dictionaries: what a run has nothing to say of is not there, which is not the same as null.
"""

from typing import Annotated, ClassVar, NotRequired

from .kind import Closed, JsonFile, part
from .measures import Measures


class Tested(Closed):
    """The test set at an epoch."""

    accuracy: Annotated[float, "share of the images classified rightly"]
    right: Annotated[str, "for each image whether it was, as bits in the order of the rows, in hexadecimal digits"]


class TestedEpochs(Closed, total=False):
    """The test set at the epochs that count."""

    last: Annotated[Tested, "after the last epoch"]
    best: Annotated[Tested, "after the first of those with the highest validation accuracy"]


class ProbeFit(Closed):
    """How a linear probe was fitted."""

    strength: Annotated[float, "of the penalty, as cross-validation chose it"]
    folds: Annotated[int, "of the cross-validation"]


class Metrics(Closed):
    """The numbers of a run, which the same seed and machine make again."""

    diverged: Annotated[bool, "whether its loss left the numbers"]
    epochs: Annotated[int, "how many it trained"]
    last_accuracy: Annotated[float | None, "on the validation set after the last epoch; null if it diverged"]
    best_accuracy: Annotated[float | None, "the highest of all epochs that were validated"]
    best_epoch: Annotated[int | None, "the first epoch that has it, from 1"]
    parameters_backbone: Annotated[NotRequired[int], "how many parameters of the backbone train (elements)"]
    parameters_trained: Annotated[NotRequired[int], "how many train in all"]
    test: Annotated[NotRequired[TestedEpochs | None], "with a test set, what it says; null if the run diverged"]
    probe: Annotated[NotRequired[ProbeFit], "of a linear probe, how it was fitted"]


class Resources(Closed, total=False):
    """What a run took, and where it ran. Runs of earlier versions lack some."""

    seconds: Annotated[float, "wall time"]
    seconds_preparing: Annotated[float, "of these, before the first epoch"]
    seconds_epochs: Annotated[list[float], "of each epoch"]
    cpu_seconds: Annotated[float, "processor time"]
    cpu_seconds_epochs: Annotated[list[float], "of each epoch"]
    peak_memory_mb: Annotated[float, "most memory of its process"]
    cut: Annotated[int | None, "index of the layer up to which all was computed once; null if nothing was"]
    versions: Annotated[dict[str, str], "of Python and its packages, by name"]
    backend: Annotated[str, "Keras' backend and its version"]
    machine: Annotated[str, "system and architecture"]
    device: Annotated[str, "GPU or processor"]


class Validation(Closed):
    """What each image of the validation set said after the last epoch, in the order of the rows."""

    losses: Annotated[list[float], "cross-entropy of each image at the temperature"]
    right: Annotated[str, "whether each image was classified rightly, as bits in hexadecimal digits"]
    temperature: Annotated[NotRequired[float], "the one that suits these images best"]


class RunRecord(Closed):
    """A run in the record of its job."""

    run: Annotated[str, "its id"]
    metrics: Annotated[NotRequired[Metrics], "its numbers"]
    history: Annotated[NotRequired[str], "its epochs, CSV"]
    resources: Annotated[NotRequired[Resources], "what it took"]
    validation_losses: Annotated[NotRequired[list[float]], "see the losses of `validation.json`"]
    validation_right: Annotated[NotRequired[str], "see what is right there"]
    measures: Annotated[NotRequired[Measures | None], "what fine-tuning changed, if that was asked for"]
    measures_version: Annotated[NotRequired[int], "of the measures"]
    dry: Annotated[NotRequired[bool], "true of a run that only slept, which has nothing else"]


@part
class MetricsFile(JsonFile):
    """The numbers of a run in the store. The file is the metrics themselves."""

    called: ClassVar[str] = "metrics of a run"
    place: ClassVar[str] = "data/store/{run}/metrics.json"
    writer: ClassVar[str] = "train"
    root: ClassVar[str] = "metrics"

    metrics: Annotated[Metrics, "of the run"]


@part
class ResourcesFile(JsonFile):
    """What a run in the store took. The file is the resources themselves."""

    called: ClassVar[str] = "resources of a run"
    place: ClassVar[str] = "data/store/{run}/resources.json"
    writer: ClassVar[str] = "train"
    root: ClassVar[str] = "resources"

    resources: Annotated[Resources, "of the run"]


@part
class ValidationFile(JsonFile):
    """What the validation set said of a run in the store, of those that keep it. The file is that itself."""

    called: ClassVar[str] = "validation scores of a run"
    place: ClassVar[str] = "data/store/{run}/validation.json"
    writer: ClassVar[str] = "train"
    root: ClassVar[str] = "validation"

    validation: Annotated[Validation, "of the run"]


@part
class Seal(JsonFile):
    """Checksums of a run's other files in the store. The file is this mapping itself."""

    called: ClassVar[str] = "seal of a run"
    place: ClassVar[str] = "data/store/{run}/seal.json"
    writer: ClassVar[str] = "train"
    root: ClassVar[str] = "sha256"

    sha256: Annotated[dict[str, str], "of each file, by its name"]


@part
class JobRecord(JsonFile):
    """What the runs of a job found."""

    called: ClassVar[str] = "record of a job"
    place: ClassVar[str] = "results/runs/{backbone}/{stage}/{job}.json"
    writer: ClassVar[str] = "train"

    job: Annotated[str, "name of the job"]
    runs: Annotated[tuple[RunRecord, ...], "its runs, in the order of the plan"]
