"""What a run leaves behind: in the store one file for each of its parts, and all of them in the record of its job.

Parts are typed dictionaries: what a run has nothing to say of is not there, which is not the same as null.
"""

from typing import ClassVar, NotRequired

from .kind import Closed, JsonFile, part
from .measures import Measures


class Tested(Closed):
    """The test set at an epoch.

    Attributes:
        accuracy: share of the images classified rightly.
        right: for each image whether it was, as bits in the order of the rows, in hexadecimal digits.
    """

    accuracy: float
    right: str


class TestedEpochs(Closed, total=False):
    """The test set at the epochs that count.

    Attributes:
        last: after the last epoch.
        best: after the first of those with the highest validation accuracy.
    """

    last: Tested
    best: Tested


class ProbeFit(Closed):
    """How a linear probe was fitted.

    Attributes:
        strength: of the penalty, as cross-validation chose it.
        folds: of the cross-validation.
    """

    strength: float
    folds: int


class Metrics(Closed):
    """The numbers of a run, which the same seed and machine make again.

    Attributes:
        diverged: whether its loss left the numbers.
        epochs: how many it trained.
        last_accuracy: on the validation set after the last epoch; null if it diverged.
        best_accuracy: the highest of all epochs that were validated.
        best_epoch: the first epoch that has it, from 1.
        parameters_backbone: how many parameters of the backbone train (elements).
        parameters_trained: how many train in all.
        test: with a test set, what it says; null if the run diverged.
        probe: of a linear probe, how it was fitted.
    """

    diverged: bool
    epochs: int
    last_accuracy: float | None
    best_accuracy: float | None
    best_epoch: int | None
    parameters_backbone: NotRequired[int]
    parameters_trained: NotRequired[int]
    test: NotRequired[TestedEpochs | None]
    probe: NotRequired[ProbeFit]


class Resources(Closed, total=False):
    """What a run took, and where it ran. Runs of earlier versions lack some.

    Attributes:
        seconds: wall time.
        seconds_preparing: of these, before the first epoch.
        seconds_epochs: of each epoch.
        cpu_seconds: processor time.
        cpu_seconds_epochs: of each epoch.
        peak_memory_mb: most memory of its process.
        cut: index of the layer up to which all was computed once; null if nothing was.
        versions: of Python and its packages, by name.
        backend: Keras' backend and its version.
        machine: system and architecture.
        device: GPU or processor.
    """

    seconds: float
    seconds_preparing: float
    seconds_epochs: list[float]
    cpu_seconds: float
    cpu_seconds_epochs: list[float]
    peak_memory_mb: float
    cut: int | None
    versions: dict[str, str]
    backend: str
    machine: str
    device: str


class Validation(Closed):
    """What each image of the validation set said after the last epoch, in the order of the rows.

    Attributes:
        losses: cross-entropy of each image at the temperature.
        right: whether each image was classified rightly, as bits in hexadecimal digits.
        temperature: the one that suits these images best.
    """

    losses: list[float]
    right: str
    temperature: NotRequired[float]


class RunRecord(Closed):
    """A run in the record of its job.

    Attributes:
        run: its id.
        metrics: its numbers.
        history: its epochs, CSV.
        resources: what it took.
        validation_losses: see the losses of `validation.json`.
        validation_right: see what is right there.
        measures: what fine-tuning changed, if that was asked for.
        measures_version: of the measures.
        dry: true of a run that only slept, which has nothing else.
    """

    run: str
    metrics: NotRequired[Metrics]
    history: NotRequired[str]
    resources: NotRequired[Resources]
    validation_losses: NotRequired[list[float]]
    validation_right: NotRequired[str]
    measures: NotRequired[Measures | None]
    measures_version: NotRequired[int]
    dry: NotRequired[bool]


@part
class MetricsFile(JsonFile):
    """The numbers of a run in the store. The file is the metrics themselves.

    Attributes:
        metrics: of the run.
    """

    called: ClassVar[str] = "metrics of a run"
    place: ClassVar[str] = "data/store/{run}/metrics.json"
    writer: ClassVar[str] = "train"
    root: ClassVar[str] = "metrics"

    metrics: Metrics


@part
class ResourcesFile(JsonFile):
    """What a run in the store took. The file is the resources themselves.

    Attributes:
        resources: of the run.
    """

    called: ClassVar[str] = "resources of a run"
    place: ClassVar[str] = "data/store/{run}/resources.json"
    writer: ClassVar[str] = "train"
    root: ClassVar[str] = "resources"

    resources: Resources


@part
class ValidationFile(JsonFile):
    """What the validation set said of a run in the store, of those that keep it. The file is that itself.

    Attributes:
        validation: of the run.
    """

    called: ClassVar[str] = "validation scores of a run"
    place: ClassVar[str] = "data/store/{run}/validation.json"
    writer: ClassVar[str] = "train"
    root: ClassVar[str] = "validation"

    validation: Validation


@part
class Seal(JsonFile):
    """Checksums of a run's other files in the store. The file is this mapping itself.

    Attributes:
        sha256: of each file, by its name.
    """

    called: ClassVar[str] = "seal of a run"
    place: ClassVar[str] = "data/store/{run}/seal.json"
    writer: ClassVar[str] = "train"
    root: ClassVar[str] = "sha256"

    sha256: dict[str, str]


@part
class JobRecord(JsonFile):
    """What the runs of a job found.

    Attributes:
        job: name of the job.
        runs: its runs, in the order of the plan.
    """

    called: ClassVar[str] = "record of a job"
    place: ClassVar[str] = "results/runs/{backbone}/{stage}/{job}.json"
    writer: ClassVar[str] = "train"

    job: str
    runs: tuple[RunRecord, ...]
