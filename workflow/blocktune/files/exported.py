"""What is left of an export to another program."""

from typing import Annotated, ClassVar

from .kind import JsonFile, part


@part
class ExportedRuns(JsonFile):
    """An export of a study's runs."""

    called: ClassVar[str] = "record of an export"
    place: ClassVar[str] = "results/export/{to}.json"
    writer: ClassVar[str] = "export-runs"

    to: Annotated[str, "what they were exported to, as in `export.to`"]
    study: Annotated[str, "the study's name"]
    runs: Annotated[int, "how many finished runs there were"]
    missing: Annotated[int, "how many planned runs were not finished"]
    look: Annotated[str, "how to look at them"]
