"""The page itself: everything that it shows, and how it becomes one file that asks nobody for anything."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import jinja2
import plotly.offline
from markupsafe import Markup
from plotly.utils import PlotlyJSONEncoder

from ...document import html
from ...document.blocks import Block, Table
from .pictures import Picture


@dataclass(frozen=True)
class Answer:
    """A backbone's recommendation: words, and code that does it or why there is none."""

    title: str
    words: str
    snippet: str | None = None
    no_snippet: str | None = None


@dataclass(frozen=True)
class Chart:
    """An interactive picture: Plotly's own JSON, what it is, and the table of the same numbers if there is one."""

    title: str
    data: Any
    table: Table | None = None
    kind: str = ""


@dataclass(frozen=True)
class Model:
    """What an exported model gets right and wrong."""

    title: str
    words: str
    confusion: Table
    classes: Table
    images: Sequence[Picture] = ()


@dataclass(frozen=True)
class Factors:
    """What a study of factors says: of each backbone what matters most, then what else its runs say and can't say."""

    said: Sequence[Block]
    figures: Sequence[Picture]


def render(page: Mapping[str, Any]) -> str:
    """Return the page as HTML: styles, scripts and pictures are inside, and its policy allows nothing else.

    `page` is what `content.page_of` returns. An entry of the template that it lacks is an error.
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    script, library = _file("page.js"), plotly.offline.get_plotlyjs()
    return environment.from_string(_file("page.html.j2")).render(
        page=_with_markup(page),
        html=html.render,
        style=Markup(_file("page.css")),
        library=Markup(library),
        script=Markup(script),
        policy=_policy([library, script]),
    )


def _policy(scripts: Sequence[str]) -> str:
    """Return a content security policy under which only these scripts run and nothing is fetched."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    # Plotly writes styles of its own; its button for a PNG makes a blob
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:"


def _with_markup(page: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is HTML or JSON already, marked as such; all else is escaped where it is put in."""
    charts = {
        name: [{**vars(chart), "data": Markup(_json(chart.data))} for chart in page[name]]
        for name in ("maps", "curves")
    }
    return {**page, **charts}


def _json(data: Any) -> str:
    """JSON that no reader of HTML takes for the end of a script."""
    return json.dumps(data, cls=PlotlyJSONEncoder).replace("<", "\\u003c")


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
