"""The section on what else decides: a study of factors, from its JSON file and its figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..analysis.page.page import Factors
from ..analysis.page.pictures import Picture
from ..analysis.page.tables import Entry, HtmlTable
from ..errors import BlocktuneError
from .effect_tables import (
    EFFECTS_CAPTION,
    EFFECTS_HEAD,
    LEVELS_CAPTION,
    RANGES_CAPTION,
    RANGES_HEAD,
    WHERE_CAPTION,
    WHERE_HEAD,
    Cell,
    effects_table,
    levels_table,
    ranges_table,
    where_table,
)
from .names import WHERE


def factors_section(record: Mapping[str, Any], figures: Sequence[Picture]) -> Factors:
    """Return the section.

    Args:
        record: What `factors.study.analyse_factors` returned.
        figures: The study's figures, in order.

    Raises:
        BlocktuneError: The record is of something else.
    """
    missing = [name for name in ("order", "conditions", "notes", "backbones", "words", "limits") if name not in record]
    if missing:
        raise BlocktuneError(f"--factors: {missing[0]} is missing; is this what a study of factors found?")
    backbones = {key: record["backbones"][key] for key in record["order"]}
    words = [(found["title"], record["words"][key]["sentences"]) for key, found in backbones.items()]
    return Factors(
        conditions=[f"{record['conditions']}.", *record["notes"]],
        answers=[(found["title"], record["words"][key]["answer"]) for key, found in backbones.items()],
        words=[*words, ("over backbones", record["words_over"])],
        limits=record["limits"],
        tables=[table for found in backbones.values() for table in _tables(found)] + _over(record["over_backbones"]),
        figures=figures,
    )


def _tables(found: Mapping[str, Any]) -> list[HtmlTable]:
    tables = []
    if found["tests"]:
        tables.append(_table(f"{found['title']}. {EFFECTS_CAPTION}", EFFECTS_HEAD, effects_table(found["tests"])))
    if found["ranges"]:
        tables.append(_table(f"{found['title']}. {RANGES_CAPTION}", RANGES_HEAD, ranges_table(found["ranges"])))
    if found["levels"]:
        tables.append(_table(f"{found['title']}. {LEVELS_CAPTION}", *levels_table(found["levels"])))
    if found[WHERE]:
        rows = where_table(found[WHERE]["levels"])
        tables.append(_table(f"{found['title']}. {WHERE_CAPTION}", WHERE_HEAD, rows))
    return tables


def _over(found: Mapping[str, Any] | None) -> list[HtmlTable]:
    if found is None or not found["tests"]:
        return []
    return [_table(f"{found['backbones']} backbones. {EFFECTS_CAPTION}", EFFECTS_HEAD, effects_table(found["tests"]))]


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> HtmlTable:
    return HtmlTable(caption, heads, [[Entry(cell.text, cell.sort) for cell in row] for row in rows])
