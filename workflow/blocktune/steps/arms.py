"""The table of arms: which there are, what they came to, and the file that is published."""

from pathlib import Path
from typing import Annotated

from ..errors import BlocktuneError
from ..files.dataset import Dataset, SplitSummary
from ..files.layers import LayerTable
from ..files.plan import Plan
from ..files.search_scores import ScorerScores
from ..replay.collect import collect
from ..replay.sheet import facts_of, publish, write_table
from ..runs.estimate import Range, taken
from ..search.arm_table import TableError, read_tables
from ..search.probe_classes import check_probe_classes
from ..search.schedule import require_one_split, table_candidates
from .shared import Planning, SettingsFile, records_by_run
from .signature import step

STAGE = "arms/all"


@step("planning")
def plan_arms(
    planning: Planning,
    split_summary: Annotated[SplitSummary, "facts on the parts"],
    output: Annotated[Path, "the plan to write"],
) -> None:
    """List a backbone's arms with one seed, in jobs."""
    # Also where the file of one cell alone is asked for
    require_one_split(planning.settings.model_copy(update={"repeats": planning.repeat}))
    settings, parts = planning.own_settings, split_summary.parts
    probed = {"also": list(dict.fromkeys([*settings.baselines.also, "probe"]))}
    check_probe_classes(settings.model_copy(update={"baselines": settings.baselines.model_copy(update=probed)}), parts)
    planned, left_out = table_candidates(settings, planning.layers)
    plan = planning.planner().plan(STAGE, "search", planning.layers, planned)
    plan.write(output)
    time = taken(Range(plan.estimated_seconds, plan.estimated_seconds))
    print(
        f"{plan.backbone}, seed {settings.seed}: {len(plan.runs)} runs in {len(plan.jobs)} jobs; with an "
        f"empty store about {time.least / 60:.0f} to {time.most / 60:.0f} minutes of one core"
    )
    if left_out:
        print(f"{plan.backbone}: no arms, as they don't train one set of layers at one rate: {', '.join(left_out)}")


@step("arms")
def cell_arms(
    settings: SettingsFile,
    layers: Annotated[LayerTable, "the backbone's layer table"],
    dataset: Annotated[Dataset, "facts on the prepared images"],
    split_summary: Annotated[SplitSummary, "facts on the parts"],
    plans: Annotated[list[Plan], "plans made by `plan-arms`, one for each seed"],
    runs: Annotated[list[Path], "records of their runs"],
    output: Annotated[Path, "the table to write"],
    proxies: Annotated[list[ScorerScores], "scores made by `proxy` with the same seeds"] = (),
    licence: Annotated[str, "under which licence the table is published"] = "not stated",
) -> None:
    """Collect what the arms of a backbone came to."""
    about = facts_of(settings, layers, dataset, split_summary.parts, licence)
    found = collect(about, layers, settings.search.delimiters, plans, records_by_run(runs), proxies)
    write_table(output, [found])
    print(f"{found.cell}: {len(found.arms)} arms, {len(found.seeds)} seeds")


@step("arms")
def arms(
    tables: Annotated[list[Path], "tables made by `cell-arms`"],
    output: Annotated[Path, "the file to write"],
    sheet: Annotated[Path, "the data sheet to write"],
    croissant: Annotated[Path, "the Croissant metadata to write"],
) -> None:
    """Join tables of arms into one file, and describe it."""
    try:
        publish([table for path in tables for table in read_tables(path)], output, sheet, croissant)
    except TableError as error:
        raise BlocktuneError(f"--tables: {error}") from None
