"""Commands for who wants the tuned model: `export`, `convert`, `predict`, `evaluate`."""

import argparse
import csv
import io
import sys
from pathlib import Path
from typing import Any

from ..cells import cell
from ..errors import BlocktuneError
from ..messages import printable
from ..runs.files import read_json, write_json, write_text
from .common import metrics_by_run, path_flag, run_records, settled_gpus, training_flags

# What `convert` writes, by the name beside model.keras
_FORMATS = {"savedmodel": "savedmodel", "onnx": "model.onnx"}


def register(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    export = commands.add_parser("export", help="train a strategy's final run again and keep its model")
    training_flags(export)
    path_flag(export, "--runs", "records of the final runs", many=True)
    path_flag(export, "--study", "the study's study.json")
    path_flag(export, "--split-summary", "facts on the parts")
    export.add_argument("--strategy", required=True, help="a column of Table I, or best (by validation)")
    export.add_argument("--store", type=Path, required=True, metavar="FOLDER", help="folder of finished runs")
    path_flag(export, "--model", "the model to write (model.keras)")
    path_flag(export, "--labels", "the names of its classes to write (labels.json)")
    path_flag(export, "--card", "its model card to write")
    path_flag(export, "--evaluation", "its scores to write as JSON")
    export.set_defaults(func=_export)

    convert = commands.add_parser("convert", help="write an exported model as a SavedModel or as ONNX")
    convert.add_argument("model", type=Path, metavar="MODEL", help="model.keras, or its folder")
    convert.add_argument("--format", required=True, choices=list(_FORMATS), help="what to write")
    convert.add_argument("--output", type=Path, metavar="PATH", help="where (default: beside the model)")
    _module_flag(convert)
    convert.set_defaults(func=_convert)

    predict = commands.add_parser("predict", help="tell what pictures show, with an exported model")
    predict.add_argument("model", type=Path, metavar="MODEL", help="model.keras, or its folder")
    predict.add_argument("pictures", nargs="+", metavar="PICTURES", help="files, folders, or patterns in quotes")
    predict.add_argument("--top", type=int, default=1, metavar="N", help="how many classes a picture (default 1)")
    predict.add_argument("--csv", type=Path, metavar="FILE", help="also write every class's probability")
    _module_flag(predict)
    predict.set_defaults(func=_predict)

    evaluate = commands.add_parser("evaluate", help="score an exported model on a folder of class folders")
    evaluate.add_argument("model", type=Path, metavar="MODEL", help="model.keras, or its folder")
    evaluate.add_argument("folder", type=Path, metavar="FOLDER", help="a folder with a folder of pictures per class")
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="also write everything as JSON")
    _module_flag(evaluate)
    evaluate.set_defaults(func=_evaluate)


def _module_flag(parser: argparse.ArgumentParser) -> None:
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
    from ..data.prepared import MANIFEST, Prepared, read_manifest, read_split
    from ..deliver.export import export_run
    from ..runs.plan import read_plan
    from ..runs.spec import RunSpec
    from ..runs.store import Store
    from ..training.checkpoint import CheckpointFile
    from ..training.device import take_device
    from ..training.job import planned_backbone

    plan, study = read_plan(options.plan), read_study(options.study)
    known = metrics_by_run(options.runs)
    candidate = _chosen(plan["candidates"], known, options.strategy, study.counts)
    spec = RunSpec.from_json(plan["runs"][candidate["run"]])
    take_device(gpus, {"run": f"export of {spec.run_id}"})
    table, prepared = LayerTable.read(options.layers), Prepared.open_intact(options.dataset.parent)
    # Beside that of the study's own run, which another study may be training
    checkpoint = CheckpointFile(Store(options.store).checkpoint(f"{spec.run_id}-export"), spec)
    exported = export_run(
        spec,
        known[spec.run_id],
        table,
        planned_backbone(spec, table, options.layers, options.pretrained),
        prepared,
        read_split(options.splits),
        list(prepared.classes),
        [row["file"] for row in read_manifest(options.dataset.parent / MANIFEST)],
        options.memory_gb,
        study.counts,
        checkpoint,
    )
    _write_model(options, study, candidate, spec, exported)
    checkpoint.remove()


def _write_model(options: argparse.Namespace, study: Any, candidate: dict[str, Any], spec: Any, exported: Any) -> None:
    """Write the model, its labels, its card and its scores."""
    from ..analysis.layers import read_backbones
    from ..deliver.card import Subject, model_card
    from ..deliver.network import foreign_modules

    options.model.parent.mkdir(parents=True, exist_ok=True)
    beside = options.model.with_name(f".{options.model.stem}.keras")
    exported.model.save(beside)
    beside.replace(options.model)
    write_json(options.labels, exported.evaluation["labels"])
    (described,) = read_backbones([options.layers], study.titles)
    subject = Subject(candidate["strategy"], candidate, spec, described, foreign_modules(exported.model))
    own = (record for record in run_records(options.runs) if record["run"] == spec.run_id)
    resources = next(own).get("resources", {})
    write_text(options.card, model_card(study, subject, exported, read_json(options.split_summary), resources))
    facts = {"strategy": candidate["strategy"], "run": spec.run_id}
    facts |= {"repeated": exported.repeated, "scored": exported.scored}
    write_json(options.evaluation, {**facts, **exported.evaluation})
    print(f"{described.title}, {candidate['strategy']}: {options.model}")


