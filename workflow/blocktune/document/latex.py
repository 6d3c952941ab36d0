"""Tables as LaTeX with booktabs, for a paper."""

import re

from .blocks import Cell, Marked, Row, Table, Varied, Words, cells

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
_MARKS = {"strong": "textbf", "code": "texttt", "superscript": "textsuperscript"}
_CELLS = {"best": "textbf", "second": "underline", "group": "textit"}


def escape(text: str) -> str:
    """Return text that LaTeX prints as it is, in one line."""
    # One pass, because the replacements hold special characters themselves.
    return re.sub(r"[\\~^<>|&%$#_{}\[*]", lambda found: _SPECIAL[found[0]], re.sub(r"\s+", " ", text))


def render(table: Table, label: str) -> str:
    r"""Return a floating table that `\ref` calls by the label; it needs `\usepackage{booktabs}`."""
    width = len(table.head)
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        f"  \\caption{{{_words(table.caption)}}}",
        f"  \\label{{{label}}}",
        f"  \\begin{{tabular}}{{{''.join('l' if place in table.text else 'r' for place in range(width))}}}",
        r"    \toprule",
        _row(table.head, width),
    ]
    for place, row in enumerate(table.rows):
        if not place or cells(row)[0].mark == "group":
            lines.append(r"    \midrule")
        lines.append(_row(row, width))
    if table.foot:
        lines += [r"    \midrule", *(_row(row, width) for row in table.foot)]
    lines += [r"    \bottomrule", r"  \end{tabular}"]
    if table.notes:
        lines += ["", r"  \smallskip", r"  \footnotesize", "  " + " \\\\\n  ".join(map(_words, table.notes))]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def _row(row: Row, width: int) -> str:
    texts = [_cell(cell) for cell in cells(row)]
    if (rest := width - len(texts)) > 0:
        texts[-1] = f"\\multicolumn{{{rest + 1}}}{{l}}{{{texts[-1]}}}"
    return f"    {' & '.join(texts)} \\\\"


def _cell(cell: Cell) -> str:
    text = _words(cell.words)
    return f"\\{_CELLS[cell.mark]}{{{text}}}" if cell.mark in _CELLS else text


def _words(words: Words) -> str:
    match words:
        case tuple():
            return "".join(map(_words, words))
        case Varied(_, latex):
            return latex
        case Marked(mark, inner):
            return f"\\{_MARKS[mark]}{{{_words(inner)}}}"
        case _:
            return escape(words)
