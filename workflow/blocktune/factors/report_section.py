"""The section on other factors: a study of factors, from its JSON file and its figures."""

from collections.abc import Sequence
from dataclasses import replace

from ..analysis.page.page import Factors
from ..analysis.page.pictures import Picture
from ..document.blocks import Block, Bullets, Heading, Paragraph
from ..files.factor_results import FactorResults
from .effect_tables import EFFECTS_CAPTION, backbone_tables, effects_table


def factors_section(record: FactorResults, figures: Sequence[Picture]) -> Factors:
    """Return the section, with the study's figures in order."""
    # A JSON file has its keys sorted
    backbones, words = {key: record.backbones[key] for key in record.order}, record.words
    said: list[Block] = []
    for key, found in backbones.items():
        said += [Heading(found["title"]), Paragraph(words[key]["answer"], "answer")]
    said += [Paragraph(line, "note") for line in (f"{record.conditions}.", *record.notes)]
    for key, found in backbones.items():
        said += [Heading(f"In plain words: {found['title']}"), Bullets(words[key]["sentences"])]
    said += [Heading("In plain words: over backbones"), Bullets(record.words_over)]
    said += [Heading("Limits"), Bullets(record.limits)]
    for found in backbones.values():
        for table in backbone_tables(found).values():
            said.append(replace(table, caption=f"{found['title']}. {table.caption}"))
    if (over := record.over_backbones) and over["tests"]:
        said.append(effects_table(over["tests"], f"{over['backbones']} backbones. {EFFECTS_CAPTION}"))
    return Factors(said, figures)
