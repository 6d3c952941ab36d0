"""Markdown pages of a study as HTML."""

import re

from markdown_it import MarkdownIt

# Pages come from the workflow, but hold names that users gave: no HTML passes
_READER = MarkdownIt("commonmark", {"html": False}).enable("table")


def to_html(text: str, deeper: int = 1) -> str:
    """Return Markdown as HTML, its headings `deeper` levels down and its tables' heads named as such."""
    html = _READER.render(text)
    html = re.sub(r"<(/?)h([1-4])>", lambda found: f"<{found[1]}h{int(found[2]) + deeper}>", html)
    html = html.replace("<table>", '<div class="wide" tabindex="0" role="region" aria-label="Table"><table>')
    html = html.replace("</table>", "</table></div>")
    return re.sub(r"<th(?=[ >])", '<th scope="col"', html)
