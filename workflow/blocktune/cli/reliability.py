"""`blocktune reliability`: what the repeats of a study say of its results."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from ..analysis.layers import read_backbones
from ..analysis.scores import read_scores
from ..analysis.study import read_study
from ..runs.files import read_json, write_json, write_text
from ..settings.load import validate
from ..settings.model import Figures
from .common import by_repeat, path_flag, right_by_run


def register(commands: Any) -> None:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser("reliability", help="compare the repeats of a study")
    path_flag(parser, "--settings", "the figures' section of settings")
    path_flag(parser, "--study", "the study's study.json")
    path_flag(parser, "--layers", "a layers.json per backbone, in order", many=True)
    path_flag(
        parser, "--search-scores", "scores of the search: all backbones of the first repeat, then the next", many=True
    )
    path_flag(parser, "--final-scores", "scores of the final runs, in the same order", many=True)
    path_flag(parser, "--runs", "records of all final runs", many=True)
    path_flag(parser, "--optimism", "what `optimism` wrote")
    path_flag(parser, "--output", "the JSON file to write")
    path_flag(parser, "--markdown", "the page to write")
    parser.add_argument("--figure-folder", type=Path, required=True, metavar="FOLDER", help="where the figures go")
    parser.set_defaults(func=_reliability)


def _reliability(options: Namespace) -> None:
    # Imported here: scipy and matplotlib take seconds that no other command should wait for
    from ..analysis.figures.draw import draw_repeated
    from ..analysis.reliability import Repeat, reliability
    from ..analysis.reliability_words import reliability_markdown
    from ..analysis.untrained import is_untrained

    study = read_study(options.study)
    backbones = read_backbones(options.layers, study.titles)
    keys = [backbone.key for backbone in backbones]
    right = right_by_run(options.runs, study)
    repeats = [
        Repeat(read_scores(search, "search", keys), read_scores(final, "final", keys), right)
        for search, final in zip(
            by_repeat(options.search_scores, len(keys), "--search-scores"),
            by_repeat(options.final_scores, len(keys), "--final-scores"),
            strict=True,
        )
    ]
    found = reliability(
        backbones,
        study.strategies,
        repeats,
        study.new_parts,
        lambda accuracy: is_untrained(study, accuracy),
        study.choose_by,
    )
    write_json(options.output, found)
    chosen = read_json(options.optimism)
    write_text(options.markdown, reliability_markdown(study, backbones, found, chosen))
    dpi = validate(Figures, read_json(options.settings)["figures"]).dpi
    searches, finals = [repeat.search for repeat in repeats], [repeat.final for repeat in repeats]
    draw_repeated(study, backbones, searches, finals, found["over_backbones"], options.figure_folder, dpi)
