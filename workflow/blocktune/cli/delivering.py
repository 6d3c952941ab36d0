"""Commands for who wants the tuned model: `export`, `convert`, `predict`."""

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..cells import cell
from ..errors import BlocktuneError
from ..messages import printable
from ..runs.files import read_json, write_json, write_text
from ..walk import LeftOut, told
from .common import path_flag, records_by_run, settled_gpus, training_flags

# What `convert` writes, by the name beside model.keras
_FORMATS = {"savedmodel": "savedmodel", "onnx": "model.onnx"}


def register(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    export = commands.add_parser("export", help="train a strategy's final run again and keep its model")
    training_flags(export)
    path_flag(export, "--runs", "records of the final runs", many=True)
    path_flag(export, "--study", "the study's study.json")
    path_flag(export, "--split-summary", "facts on the parts")
    export.add_argument("--strategy", required=True, help="a column of Table I, or best (the answer)")
    path_flag(export, "--answer", "what `recommend` found, for --strategy best", required=False)
    export.add_argument("--store", type=Path, required=True, metavar="FOLDER", help="folder of finished runs")
    path_flag(export, "--model", "the model to write (model.keras)")
    path_flag(export, "--images", "checksums of the study's images to write (images.json)")
    path_flag(export, "--labels", "the names of its classes to write (labels.json)")
    path_flag(export, "--card", "its model card to write")
    path_flag(export, "--evaluation", "its scores to write as JSON")
    export.set_defaults(func=_export)

    convert = commands.add_parser("convert", help="write an exported model as a SavedModel or as ONNX")
    convert.add_argument("model", type=Path, metavar="MODEL", help="model.keras, or its folder")
    convert.add_argument("--format", required=True, choices=list(_FORMATS), help="what to write")
    convert.add_argument("--output", type=Path, metavar="PATH", help="where (default: beside the model)")
    module_flag(convert)
    convert.set_defaults(func=_convert)

    predict = commands.add_parser("predict", help="tell what pictures show, with an exported model")
    predict.add_argument("model", type=Path, metavar="MODEL", help="model.keras, or its folder")
    predict.add_argument("pictures", nargs="+", metavar="PICTURES", help="files, folders, or patterns in quotes")
    predict.add_argument("--top", type=int, default=1, metavar="N", help="how many classes a picture (default 1)")
    predict.add_argument("--csv", type=Path, metavar="FILE", help="also write every class's probability")
    module_flag(predict)
    predict.set_defaults(func=_predict)


def module_flag(parser: argparse.ArgumentParser) -> None:
    """Add the flag for models with layer classes of the user's own."""
    parser.add_argument(
        "--allow-code",
        action="append",
        default=[],
        metavar="MODULE",
        help="run a module's code, which defines layer classes of the model",
    )


def _export(options: argparse.Namespace) -> None:
    from ..training.process import one_thread_per_process

    one_thread_per_process()
    gpus = settled_gpus(options)
    from ..analysis.study import read_study
    from ..candidates.table import LayerTable
    from ..data.prepared import MANIFEST, Prepared, read_dataset, read_manifest, read_split
    from ..data.sixteen_bit import FULL
    from ..deliver.export import export_run
    from ..deliver.known import write_known
    from ..runs.plan import read_plan
    from ..runs.spec import RunSpec
    from ..runs.store import Store
    from ..training.checkpoint import CheckpointFile
    from ..training.device import take_device
    from ..training.planned import planned_backbone

    plan, study = read_plan(options.plan), read_study(options.study)
    records = records_by_run(options.runs)
    candidate = planned_entry(plan, options.strategy, options.answer)
    spec = RunSpec.from_json(plan["runs"][candidate["run"]])
    take_device(gpus, {"run": f"export of {spec.run_id}"})
    table, prepared = LayerTable.read(options.layers), Prepared.open_intact(options.dataset.parent)
    manifest, parts = read_manifest(options.dataset.parent / MANIFEST), read_split(options.splits)
    white = read_dataset(options.dataset).get("sixteen_bit", {}).get("white", FULL)
    # Beside that of the study's own run, which another study may be training
    checkpoint = CheckpointFile(Store(options.store).checkpoint(f"{spec.run_id}-export"), spec)
    exported = export_run(
        spec,
        records[spec.run_id]["metrics"],
        table,
        planned_backbone(spec, table, options.layers, options.pretrained),
        prepared,
        parts,
        list(prepared.classes),
        [row["file"] for row in manifest],
        options.memory_gb,
        study.counts,
        options.model,
        checkpoint,
    )
    _write_about(options, study, candidate, spec, exported, white)
    write_known(options.images, manifest, parts, white)
    checkpoint.remove()


def _write_about(
    options: argparse.Namespace, study: Any, candidate: dict[str, Any], spec: Any, exported: Any, white: int
) -> None:
    """Write the model's labels, its card and its scores."""
    from ..analysis.layers import read_backbones
    from ..deliver.card import Subject, model_card

    write_json(options.labels, exported.evaluation["labels"])
    (described,) = read_backbones([options.layers], study.titles)
    subject = Subject(candidate["strategy"], candidate, spec, described)
    resources = records_by_run(options.runs)[spec.run_id].get("resources", {})
    write_text(options.card, model_card(study, subject, exported, read_json(options.split_summary), resources, white))
    facts = {"strategy": candidate["strategy"], "run": spec.run_id}
    facts |= {"repeated": exported.repeated, "scored": exported.scored}
    write_json(options.evaluation, {**facts, **exported.evaluation})
    print(f"{described.title}, {candidate['strategy']}: {options.model}")


def planned_entry(plan: dict[str, Any], strategy: str, answer: Path | None) -> dict[str, Any]:
    """Return the plan's entry of a strategy; `best` is the one that `recommend` answers with.

    Args:
        plan: of the final runs.
        strategy: a column of Table I, or `best`.
        answer: the file that `recommend` wrote.

    Raises:
        BlocktuneError: there is no such strategy, no answer, or nothing in it to export.
    """
    candidates = plan["candidates"]
    if strategy == "best":
        if answer is None:
            raise BlocktuneError("--strategy best needs --answer, the recommendation.json that `recommend` wrote")
        found = read_json(answer)[plan["backbone"]]
        if found is None:
            raise BlocktuneError("every final run diverged: there is no model to export")
        strategy = found["best"]["strategy"]
    found = [entry for entry in candidates if entry["strategy"] == strategy]
    if not found:
        raise BlocktuneError(
            f"--strategy {strategy}: the study has no such strategy; it has best, "
            f"{', '.join(entry['strategy'] for entry in candidates)}"
        )
    return found[0]


def _convert(options: argparse.Namespace) -> None:
    classifier = classifier_of(options)
    from ..deliver.formats import largest_difference, write_onnx, write_savedmodel

    folder = options.model if options.model.is_dir() else options.model.parent
    output = options.output or folder / _FORMATS[options.format]
    if not output.absolute().parent.is_dir():
        raise BlocktuneError(f"--output {output}: there is no folder {output.absolute().parent}")
    if options.format == "onnx" and output.is_dir():
        raise BlocktuneError(f"--output {output} is a folder; an ONNX model is a file")
    if options.format == "savedmodel" and output.exists() and not (output / "saved_model.pb").is_file():
        raise BlocktuneError(f"--output {output} is there and is no SavedModel: it would be lost; choose another name")
    written = (write_onnx if options.format == "onnx" else write_savedmodel)(classifier, output.absolute())
    difference, same = largest_difference(classifier, written)
    if not same:
        raise BlocktuneError(
            f"{output} names other classes than {options.model} (probabilities differ by {difference})"
        )
    print(f"{output}: the same classes as {options.model} on trial pictures, probabilities within {difference:.1e}")


def _predict(options: argparse.Namespace) -> None:
    from ..deliver.known import read_known
    from ..deliver.pictures import Trouble, find_pictures, read_batches

    files, left_out = find_pictures(options.pictures)
    classifier = classifier_of(options)
    if not 1 <= options.top <= len(classifier.labels):
        raise BlocktuneError(f"--top {options.top}: the model tells {len(classifier.labels)} classes apart")
    white, trouble, rows = read_known(options.model).white, Trouble(), []
    for batch in read_batches(files, classifier.size, trouble, white):
        for file, probabilities in zip(batch.files, classifier.probabilities(batch.pixels), strict=True):
            best = probabilities.argsort()[::-1][: options.top]
            told = "  ".join(f"{classifier.labels[place]} {probabilities[place]:.3f}" for place in best)
            print(f"{printable(str(file))}  {told}", flush=True)
            names = [cell(str(file)), cell(classifier.labels[best[0]])]
            rows.append([*names, *(f"{value:.6f}" for value in probabilities)])
    name_trouble(trouble, left_out, white, len(files))
    if options.csv is not None:
        _write_csv(options.csv, ["file", "class", *map(cell, classifier.labels)], rows)


def _write_csv(path: Path, head: list[str], rows: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def classifier_of(options: argparse.Namespace) -> Any:
    """Read the model that a command names."""
    from ..gpus.use import no_gpu

    no_gpu()
    from ..backbones.function import import_module
    from ..deliver.classifier import read_classifier

    for module in options.allow_code:
        import_module(module)
    return read_classifier(options.model, options.allow_code)


def name_trouble(trouble: Any, left_out: Sequence[LeftOut], white: int, count: int) -> None:
    """Say on standard error what was not read as it is.

    Args:
        trouble: what went wrong in reading the pictures.
        left_out: what was not read at all.
        white: the value that is white in images of 16 bits.
        count: how many pictures there were.

    Raises:
        BlocktuneError: none of them could be read.
    """
    lines = [f"skipped {printable(str(file))}: {reason}" for file, reason in trouble.broken] + told(left_out)
    if deep := trouble.values.trouble(white):
        lines.append(f"warning: {deep}; the model was trained with data.max_16bit {white}")
    for line in lines:
        print(line, file=sys.stderr)
    if len(trouble.broken) == count:
        raise BlocktuneError(f"none of {count} pictures can be read")
