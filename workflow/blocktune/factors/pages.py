"""`factors.md`, the answer first, and the table of effects for a paper."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..analysis.latex import escape as escape_latex
from ..analysis.markdown import escape, markdown_table
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
from .names import FACTORS, GRID, WHERE
from .tables import Design

Record = dict[str, Any]


def conditions(design: Design) -> str:
    """Return one line: design, runs, seeds, strategies and the reference of the factors that were varied."""
    kind = "all levels crossed (grid)" if design.kind == GRID else "each factor swept alone (screening)"
    held = [f"{FACTORS[name]} {design.reference[name]}" for name in FACTORS if name in _varied(design)]
    seeds = f"seed {design.seeds[0]}" if len(design.seeds) == 1 else f"seeds {', '.join(design.seeds)}"
    return "; ".join([f"{kind}, {design.runs} runs, {seeds}", *([f"reference: {', '.join(held)}"] if held else [])])


def _varied(design: Design) -> set[str]:
    return {name for name, levels in design.levels.items() if len(levels) > 1 and name in design.reference}


def factors_markdown(record: Mapping[str, Any]) -> str:
    """Return the page.

    Args:
        record: What `study.analyse_factors` returned.
    """
    backbones = record["backbones"]
    parts = [
        "# What decides whether fine-tuning works",
        "\n\n".join(
            f"**{escape(found['title'])}.** {escape(record['words'][key]['answer'])}"
            for key, found in backbones.items()
        ),
        f"Study {escape(record['study'])}: {escape(record['conditions'])}.",
        *map(escape, record["notes"]),
        "## In plain words",
    ]
    for key, found in backbones.items():
        if len(backbones) > 1:
            parts.append(f"### {escape(found['title'])}")
        parts.append(_list(record["words"][key]["sentences"]))
    parts += ["### Over backbones", _list(record["words_over"])]
    parts += ["## What can't be said", _list(record["limits"])]
    for found in backbones.values():
        parts += _tables(f" of {escape(found['title'])}" if len(backbones) > 1 else "", found)
    if (over := record["over_backbones"]) and over["tests"]:
        parts += ["## Effects over backbones", _table(EFFECTS_HEAD, effects_table(over["tests"]), (0, 6))]
    return "\n\n".join(parts) + "\n"


def _tables(of: str, found: Record) -> list[str]:
    parts = []
    if found["tests"]:
        parts += [f"## Effects{of}", f"{EFFECTS_CAPTION}.", _table(EFFECTS_HEAD, effects_table(found["tests"]), (0, 6))]
    if found["ranges"]:
        parts += [
            f"## Levels{of}",
            f"{RANGES_CAPTION}.",
            _table(RANGES_HEAD, ranges_table(found["ranges"]), (0, 1, 2, 4)),
        ]
    if found["levels"]:
        head, rows = levels_table(found["levels"])
        parts += [f"## Every level{of}", f"{LEVELS_CAPTION}.", _table(head, rows, (0, 1))]
    if found[WHERE]:
        parts += [
            f"## Where tuning happens{of}",
            f"{WHERE_CAPTION}.",
            _table(WHERE_HEAD, where_table(found[WHERE]["levels"])),
        ]
    return parts


def _list(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {escape(sentence)}" for sentence in sentences)


def _table(head: Sequence[str], rows: Sequence[Sequence[Cell]], text: Sequence[int] = (0,)) -> str:
    return markdown_table(head, [[escape(cell.text) for cell in row] for row in rows], text)


def effects_latex(record: Mapping[str, Any]) -> str:
    r"""Return a floating table of the effects of every backbone; it needs `\usepackage{booktabs}`."""
    caption = f"{EFFECTS_CAPTION}. Study {record['study']}: {record['conditions']}."
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        f"  \\caption{{{escape_latex(caption)}}}",
        r"  \label{tab:factors}",
        r"  \begin{tabular}{lrrrrll}",
        r"    \toprule",
        r"    Term & $F$ & df & $p$ (Holm) & $\omega_p^2$ & 95\,\% interval & Larger than noise \\",
    ]
    tables = [(found["title"], found["tests"], found["why_no_tests"]) for found in record["backbones"].values()]
    if over := record["over_backbones"]:
        tables.append((f"{over['backbones']} backbones", over["tests"], over["why_no_tests"]))
    for title, tests, why_not in tables:
        lines += [r"    \midrule", f"    \\multicolumn{{7}}{{l}}{{\\textit{{{escape_latex(title)}}}}} \\\\"]
        if tests:
            lines += [_row([cell.text for cell in row]) for row in effects_table(tests)]
        else:
            lines.append(f"    \\multicolumn{{7}}{{l}}{{{escape_latex(f'no tests: {why_not}')}}} \\\\")
    return "\n".join([*lines, r"    \bottomrule", r"  \end{tabular}", r"\end{table}"]) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"    {' & '.join(map(escape_latex, cells))} \\\\"
