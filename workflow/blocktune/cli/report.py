"""`blocktune table`, `figures`, `metrics` and `compare`: what a study shows, from its scores."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from ..analysis.layers import Backbone, read_backbones
from ..analysis.scores import Scores, read_scores
from ..analysis.study import Study, read_study
from ..runs.files import read_json
from ..settings.load import validate
from ..settings.model import Figures
from .common import halved_flags


def register(commands: Any) -> None:
    """Add the commands.

    Args:
        commands: What `ArgumentParser.add_subparsers` returned; each command's function is its default `func`.
    """
    table = _command(commands, "table", "write Table I, and its difference to the paper's", _table)
    table.add_argument(
        "--scores", type=Path, nargs="+", required=True, metavar="FILE", help="scores of the final stage"
    )
    table.add_argument("--csv", type=Path, required=True, metavar="FILE", help="Table I as CSV")
    table.add_argument("--markdown", type=Path, required=True, metavar="FILE", help="Table I for people")
    table.add_argument("--latex", type=Path, required=True, metavar="FILE", help="Table I for a paper (booktabs)")
    table.add_argument("--versus-paper", type=Path, required=True, metavar="FILE", help="ours beside the paper's, CSV")

    figures = _command(commands, "figures", "draw the figures as SVG and PNG", _figures)
    _stages(figures)
    figures.add_argument(
        "--settings", type=Path, required=True, metavar="FILE", help="the figures' section of settings"
    )
    halved_flags(figures)
    figures.add_argument("--output-folder", type=Path, required=True, metavar="FOLDER", help="where the figures go")

    metrics = _command(commands, "metrics", "write the headline numbers as JSON", _metrics)
    _stages(metrics)
    metrics.add_argument("--output", type=Path, required=True, metavar="FILE", help="the JSON file")

    compare = _command(commands, "compare", "write what DVC compares between versions of a study", _compare)
    _stages(compare)
    compare.add_argument(
        "--runs", type=Path, nargs="+", required=True, metavar="FILE", help="records of the final stage's runs"
    )
    for name in ("table", "table-rows", "ranking", "histories"):
        compare.add_argument(f"--{name}", type=Path, required=True, metavar="FILE", help="a file to write")


def _command(commands: Any, name: str, words: str, run: Any) -> ArgumentParser:
    parser: ArgumentParser = commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    parser.add_argument("--study", type=Path, required=True, metavar="FILE", help="the study's study.json")
    parser.add_argument(
        "--layers", type=Path, nargs="+", required=True, metavar="FILE", help="a layers.json per backbone, in order"
    )
    parser.set_defaults(func=run)
    return parser


def _stages(parser: ArgumentParser) -> None:
    for stage in ("search", "final"):
        parser.add_argument(
            f"--{stage}-scores",
            type=Path,
            nargs="+",
            required=True,
            metavar="FILE",
            help=f"scores of the {stage} stage",
        )


def _table(arguments: Namespace) -> None:
    # Imported here, as below: matplotlib and pandas take seconds that no other command should wait for.
    from ..analysis.latex import table_latex
    from ..analysis.markdown import table_markdown
    from ..analysis.paper import compare, versus_paper_csv
    from ..analysis.table import build_table, table_csv
    from ..runs.files import write_text

    study, backbones = _read(arguments)
    final = read_scores(arguments.scores, "final", [backbone.key for backbone in backbones])
    table = build_table(study, backbones, final)
    comparison = compare(study, backbones, table)
    write_text(arguments.csv, table_csv(table))
    write_text(arguments.markdown, table_markdown(study, backbones, table, comparison))
    write_text(arguments.latex, table_latex(study, backbones, table))
    write_text(arguments.versus_paper, versus_paper_csv(comparison))


def _figures(arguments: Namespace) -> None:
    from ..analysis.figures.draw import draw
    from ..analysis.halved import with_dropped

    study, backbones = _read(arguments)
    search, final = _read_stages(arguments, backbones)
    search = with_dropped(study, search, arguments.search_plans, arguments.halved)
    looks = validate(Figures, read_json(arguments.settings)["figures"])
    draw(study, backbones, search, final, arguments.output_folder, looks.dpi)


def _metrics(arguments: Namespace) -> None:
    from ..analysis.metrics import headline
    from ..runs.files import write_json

    study, backbones = _read(arguments)
    search, final = _read_stages(arguments, backbones)
    write_json(arguments.output, headline(study, backbones, search, final))


def _compare(arguments: Namespace) -> None:
    from ..analysis import compare
    from ..analysis.table import build_table
    from ..runs.files import write_json, write_text

    study, backbones = _read(arguments)
    search, final = _read_stages(arguments, backbones)
    table = build_table(study, backbones, final)
    histories = {record["run"]: record["history"] for file in arguments.runs for record in read_json(file)["runs"]}
    write_json(arguments.table, compare.table_record(backbones, table))
    write_text(arguments.table_rows, compare.table_rows(backbones, table))
    write_text(arguments.ranking, compare.ranking_rows(backbones, search))
    write_text(arguments.histories, compare.history_rows(backbones, study.strategies, final, histories))


def _read(arguments: Namespace) -> tuple[Study, list[Backbone]]:
    study = read_study(arguments.study)
    return study, read_backbones(arguments.layers, study.titles)


def _read_stages(arguments: Namespace, backbones: list[Backbone]) -> tuple[Scores, Scores]:
    keys = [backbone.key for backbone in backbones]
    return read_scores(arguments.search_scores, "search", keys), read_scores(arguments.final_scores, "final", keys)
