"""Commands for who has an exported model: `convert` and `predict`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..cells import cell, csv_text
from ..errors import BlocktuneError
from ..files.plain import write_text
from ..messages import printable
from ..walk import LeftOut, told

# What `convert` writes, by the name beside model.keras
_FORMATS = {"savedmodel": "savedmodel", "onnx": "model.onnx", "tflite": "model.tflite"}
_FILES = {"onnx": "an ONNX model", "tflite": "a TFLite model"}


def register(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    convert = commands.add_parser("convert", help="write a model as a SavedModel, ONNX or TFLite")
    convert.add_argument("model", type=Path, metavar="MODEL", help="model.keras, or its folder")
    convert.add_argument("--format", required=True, choices=list(_FORMATS), help="what to write")
    convert.add_argument("--output", type=Path, metavar="PATH", help="where (default: beside the model)")
    module_flag(convert)
    convert.set_defaults(func=_convert)

    predict = commands.add_parser("predict", help="tell what images show, with an exported model")
    predict.add_argument("model", type=Path, metavar="MODEL", help="model.keras, or its folder")
    predict.add_argument("pictures", nargs="+", metavar="IMAGES", help="files, folders, or patterns in quotes")
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


def _convert(options: argparse.Namespace) -> None:
    classifier = classifier_of(options)
    from ..deliver.formats import largest_difference, write_onnx, write_savedmodel, write_tflite

    folder = options.model if options.model.is_dir() else options.model.parent
    output = options.output or folder / _FORMATS[options.format]
    if not output.absolute().parent.is_dir():
        raise BlocktuneError(f"--output {output}: there is no folder {output.absolute().parent}")
    if options.format in _FILES and output.is_dir():
        raise BlocktuneError(f"--output {output} is a folder; {_FILES[options.format]} is a file")
    if options.format == "savedmodel" and output.exists() and not (output / "saved_model.pb").is_file():
        raise BlocktuneError(f"--output {output} is there and is no SavedModel: it would be lost; choose another name")
    write = {"savedmodel": write_savedmodel, "onnx": write_onnx, "tflite": write_tflite}[options.format]
    written = write(classifier, output.absolute())
    difference, same = largest_difference(classifier, written, any_size=options.format != "tflite")
    if not same:
        raise BlocktuneError(
            f"{output} names other classes than {options.model} (probabilities differ by {difference})"
        )
    print(f"{output}: the same classes as {options.model} on trial images, probabilities within {difference:.1e}")


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
        write_text(options.csv, csv_text([["file", "class", *map(cell, classifier.labels)], *rows]))


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
    """Say on standard error what was not read as it is, and what was left out.

    There were `count` pictures; `white` is the value that is white in images of 16 bits.

    Raises:
        BlocktuneError: none of them could be read.
    """
    lines = [f"skipped {printable(str(file))}: {reason}" for file, reason in trouble.broken] + told(left_out)
    if deep := trouble.values.trouble(white):
        lines.append(f"warning: {deep}; the model was trained with data.max_16bit {white}")
    for line in lines:
        print(line, file=sys.stderr)
    if len(trouble.broken) == count:
        raise BlocktuneError(f"none of {count} images can be read")
