"""Models to take home: a strategy's final run, trained again and kept."""

from pathlib import Path
from typing import Annotated

from ..errors import BlocktuneError
from ..files.answer import Answer, Recommendation
from ..files.dataset import Dataset, SplitSummary
from ..files.model import Labels, ModelEvaluation
from ..files.plain import write_text
from ..files.plan import Plan, PlannedCandidate
from ..files.study import Study
from .shared import Training, records_by_run
from .signature import step


@step()
def export_model(
    training: Training,
    runs: Annotated[list[Path], "records of the final runs"],
    study: Annotated[Study, "the study's study.json"],
    split_summary: Annotated[SplitSummary, "facts on the parts"],
    strategy: Annotated[str, "a column of Table I, or best (the answer)"],
    store: Annotated[Path, "folder of finished runs"],
    model: Annotated[Path, "the model to write (model.keras)"],
    images: Annotated[Path, "checksums of the study's images to write (images.json)"],
    labels: Annotated[Path, "the names of its classes to write (labels.json)"],
    card: Annotated[Path, "its model card to write"],
    evaluation: Annotated[Path, "its scores to write as JSON"],
    answer: Annotated[Recommendation | None, "what `recommend` found, for --strategy best"] = None,
    licence: Annotated[str | None, "under which licence the model is published"] = None,
) -> None:
    """Train a strategy's final run again and keep its model."""
    from ..training.process import one_thread_per_process

    one_thread_per_process()
    gpus, plan = training.gpus.settled(), training.plan
    from ..analysis.layers import read_backbones
    from ..data.prepared import MANIFEST, Prepared, read_split
    from ..deliver.card import Subject, model_card
    from ..deliver.export import export_run
    from ..deliver.hub import front_matter
    from ..deliver.known import write_known
    from ..document.markdown import render
    from ..files.image_tables import ManifestRow
    from ..files.layers import LayerTable
    from ..runs.store import Store
    from ..training.checkpoint import CheckpointFile
    from ..training.device import take_device
    from ..training.planned import planned_backbone

    records = records_by_run(runs)
    candidate = planned_entry(plan, strategy, answer and answer.answers)
    spec = plan.runs[candidate.run]
    take_device(gpus, f"export of {spec.run_id}")
    table, prepared = LayerTable.read(training.layers), Prepared.open_intact(training.dataset.parent)
    manifest, parts = ManifestRow.read(training.dataset.parent / MANIFEST), read_split(training.splits)
    white = Dataset.read(training.dataset).sixteen_bit.white
    # Beside that of the study's own run, which another study may be training
    checkpoint = CheckpointFile(Store(store).checkpoint(f"{spec.run_id}-export"), spec)
    exported = export_run(
        spec,
        records[spec.run_id]["metrics"],
        table,
        planned_backbone(spec, table, training.layers, training.pretrained),
        prepared,
        parts,
        [row.file for row in manifest],
        training.memory_gb,
        study.counts,
        model,
        checkpoint,
    )
    Labels(tuple(exported.evaluation["labels"])).write(labels)
    (described,) = read_backbones([training.layers], study.titles)
    subject = Subject(candidate.strategy, candidate, spec, described)
    resources = records[spec.run_id].get("resources", {})
    words = render(model_card(study, subject, exported, split_summary, resources, white, licence))
    write_text(card, front_matter(study, subject, exported, split_summary, licence) + words)
    facts = {"strategy": candidate.strategy, "run": spec.run_id}
    facts |= {"repeated": exported.repeated, "scored": exported.scored}
    ModelEvaluation({**facts, **exported.evaluation}).write(evaluation)
    print(f"{described.title}, {candidate.strategy}: {model}")
    write_known(images, manifest, parts, white)
    checkpoint.remove()


def planned_entry(plan: Plan, strategy: str, answer: dict[str, Answer | None] | None) -> PlannedCandidate:
    """Return a plan's entry of a strategy, a column of Table I; `best` is the one that `recommend` answers with.

    Raises:
        BlocktuneError: there is no such strategy, no answer, or nothing in it to export.
    """
    if strategy == "best":
        if answer is None:
            raise BlocktuneError("--strategy best needs --answer, the recommendation.json that `recommend` wrote")
        found = answer[plan.backbone]
        if found is None:
            raise BlocktuneError("every final run diverged: there is no model to export")
        strategy = found["best"]["strategy"]
    found = [entry for entry in plan.candidates if entry.strategy == strategy]
    if not found:
        raise BlocktuneError(
            f"--strategy {strategy}: the study has no such strategy; it has best, "
            f"{', '.join(entry.strategy for entry in plan.candidates)}"
        )
    return found[0]
