"""What the factor study found, as tables, figures and words."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

from ..analysis.scores import read_scores
from ..factors.collect import RESPONSES, check_measures, layer_rows, responses, strategies_of_the_study
from ..factors.design import varied_factors
from ..factors.names import figure_names
from ..files.design import Design
from ..files.distances import Distances
from ..files.factor_tables import DistanceRow, LayerRow, ResponseRow
from ..files.layers import LayerTable
from ..files.plain import write_text
from ..files.plan import ArmPlan, Plan, Planned
from ..files.study import Study
from .factors import FactorStudy
from .shared import FiguresFile, records_by_run, run_records
from .signature import step

AnyPlan = TypeVar("AnyPlan", bound=Planned)


@step("report")
def factor_results(
    varied: FactorStudy,
    figures: Annotated[FiguresFile, "the section figures of the settings"],
    study: Annotated[Study, "the study's study.json"],
    design: Annotated[Design, "the design"],
    layers: Annotated[list[LayerTable], "a layers.json per backbone, in order"],
    plans: Annotated[list[ArmPlan], "plans of all arms and backbones"],
    runs: Annotated[list[Path], "records of their runs"],
    final_plans: Annotated[list[Plan], "plans of the study's final runs"],
    final_runs: Annotated[list[Path], "records of these"],
    distances: Annotated[list[Distances], "a distances.json per backbone"],
    search_scores: Annotated[list[Path], "a scores.csv of the search per backbone"],
    folder: Annotated[Path, "where tables of all runs go"],
    output: Annotated[Path, "the effects to write as JSON"],
    markdown: Annotated[Path, "the page to write"],
    latex: Annotated[Path, "the table of effects to write"],
    figure_folder: Annotated[Path, "where figures go"],
) -> None:
    """Write effects, tables and figures of the factor study."""
    # pandas, statsmodels and matplotlib take seconds that no other command should wait for
    from ..factors.draw import draw_nothing
    from ..factors.study import write_factors
    from ..factors.tables import Tables, frame

    settings = varied.asked
    arms, finals = _titled(plans, study.titles), _titled(final_plans, study.titles)
    # What was measured on a fine-tuned network is in the factor study's own records
    measured = list(run_records(runs))
    check_measures(measured)
    records = records_by_run(final_runs) | {record["run"]: record for record in measured}
    by_backbone = {table.backbone.key: table for table in layers}
    search = read_scores(search_scores, "search", by_backbone)
    _, scored = study.scored_on("final")
    rows = [
        *responses(arms, records, settings.training.counts),
        *strategies_of_the_study(finals, records, settings, scored),
    ]
    changed = list(layer_rows(arms, records, by_backbone))
    away = [DistanceRow(backbone=found.backbone, **vars(target)) for found in distances for target in found.targets]
    write_text(folder / "responses.csv", ResponseRow.table(rows, RESPONSES))
    write_text(folder / "layers.csv", LayerRow.table(changed))
    write_text(folder / "distances.csv", DistanceRow.table(away))
    frames = frame(ResponseRow, rows), frame(LayerRow, changed), frame(DistanceRow, away)
    drawn = write_factors(Tables(*frames, design, search), output, markdown, latex, figure_folder, figures.dpi)
    draw_nothing(set(figure_names(varied_factors(settings))) - {*drawn}, figure_folder, figures.dpi)
    print(f"{len(rows)} rows of {len({row.run for row in rows})} runs, {len(drawn)} figures")


def _titled(plans: list[AnyPlan], titles: Mapping[str, str]) -> list[AnyPlan]:
    """A label changes no plan: titles are the study's."""
    return [replace(plan, title=titles.get(plan.backbone, plan.title)) for plan in plans]
