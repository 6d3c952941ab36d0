"""`blocktune audit`: what the pixel range does to each backbone."""

from argparse import ArgumentParser, Namespace
from typing import Any

from ..analysis.layers import read_backbones
from ..analysis.scores import read_scores
from ..analysis.study import read_study
from ..runs.files import write_json, write_text
from .common import by_repeat, path_flag, right_by_run


def register(commands: Any) -> None:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser("audit", help="what the pixel range does to each backbone")
    path_flag(parser, "--study", "the study's study.json")
    path_flag(parser, "--layers", "a layers.json per backbone, in order", many=True)
    path_flag(
        parser,
        "--final-scores",
        "final scores of the study: all backbones of the first repeat, then the next",
        many=True,
    )
    path_flag(
        parser, "--other-scores", "final scores with the range that it does not feed, in the same order", many=True
    )
    path_flag(parser, "--runs", "records of all these runs", many=True)
    path_flag(parser, "--output", "the JSON file to write")
    path_flag(parser, "--markdown", "the page to write")
    parser.set_defaults(func=_audit)


def _audit(options: Namespace) -> None:
    # Imported here: scipy takes seconds that no other command should wait for
    from ..analysis.audit import RANGES, audit
    from ..analysis.audit_words import audit_markdown, sentences
    from ..analysis.untrained import is_untrained

    study = read_study(options.study)
    backbones = read_backbones(options.layers, study.titles)
    keys = [backbone.key for backbone in backbones]
    (other,) = set(RANGES) - {study.range}
    given = {study.range: (options.final_scores, "--final-scores"), other: (options.other_scores, "--other-scores")}
    final = {
        name: [read_scores(repeat, "final", keys) for repeat in by_repeat(files, len(keys), flag)]
        for name, (files, flag) in given.items()
    }
    right = right_by_run(options.runs, study)
    found = audit(backbones, study.range, final, right, study.new_parts, lambda accuracy: is_untrained(study, accuracy))
    write_json(options.output, found)
    write_text(options.markdown, audit_markdown(study, backbones, found))
    print("\n".join(sentences(backbones, found)))