def _chosen(candidates: list[dict[str, Any]], known: dict[str, Any], strategy: str, counts: str) -> dict[str, Any]:
    """The plan's entry of a strategy; for `best` the one that validation prefers: the test part may choose nothing."""
    if strategy == "best":
        scored = [entry for entry in candidates if not known[entry["run"]]["diverged"]]
        if not scored:
            raise BlocktuneError("every final run diverged: there is no model to export")
        return max(scored, key=lambda entry: known[entry["run"]][f"{counts}_accuracy"])
    found = [entry for entry in candidates if entry["strategy"] == strategy]
    if not found:
        raise BlocktuneError(
            f"--strategy {strategy}: the study has no such strategy; it has best, "
            f"{', '.join(entry['strategy'] for entry in candidates)}"
        )
    return found[0]


def _convert(options: argparse.Namespace) -> None:
    classifier = _classifier(options)
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
    from ..deliver.pictures import find_pictures, read_batches

    files = find_pictures(options.pictures)
    classifier = _classifier(options)
    if not 1 <= options.top <= len(classifier.labels):
        raise BlocktuneError(f"--top {options.top}: the model tells {len(classifier.labels)} classes apart")
    broken: list[tuple[Path, str]] = []
    rows = []
    for batch in read_batches(files, classifier.size, broken):
        for file, probabilities in zip(batch.files, classifier.probabilities(batch.pixels), strict=True):
            best = probabilities.argsort()[::-1][: options.top]
            told = "  ".join(f"{classifier.labels[place]} {probabilities[place]:.3f}" for place in best)
            print(f"{printable(str(file))}  {told}", flush=True)
            names = [cell(str(file)), cell(classifier.labels[best[0]])]
            rows.append([*names, *(f"{value:.6f}" for value in probabilities)])
    _name_broken(broken, len(files))
    if options.csv is not None:
        _write_csv(options.csv, ["file", "class", *map(cell, classifier.labels)], rows)


def _write_csv(path: Path, head: list[str], rows: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def _evaluate(options: argparse.Namespace) -> None:
    import numpy as np

    from ..analysis.classification import evaluation, most_confident_mistakes
    from ..analysis.evaluation_words import evaluation_parts, mistakes_table
    from ..deliver.pictures import find_pictures, read_batches

    if not options.folder.is_dir():
        raise BlocktuneError(f"no folder {options.folder} (looked for {options.folder.absolute()})")
    classifier = _classifier(options)
    given = sorted(path for path in options.folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    strange = [path.name for path in given if path.name not in classifier.labels]
    if strange or not given:
        raise BlocktuneError(
            f"{options.folder}: {'no class folders' if not given else 'unknown classes ' + ', '.join(strange)}; the "
            f"model tells apart {', '.join(classifier.labels)}"
        )
    files, truth_of = [], {}
    for folder in given:
        for file in find_pictures([str(folder)]):
            files.append(file)
            truth_of[file] = classifier.labels.index(folder.name)
    broken: list[tuple[Path, str]] = []
    read, found = [], []
    for batch in read_batches(files, classifier.size, broken):
        read += batch.files
        found.append(classifier.probabilities(batch.pixels))
    _name_broken(broken, len(files))
    truth, probabilities = np.array([truth_of[file] for file in read]), np.concatenate(found)
    result = evaluation(classifier.labels, truth, probabilities)
    mistakes = most_confident_mistakes([str(file) for file in read], classifier.labels, truth, probabilities)
    print("\n\n".join([*evaluation_parts(result), "Most confident mistakes:", mistakes_table(mistakes)]))
    if options.json is not None:
        write_json(options.json, {**result, "mistakes": mistakes, "unreadable": [str(file) for file, _ in broken]})


def _classifier(options: argparse.Namespace) -> Any:
    from ..gpus.use import no_gpu

    no_gpu()
    from ..backbones.function import import_module
    from ..deliver.classifier import read_classifier

    for module in options.allow_code:
        import_module(module)
    return read_classifier(options.model)


def _name_broken(broken: list[tuple[Path, str]], count: int) -> None:
    for file, reason in broken:
        print(f"skipped {printable(str(file))}: {reason}", file=sys.stderr)
    if len(broken) == count:
        raise BlocktuneError(f"none of {count} pictures can be read")
