"""`factors.md`, the answer first, and the table of effects for a paper."""

from dataclasses import replace

from ..document.blocks import Block, Bullets, Cell, Heading, Row, Table, strong
from ..files.design import Design
from ..files.factor_results import FactorResults
from .effect_tables import EFFECTS_CAPTION, backbone_tables, effects_table
from .names import FACTORS, GRID


def conditions(design: Design) -> str:
    """Return one line: design, runs, seeds, strategies and the reference of the factors that were varied."""
    kind = "all levels crossed (grid)" if design.kind == GRID else "each factor swept alone (screening)"
    held = [f"{FACTORS[name]} {design.reference[name]}" for name in FACTORS if name in design.varied]
    seeds = f"seed {design.seeds[0]}" if len(design.seeds) == 1 else f"seeds {', '.join(map(str, design.seeds))}"
    return "; ".join([f"{kind}, {design.runs} runs, {seeds}", *([f"reference: {', '.join(held)}"] if held else [])])


def factors_page(record: FactorResults) -> list[Block]:
    """Return the page."""
    backbones, words = record.backbones, record.words
    several = len(backbones) > 1
    page: list[Block] = [
        Heading("What decides whether fine-tuning works", 1),
        *((strong(f"{found['title']}."), f" {words[key]['answer']}") for key, found in backbones.items()),
        f"Study {record.study}: {record.conditions}.",
        *record.notes,
        Heading("In plain words"),
    ]
    for key, found in backbones.items():
        page += [Heading(found["title"], 3)] if several else []
        page.append(Bullets(words[key]["sentences"]))
    page += [Heading("Over backbones", 3), Bullets(record.words_over)]
    page += [Heading("Limits"), Bullets(record.limits)]
    for found in backbones.values():
        for heading, table in backbone_tables(found).items():
            page += [Heading(f"{heading} of {found['title']}" if several else heading), table]
    if (over := record.over_backbones) and over["tests"]:
        page += [Heading("Effects over backbones"), effects_table(over["tests"], caption="")]
    return page


def effects_of_all(record: FactorResults) -> Table:
    """Return a table of the effects of every backbone, for a paper."""
    rows: list[Row] = []
    tables = [(found["title"], found["tests"], found["why_no_tests"]) for found in record.backbones.values()]
    if over := record.over_backbones:
        tables.append((f"{over['backbones']} backbones", over["tests"], over["why_no_tests"]))
    for title, tests, why_not in tables:
        rows.append([Cell(title, mark="group")])
        rows += effects_table(tests).rows if tests else [[f"no tests: {why_not}"]]
    caption = f"{EFFECTS_CAPTION}. Study {record.study}: {record.conditions}."
    return replace(effects_table([], caption), rows=rows, text=(0, 5, 6))
