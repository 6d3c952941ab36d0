"""What the factor study found, as tables, figures and words."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

from ..factors.collect import LAYERS, RESPONSES, check_measures, layer_rows, responses, strategies_of_the_study
from ..factors.design import varied_factors
from ..factors.names import figure_names
from ..factors.tables import DISTANCES
from ..files.design import Design
from ..files.distances import Distances
from ..files.plain import write_text
from ..files.plan import Planned
from .factors import FactorStudy
from .shared import ArmPlanFile, FiguresFile, LayersFile, PlanFile, StudyFile, records_by_run, run_records
from .signature import Reader, step

DistancesFile = Annotated[Distances, Reader(Distances.read)]
AnyPlan = TypeVar("AnyPlan", bound=Planned)


@step("report")
def factor_results(
    varied: FactorStudy,
    figures: FiguresFile,
    study: StudyFile,
    design: Annotated[Design, Reader(Design.read)],
    layers: list[LayersFile],
    plans: list[ArmPlanFile],
    runs: list[Path],
    final_plans: list[PlanFile],
    final_runs: list[Path],
    distances: list[DistancesFile],
    search_scores: list[Path],
    folder: Path,
    output: Path,
    markdown: Path,
    latex: Path,
    figure_folder: Path,
) -> None:
    """Write effects, tables and figures of the factor study.

    Args:
        varied: settings whose factors are varied
        figures: the section figures of the settings
        study: the study's study.json
        design: the design
        layers: a layers.json per backbone, in order
        plans: plans of all arms and backbones
        runs: records of their runs
        final_plans: plans of the study's final runs
        final_runs: records of these
        distances: a distances.json per backbone
        search_scores: a scores.csv of the search per backbone
        folder: where tables of all runs go
        output: the effects to write as JSON
        markdown: the page to write
        latex: the table of effects to write
        figure_folder: where figures go
    """
    # pandas, statsmodels and matplotlib take seconds that no other command should wait for
    from ..factors.draw import draw_nothing
    from ..factors.study import write_factors

    settings = varied.asked
    arms, finals = _titled(plans, study.titles), _titled(final_plans, study.titles)
    # What was measured on a fine-tuned network is in the factor study's own records
    measured = list(run_records(runs))
    check_measures(measured)
    records = records_by_run(final_runs) | {record["run"]: record for record in measured}
    tables = {table.backbone.key: table for table in layers}
    _, scored = study.scored_on("final")
    rows = [
        *responses(arms, records, settings.training.counts),
        *strategies_of_the_study(finals, records, settings, scored),
    ]
    files = [folder / f"{name}.csv" for name in ("responses", "layers", "distances")]
    write_text(files[0], _csv(RESPONSES, rows))
    write_text(files[1], _csv(LAYERS, layer_rows(arms, records, tables)))
    measured_distances = [
        {"backbone": found.backbone, **vars(target)} for found in distances for target in found.targets
    ]
    write_text(files[2], _csv(DISTANCES, measured_distances))
    drawn = write_factors(*files, design, search_scores, output, markdown, latex, figure_folder, figures.dpi)
    draw_nothing(set(figure_names(varied_factors(settings), True)) - {*drawn}, figure_folder, figures.dpi)
    print(f"{len(rows)} rows of {len({row['run'] for row in rows})} runs, {len(drawn)} figures")


def _titled(plans: list[AnyPlan], titles: Mapping[str, str]) -> list[AnyPlan]:
    """A label changes no plan: titles are the study's."""
    return [replace(plan, title=titles.get(plan.backbone, plan.title)) for plan in plans]


def _csv(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
