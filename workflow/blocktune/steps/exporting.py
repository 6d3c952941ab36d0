"""A finished study for other programs."""

from pathlib import Path
from typing import Annotated, Literal

from ..exporters import export_study
from ..files.exported import ExportedRuns
from ..runs.entries import read_study
from ..runs.store import Store
from ..settings.members import exporters
from ..settings.model import Settings
from .shared import SettingsFile
from .signature import step

Target = Literal[*exporters()]


@step("export")
def export_runs(
    to: Annotated[Target, "what to write them for"],
    settings: SettingsFile,
    plans: Annotated[list[Path], "plans of all its stages"],
    store: Annotated[Path, "folder of finished runs"],
    folder: Annotated[Path, "where to write"],
    output: Annotated[Path, "a record of the export to write"],
) -> None:
    """Write a study's runs for another program (export.to)."""
    study = read_study(settings.study, shown_settings(settings), plans, Store(store))
    told = export_study(to, study, str(folder))
    ExportedRuns(to, study.name, len(study.entries), len(study.missing), told).write(output)
    print(told)


def shown_settings(settings: Settings) -> dict:
    """Return the settings that say what a study's runs are: nested, without those of looks and of requested studies."""
    return settings.model_dump(mode="json", exclude={"export", "figures", "factors"})
