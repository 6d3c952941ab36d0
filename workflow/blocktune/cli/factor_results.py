"""`blocktune factor-results`: what the factor study found, as tables, figures and words."""

import argparse
import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..analysis.factors.names import figure_names
from ..analysis.study import read_study
from ..candidates.table import LayerTable
from ..factors.collect import LAYERS, RESPONSES, check_measures, layer_rows, responses, strategies_of_the_study
from ..factors.design import varied_factors
from ..runs.files import read_json, write_text
from ..runs.plan import Plan, read_plan
from ..settings.load import validate
from ..settings.model import Figures
from .common import path_flag, run_records
from .factors import factor_settings

_DISTANCES = (
    *("backbone", "target", "shift", "strength", "source", "emd", "mmd", "probe_accuracy", "probe_gap"),
    "photographs",
)


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = commands.add_parser("factor-results", help="effects, tables and figures of the factor study")
    path_flag(parser, "--settings", "the study's settings")
    path_flag(parser, "--factors", "the section factors of the settings")
    path_flag(parser, "--figures", "the section figures of the settings")
    path_flag(parser, "--study", "the study's study.json")
    path_flag(parser, "--design", "the design")
    path_flag(parser, "--layers", "a layers.json per backbone, in order", many=True)
    path_flag(parser, "--plans", "plans of all arms and backbones", many=True)
    path_flag(parser, "--runs", "records of their runs", many=True)
    path_flag(parser, "--final-plans", "plans of the study's final runs", many=True)
    path_flag(parser, "--final-runs", "records of these", many=True)
    path_flag(parser, "--distances", "a distances.json per backbone", many=True)
    path_flag(parser, "--search-scores", "a scores.csv of the search per backbone", many=True)
    parser.add_argument("--folder", type=Path, required=True, metavar="FOLDER", help="where tables of all runs go")
    path_flag(parser, "--output", "the effects to write as JSON")
    path_flag(parser, "--markdown", "the page to write")
    path_flag(parser, "--latex", "the table of effects to write")
    parser.add_argument("--figure-folder", type=Path, required=True, metavar="FOLDER", help="where figures go")
    parser.set_defaults(func=_results)


def _results(options: argparse.Namespace) -> None:
    # pandas, statsmodels and matplotlib take seconds that no other command should wait for
    from ..analysis.factors.draw import draw_nothing
    from ..analysis.factors.study import write_factors

    settings, study = factor_settings(options), read_study(options.study)
    plans = _titled([read_plan(file) for file in options.plans], study.titles)
    finals = _titled([read_plan(file) for file in options.final_plans], study.titles)
    records = {record["run"]: record for record in run_records(options.final_runs)}
    # What was measured on a tuned network is in the factor study's own records
    measured = list(run_records(options.runs))
    check_measures(measured)
    records |= {record["run"]: record for record in measured}
    tables = {table.backbone["key"]: table for table in map(LayerTable.read, options.layers)}
    _, scored = study.scored_on("final")
    rows = [
        *responses(plans, records, settings.training.counts),
        *strategies_of_the_study(finals, records, settings, scored),
    ]
    files = [options.folder / f"{name}.csv" for name in ("responses", "layers", "distances")]
    write_text(files[0], _csv(RESPONSES, rows))
    write_text(files[1], _csv(LAYERS, layer_rows(plans, records, tables)))
    distances = [
        {"backbone": content["backbone"], **target}
        for content in map(read_json, options.distances)
        for target in content["targets"]
    ]
    write_text(files[2], _csv(_DISTANCES, distances))
    dpi = validate(Figures, read_json(options.figures)["figures"]).dpi
    drawn = write_factors(
        *files,
        options.design,
        options.search_scores,
        options.output,
        options.markdown,
        options.latex,
        options.figure_folder,
        dpi,
    )
    draw_nothing(set(figure_names(varied_factors(settings), True)) - {*drawn}, options.figure_folder, dpi)
    print(f"{len(rows)} rows of {len({row['run'] for row in rows})} runs, {len(drawn)} figures")


def _titled(plans: list[Plan], titles: Any) -> Sequence[Plan]:
    """A label changes no plan: titles are the study's."""
    return [{**plan, "title": titles.get(plan["backbone"], plan["title"])} for plan in plans]


def _csv(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
