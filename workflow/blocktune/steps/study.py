"""What tables and figures say of a study."""

from pathlib import Path
from typing import Annotated

from ..files.dataset import Dataset, SplitSummary
from ..files.study import Study
from ..search.schedule import strategy_columns
from ..settings.changes import changed
from ..settings.model import Settings
from ..settings.training import Augmentation
from .shared import SettingsFile
from .signature import step


@step("report")
def study(
    settings: SettingsFile,
    dataset: Annotated[Dataset, "facts on the prepared images"],
    split_summary: Annotated[SplitSummary, "facts on the parts"],
    output: Annotated[Path, "the file to write"],
) -> None:
    """Write down what a study's tables and figures say of it."""
    shown = Study(
        study=settings.study,
        seed=settings.seed,
        repeats=settings.repeats,
        epochs=settings.training.epochs,
        batch_size=settings.training.batch_size,
        learning_rate=settings.training.learning_rate,
        image_size=settings.data.image_size,
        range=settings.pixels.range,
        counts=settings.training.counts,
        batch_norm=settings.training.batch_norm,
        optimizer=settings.training.optimizer,
        rates=settings.search.rates or (),
        candidates=settings.search.candidates,
        span_blocks=settings.search.span_blocks,
        delimiters=settings.search.delimiters,
        recipe=_recipe(settings),
        changes=changed(settings),
        protocol=settings.evaluation.protocol,
        choose_by=settings.evaluation.choose_by,
        augmentation=_augmentation(settings.training.augmentation),
        each_repeat=settings.split.each_repeat,
        dataset=settings.data.name,
        source=settings.data.source,
        images=split_summary.images,
        most_frequent={name: part.largest_class for name, part in split_summary.parts.items()},
        classes=dataset.classes,
        strategies=strategy_columns(settings),
        top_k=settings.search.top_k,
        method=settings.search.method,
        # Here rather than in the layer tables, so that another label changes tables and figures and nothing else
        titles={backbone.key: backbone.title for backbone in settings.backbones},
    )
    shown.write(output)


def _recipe(settings: Settings) -> str:
    """What else of head and training is not the paper's, in words; empty if nothing is."""
    head, training = settings.head, settings.training
    told = {
        f"{head.pooling} pooling and no hidden layer": not head.units,
        "head from the probe": head.start == "probe",
        f"weight decay {training.weight_decay:g}": training.optimizer == "adamw",
        f"{training.schedule} learning rate": training.schedule != "plateau",
        f"warm-up over {training.warmup:g} epoch{'' if training.warmup == 1 else 's'}": training.warmup,
        f"gradients clipped at norm {training.clip_norm or 0:g}": training.clip_norm,
        f"label smoothing {training.label_smoothing:g}": training.label_smoothing,
    }
    return ", ".join(words for words, so in told.items() if so)


def _augmentation(augmentation: Augmentation) -> str:
    """How images are changed, in words; empty if they are not."""
    shares = [f"{name} {value:g}" for name in ("crop", "color") if (value := getattr(augmentation, name))]
    return ", ".join([*(["flip"] if augmentation.flip else []), *shares])
