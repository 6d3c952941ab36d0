"""The section on other factors: a study of factors, from its JSON file and its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..analysis.page.page import Factors
from ..analysis.page.pictures import Picture
from ..document.blocks import Block, Bullets, Heading, Paragraph
from ..errors import BlocktuneError
from .effect_tables import EFFECTS_CAPTION, backbone_tables, effects_table


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
    words = record["words"]
    said: list[Block] = []
    for key, found in backbones.items():
        said += [Heading(found["title"]), Paragraph(words[key]["answer"], "answer")]
    said += [Paragraph(line, "note") for line in (f"{record['conditions']}.", *record["notes"])]
    for key, found in backbones.items():
        said += [Heading(f"In plain words: {found['title']}"), Bullets(words[key]["sentences"])]
    said += [Heading("In plain words: over backbones"), Bullets(record["words_over"])]
    said += [Heading("Limits"), Bullets(record["limits"])]
    for found in backbones.values():
        for table in backbone_tables(found).values():
            said.append(replace(table, caption=f"{found['title']}. {table.caption}"))
    if (over := record["over_backbones"]) and over["tests"]:
        said.append(effects_table(over["tests"], f"{over['backbones']} backbones. {EFFECTS_CAPTION}"))
    return Factors(said, figures)
