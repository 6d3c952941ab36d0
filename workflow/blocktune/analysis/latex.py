"""Table I for a paper: LaTeX with booktabs."""

import re
from collections.abc import Sequence

from .layers import Backbone
from .notes import caption, footnotes, remarks
from .strategies import label
from .study import Study
from .table import Summary, Table, best, number, praised, second_best, shown

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # Behind the end of a row these would be read as its options
    "[": "{[}",
    "*": "{*}",
} | {character: f"\\{character}" for character in "&%$#_{}"}


def escape(text: str) -> str:
    """Return text that LaTeX prints as it is."""
    # One pass, because the replacements hold special characters themselves.
    return re.sub(r"[\\~^<>|&%$#_{}\[*]", lambda found: _SPECIAL[found[0]], " ".join(text.split()))


def table_latex(study: Study, backbones: Sequence[Backbone], table: Table) -> str:
    r"""Return a floating table; it needs `\usepackage{booktabs}`."""
    columns = len(table.strategies)
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        f"  \\caption{{{escape(caption(study))}}}",
        r"  \label{tab:table1}",
        f"  \\begin{{tabular}}{{l{'r' * columns}}}",
        r"    \toprule",
        _row(["Backbone", *(escape(label(strategy)) for strategy in table.strategies)]),
        r"    \midrule",
    ]
    notes = footnotes(backbones)
    for backbone, cells in zip(backbones, table.cells, strict=True):
        mark = f"\\textsuperscript{{{notes[backbone.key][0]}}}" if backbone.key in notes else ""
        name = escape(backbone.title) + mark
        lines.append(_row([name, *_marked(praised(cells), [shown(cell) for cell in cells])]))
    if summaries := table.summaries():
        lines += [r"    \midrule", *map(_summary, summaries)]
    lines += [r"    \bottomrule", r"  \end{tabular}", "", r"  \smallskip", r"  \footnotesize"]
    under = [f"\\textsuperscript{{{mark}}} {escape(text)}." for mark, text in notes.values()]
    under += [escape(remark) for remark in remarks(study, table, "underlined")]
    lines.append("  " + " \\\\\n  ".join(under))
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"    {' & '.join(cells)} \\\\"


def _summary(summary: Summary) -> str:
    texts = [number(value) or "n/a" for value in summary.values]
    return _row([summary.name.capitalize(), *_marked(summary.praised, texts, summary.lowest)])


def _marked(values: Sequence[float | None], texts: Sequence[str], lowest: bool = False) -> list[str]:
    """Return a row's texts, the best in bold, the second best underlined."""
    first, second = best(values, lowest), second_best(values, lowest)
    commands = dict.fromkeys(first, "textbf") | dict.fromkeys(second, "underline")
    return [f"\\{commands[place]}{{{text}}}" if place in commands else text for place, text in enumerate(texts)]
