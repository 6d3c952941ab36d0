"""What is left of an export to another program."""

from typing import ClassVar

from .kind import JsonFile, part


@part
class ExportedRuns(JsonFile):
    """An export of a study's runs.

    Attributes:
        to: what they were exported to, as in `export.to`.
        study: the study's name.
        runs: how many finished runs there were.
        missing: how many planned runs were not finished.
        look: how to look at them.
    """

    called: ClassVar[str] = "record of an export"
    place: ClassVar[str] = "results/export/{to}.json"
    writer: ClassVar[str] = "export-runs"

    to: str
    study: str
    runs: int
    missing: int
    look: str
