"""`blocktune evaluate`: scores of an exported model, those of images that it knows apart."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..document.blocks import Block
from ..errors import BlocktuneError
from ..files.model import Evaluation, Mistake
from ..files.plain import write_json
from ..walk import LeftOut
from .delivering import classifier_of, module_flag, name_trouble


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command of this file."""
    evaluate = commands.add_parser("evaluate", help="score an exported model on a folder of class folders")
    evaluate.add_argument("model", type=Path, metavar="MODEL", help="model.keras, or its folder")
    evaluate.add_argument("folder", type=Path, metavar="FOLDER", help="a folder with a folder of images per class")
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="also write everything as JSON")
    module_flag(evaluate)
    evaluate.set_defaults(func=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    import numpy as np

    from ..deliver.known import read_known
    from ..deliver.pictures import Trouble, read_batches
    from ..document.markdown import render

    if not options.folder.is_dir():
        raise BlocktuneError(f"no folder {options.folder} (looked for {options.folder.absolute()})")
    classifier = classifier_of(options)
    truth_of, left_out = _labelled(options.folder, classifier.labels)
    known, trouble = read_known(options.model), Trouble()
    files, digests, found = [], [], []
    for batch in read_batches(truth_of, classifier.size, trouble, known.white):
        files += batch.files
        digests += batch.digests
        found.append(classifier.probabilities(batch.pixels))
    name_trouble(trouble, left_out, known.white, len(truth_of))
    truth = np.array([truth_of[file] for file in files])
    scored = _Scored(classifier.labels, [str(file) for file in files], truth, np.concatenate(found))
    parts = None if known.parts is None else [known.part_of(digest) for digest in digests]
    result, words = _result(scored, parts)
    print(render(words), end="")
    if options.json is not None:
        write_json(options.json, {**result, "unreadable": [str(file) for file, _ in trouble.broken]})


def _labelled(folder: Path, labels: Sequence[str]) -> tuple[dict[Path, int], list[LeftOut]]:
    """Return the class of each file, as a place among the labels, and what is left out."""
    from ..data.class_folders import nfc
    from ..data.folder import class_files

    layout, left_out = class_files(folder, str(folder), least=0)
    places = {nfc(label): place for place, label in enumerate(labels)}
    # A class folder without images is left out, as it is when a study is made
    strange = sorted({nfc(parts[0]) for parts in layout.rows}.difference(places))
    if strange or not layout.classes:
        raise BlocktuneError(
            f"{folder}: {'no class folders' if not layout.classes else 'unknown classes ' + ', '.join(strange)}; the "
            f"model tells apart {', '.join(labels)}"
        )
    if not layout.rows:
        raise BlocktuneError(f"{folder}: the class folders hold no images")
    return {folder.joinpath(*parts): places[nfc(parts[0])] for parts in layout.rows}, left_out


class _Scored:
    """Pictures with their classes and what the model says of them."""

    def __init__(self, labels: Sequence[str], names: Sequence[str], truth: Any, probabilities: Any) -> None:
        self.labels, self.names, self.truth, self.probabilities = labels, names, truth, probabilities

    def only(self, places: list[int]) -> "_Scored":
        """Return some of them."""
        names = [self.names[place] for place in places]
        return _Scored(self.labels, names, self.truth[places], self.probabilities[places])

    def evaluation(self) -> Evaluation:
        """Return their scores."""
        from ..analysis.classification import evaluation

        return evaluation(self.labels, self.truth, self.probabilities)

    def mistakes(self) -> list[Mistake]:
        """Return the most confident mistakes."""
        from ..analysis.classification import most_confident_mistakes

        return most_confident_mistakes(self.names, self.labels, self.truth, self.probabilities)


def _result(scored: _Scored, parts: Sequence[str] | None) -> tuple[dict[str, Any], list[Block]]:
    """Return the scores of what the model has not seen, those of the rest beside them, and both in words."""
    from ..analysis.evaluation_words import evaluation_parts, mistakes_table
    from ..deliver.known import IMAGES, NEW, TEST, TRAINING, VALIDATION, counted

    if parts is None:
        note = [f"There is no {IMAGES} beside the model, so images that it was trained on are not told from others."]
        headline, of_parts = scored, {}
    else:
        of_parts = {part: [place for place, one in enumerate(parts) if one == part] for part in counted(parts)}
        unseen = sorted(of_parts[TEST] + of_parts[NEW])
        note = [_counts(counted(parts), len(parts))] if len(of_parts[NEW]) < len(parts) else []
        headline = scored.only(unseen or of_parts[VALIDATION] or of_parts[TRAINING])
        if not unseen:
            note += ["No image is new to the model, so these scores are too high."]
    result, mistakes = headline.evaluation(), headline.mistakes()
    words = [*note, *evaluation_parts(result), "Most confident mistakes:", mistakes_table(mistakes)]
    result |= {"mistakes": mistakes}
    if parts is not None:
        others = {part: scored.only(places).evaluation() for part, places in of_parts.items() if places}
        result |= {"parts": {part: others[part]["pictures"] if part in others else 0 for part in of_parts}}
        result |= {"of_parts": others, "all": scored.evaluation()}
        if len(headline.names) < len(scored.names):
            seen = {f"of the {part} set": others[part] for part in (TRAINING, VALIDATION) if part in others}
            words += ["Not in the scores above: " + _apart(seen | {"of all images together": result["all"]})]
    return result, words


def _counts(counts: dict[str, int], total: int) -> str:
    known = [f"{counts[part]} of the {part} set" for part in ("training", "validation", "test") if counts[part]]
    return (
        f"Of {total} images the study had {', '.join(known)}; {counts['new']} are new. "
        "Those of the training and validation sets are scored apart."
    )


def _apart(scores: dict[str, Evaluation]) -> str:
    told = (
        f"accuracy {one['accuracy']:.4f} {name} ({one['right']} of {one['pictures']})" for name, one in scores.items()
    )
    return "; ".join(told) + "."
