"""The page itself: everything that it shows, and how it becomes one file that asks nobody for anything."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    """What a study of factors says.

    Attributes:
        said: What matters most of each backbone, what else its runs say and can't say, and tables.
        figures: The figures.
    """

    said: Sequence[Block]
    figures: Sequence[Picture]


@dataclass(frozen=True)
class Page:
    """Everything that the page shows, in its order.

    Attributes:
        title: What the page is about.
        version: Of blocktune.
        conditions: The protocol in a line.
        warnings: What a reader must know before any number: weights that stand in for pre-trained ones.
        answers: A recommendation per backbone.
        table_one: Table I.
        versus_paper: Ours beside the paper's, and what keeps the two from being like for like.
        trust: The page on repeats and optimism; empty without repeats.
        images: How many images score the final runs.
        maps: A depth map per backbone, a triangle of spans, or both.
        map_words: What the maps show.
        map_note: What the maps lack, if anything.
        curves: Training curves per backbone.
        models: Confusion and mistakes of the exported models.
        search_cost: What the search took, in words.
        costs: What the final runs took, per backbone.
        figures: The study's figures.
        with_repeats: Which figures need repeats, as the beginning of a sentence; empty for none.
        origin: Names and values: data, weights, versions.
        settings: The settings as text.
        factors: What a study of factors says, if there was one.
    """

    title: str
    version: str
    conditions: str
    answers: Sequence[Answer]
    table_one: Table
    versus_paper: Sequence[Block]
    images: int
    maps: Sequence[Chart]
    curves: Sequence[Chart]
    search_cost: str
    costs: Sequence[Table]
    figures: Sequence[Picture]
    origin: Sequence[tuple[str, str]]
    settings: str
    warnings: Sequence[str] = ()
    map_words: str = ""
    map_note: str = ""
    with_repeats: str = ""
    trust: Sequence[Block] = ()
    models: Sequence[Model] = field(default=())
    factors: Factors | None = None


def render(page: Page) -> str:
    """Return the page as HTML: styles, scripts and pictures are inside, and its policy allows nothing else."""
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


def _with_markup(page: Page) -> Mapping[str, Any]:
    """What is HTML or JSON already, marked as such; all else is escaped where it is put in."""
    content = dict(vars(page))
    for name in ("maps", "curves"):
        content[name] = [{**vars(chart), "data": Markup(_json(chart.data))} for chart in content[name]]
    return content


def _json(data: Any) -> str:
    """JSON that no reader of HTML takes for the end of a script."""
    return json.dumps(data, cls=PlotlyJSONEncoder).replace("<", "\\u003c")


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
