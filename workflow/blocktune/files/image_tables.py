"""Tables with a line for each prepared image."""

from typing import Annotated, ClassVar, Self

from pydantic import Field

from ..errors import BlocktuneError
from .kind import CsvFile, left_out, part


class ImageTable(CsvFile):
    """A table with a line for each image, in the order of the prepared images; `row` counts them from 0."""

    @classmethod
    def of_text(cls, text: bytes, name: str) -> list[Self]:
        """As for every table.

        Raises:
            BlocktuneError: as `read`; or there are no lines, or they are not numbered 0, 1, 2, ...
        """
        lines = super().of_text(text, name)
        if not lines or any(line.row != number for number, line in enumerate(lines)):
            raise BlocktuneError(f"can't read {name}: its rows are not numbered 0, 1, 2, ...{cls.remedy}")
        return lines


@part
class ManifestRow(ImageTable):
    """Where a prepared image comes from. Line ends and control characters in names are escapes."""

    called: ClassVar[str] = "list of prepared images"
    place: ClassVar[str] = "data/prepared/{dataset}/manifest.csv"
    writer: ClassVar[str] = "prepare, factor-target"
    remedy: ClassVar[str] = "; make it anew: `blocktune prepare`"

    row: Annotated[int, "row of the prepared images"]
    file: Annotated[str, "where it lay in its source"]
    class_name: Annotated[str, Field(alias="class"), "its class"]
    sha256: Annotated[str, "sha256 of the file as it came"]
    pixels: Annotated[str, "sha256 of its pixels as they came"]


@part
class SplitRow(ImageTable):
    """Which sets of the study a prepared image is in. Without a test set the last column is not there."""

    called: ClassVar[str] = "table of a split"
    place: ClassVar[str] = "results/plan/splits.csv"
    writer: ClassVar[str] = "split, factor-target"
    remedy: ClassVar[str] = "; make it anew: `blocktune split`"

    row: Annotated[int, "row of the prepared images"]
    part_search: Annotated[bool, "1 if the image is in the set `search`, else 0"]
    part_final: Annotated[bool, "1 if the image is in the set `final`, else 0"]
    part_validation: Annotated[bool, "1 if the image is in the set `validation`, else 0"]
    part_test: Annotated[bool | None, "1 if the image is in the set `test`, else 0"] = left_out()
