"""Figure 11: accuracy over how much is unfrozen, from the head alone through each searched border to everything."""

from collections.abc import Sequence
from statistics import mean
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...files.study import Study
from ..classification import wilson
from ..entry_words import rate_words
from ..halved import dropped_after, dropped_words, strength
from ..layers import Network
from ..protocol import protocol
from ..scores import Score, Scores
from ..strategies import color
from .depth import panels, zoom
from .style import FAILED, STAR, accuracy_label, below, cross, letters, shorten
from .winners import winner_words

TITLE = "Figure 11: accuracy over how much is unfrozen, from the head down"

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
_LINES = ("-", "--", ":", "-.")
_LINE = ("baseline1", "tail", "baseline2")
"""What a line joins: the head alone, the tails, and everything, which is the longest of them."""
_APART = 0.006
"""Share of the axis between the whiskers of two rates, which would hide each other."""
_LABEL = 0.19
"""Inches that a tick's slanted label takes along the axis."""
_BARE = {"linestyle": "none"}

_Found = dict[int, list[Score]]
"""Scores by how many layers with weights are unfrozen, one of each repeat."""


def tails_figure(
    study: Study, backbones: Sequence[Network], searches: Sequence[Scores], finals: Sequence[Scores]
) -> Figure:
    """Draw a panel per backbone and a line per learning rate over how many layers with weights are unfrozen.

    The last quarter and the linear probe are there where the search trained them (`search.rates`). With several repeats
    a line is their mean, with a point for each of them; `searches` and `finals` are in the order of the repeats.
    """
    conditions = protocol(study, "search") + (f"; {len(searches)} repeats" if len(searches) > 1 else "")
    figure, axes = panels(TITLE, study, conditions, backbones, row=3.6 if len(backbones) == 1 else 2.9)
    for axis, backbone in zip(axes, backbones, strict=True):
        _panel(axis, study, backbone, searches, finals)
    figure.supylabel(f"{accuracy_label(study, 'search')}\neach axis zoomed to its panel", fontsize=9)
    below(figure, _legend(study, backbones, searches), most=4)
    return figure


def _panel(axis: Axes, study: Study, backbone: Network, searches: Sequence[Scores], finals: Sequence[Scores]) -> None:
    looks = _looks(study)
    lines = {rate: _found(backbone, searches, _LINE, rate) for rate in looks}
    quarters = {rate: _found(backbone, searches, ("quarter",), rate) for rate in looks}
    probe = [value for search in searches if (value := search.accuracy(backbone.key, "probe")) is not None]
    everywhere = [*lines.values(), *quarters.values()]
    scores = [score for found in everywhere for here in found.values() for score in here]
    repeated = len(searches) > 1
    shown = [score.accuracy for score in scores if score.accuracy is not None]
    whiskers = [] if repeated else [end for value in shown for end in _interval(study, value)]
    band = _interval(study, mean(probe)) if probe else []
    zoom(axis, [*shown, *whiskers, *band])
    if probe:
        _probe(axis, mean(probe), band)
    step = _APART * len(backbone.weighted)
    aside = {rate: step * (place - (len(looks) - 1) / 2) for place, rate in enumerate(looks)}
    for rate, look in looks.items():
        _line(axis, study, lines[rate], look, aside[rate], repeated)
        _line(axis, study, quarters[rate], _hollow(look), aside[rate], repeated)
    for score in scores:
        if score.accuracy is None:
            cross(axis, score.weighted_layers)
    winners = [search.winner(backbone.key, "tail") for search in searches]
    for winner in winners:
        if winner is not None and winner.accuracy is not None:
            place = winner.weighted_layers + aside.get(winner.learning_rate, 0)
            axis.plot(place, winner.accuracy, **STAR, markersize=14, markerfacecolor=color("tail"), zorder=6)
    room = letters(axis.figure.get_figwidth() - 4.2, 8)
    words = winner_words(study, backbone, "tail", searches, finals, _called, room)
    axis.set_title(words, loc="right", fontsize=8)
    _ticks(axis, backbone, [score for search in searches for score in search.of(backbone.key, "tail")])


def _looks(study: Study) -> dict[float | None, dict[str, Any]]:
    """Color, marker and line of each learning rate, the darker, the higher; of None where none were searched."""
    rates: list[float | None] = sorted(study.rates) or [None]
    shades = matplotlib.colormaps["viridis_r"]
    return {
        rate: {
            "color": matplotlib.colors.to_hex(shades(0.3 + 0.65 * place / max(1, len(rates) - 1))),
            "marker": _MARKERS[place % len(_MARKERS)],
            "linestyle": _LINES[place % len(_LINES)],
        }
        for place, rate in enumerate(rates)
    }


def _hollow(look: dict[str, Any]) -> dict[str, Any]:
    return {**look, **_BARE, "markerfacecolor": "white", "markersize": 7, "markeredgewidth": 1.6}


def _found(backbone: Network, searches: Sequence[Scores], strategies: Sequence[str], rate: float | None) -> _Found:
    """Return what was trained at a rate (None: at any), by how far down it is unfrozen."""
    found: _Found = {}
    for search in searches:
        here = {
            score.weighted_layers: score
            for strategy in strategies
            for score in search.arms(backbone.key, strategy)
            if rate is None or score.learning_rate == rate
        }
        for place, score in here.items():
            found.setdefault(place, []).append(score)
    return dict(sorted(found.items()))


def _line(axis: Axes, study: Study, found: _Found, look: dict[str, Any], aside: float, repeated: bool) -> None:
    whole = {
        place: [score.accuracy for score in scores if score.accuracy is not None and score.epochs is None]
        for place, scores in found.items()
    }
    means = {place: mean(values) for place, values in whole.items() if values}
    places = [place + aside for place in means]
    shown = {"markersize": 5.5, "markeredgecolor": look["color"], "linewidth": 1.4, **look, "zorder": 4}
    axis.plot(places, list(means.values()), **shown)
    for place, value in means.items():
        if repeated:
            here = whole[place]
            small = {"color": look["color"], "marker": look["marker"], "markersize": 3, "alpha": 0.5, **_BARE}
            axis.plot([place + aside] * len(here), here, **small)
        else:
            low, high = _interval(study, value)
            reach = [[max(value - low, 0)], [max(high - value, 0)]]
            style = {"ecolor": look["color"], "elinewidth": 0.8, "capsize": 1.5, "capthick": 0.8, "alpha": 0.7}
            axis.errorbar(place + aside, value, reach, fmt="none", **style)
    for place, scores in found.items():
        for score in scores:
            if score.accuracy is not None and score.epochs is not None:
                faint = {"color": look["color"], "marker": look["marker"], "alpha": strength(study, score.epochs)}
                axis.plot(place + aside, score.accuracy, **faint, **_BARE)


def _interval(study: Study, accuracy: float) -> list[float]:
    images = study.scored_on("search")[1]
    return wilson(round(accuracy * images), images)


def _probe(axis: Axes, accuracy: float, band: Sequence[float]) -> None:
    axis.axhspan(*band, color=color("probe"), alpha=0.15, linewidth=0, zorder=1)
    axis.axhline(accuracy, color=color("probe"), linewidth=1.4, linestyle=(0, (8, 2)), zorder=1.5)


def _called(winner: Score, room: int) -> str:
    before = f"the last {_blocks(winner).removeprefix('1 ')} (from "
    return f"{before}{shorten(winner.names[0], room - len(before) - 1)})"


def _blocks(score: Score) -> str:
    return f"{score.candidate} block{'' if score.candidate == 1 else 's'}"


def _ticks(axis: Axes, backbone: Network, tails: Sequence[Score]) -> None:
    """Name the ends, and as many borders between them as there is room for; the others have a tick without a name."""
    most = len(backbone.weighted)
    borders = {score.weighted_layers: f"{shorten(score.names[0], 22)} ({_blocks(score)})" for score in tails}
    ends = {0: "head alone", most: "everything"}
    least = _LABEL * most / (axis.figure.get_figwidth() - 1.5)
    named: list[int] = []
    for place in sorted({*borders} - {*ends}):
        if place - (named[-1] if named else 0) >= least and most - place >= least:
            named.append(place)
    places = [0, *named, most]
    names = [(ends | {place: borders[place] for place in named})[place] for place in places]
    axis.set_xticks(places, names, rotation=30, ha="right", rotation_mode="anchor")
    axis.set_xticks(sorted({*borders} - {*places}), minor=True)
    axis.tick_params(axis="x", labelsize=7.5)
    axis.set_xlim(-0.025 * most, 1.025 * most)
    axis.set_xlabel("from which layer on all is unfrozen, Baseline I to Baseline II; spaced by layers with weights")


def _legend(study: Study, backbones: Sequence[Network], searches: Sequence[Scores]) -> list[Line2D | Patch]:
    scores = [
        score
        for search in searches
        for backbone in backbones
        for strategy in (*_LINE, "quarter", "probe")
        for score in search.arms(backbone.key, strategy)
    ]
    entries: list[Line2D | Patch] = []
    for rate, look in _looks(study).items():
        shown = study.learning_rate if rate is None else rate
        entries.append(Line2D([], [], **look, markersize=5.5, label=f"learning rate {rate_words(shown)}"))
    first = next(iter(_looks(study).values()))
    if any(score.strategy == "quarter" for score in scores):
        shape = " (its rate's shape)" if study.rates else ""
        entries.append(Line2D([], [], **{**_hollow(first), "color": "#3A3A3A"}, label=f"last quarter{shape}"))
    if any(score.strategy == "probe" and not score.diverged for score in scores):
        entries.append(Line2D([], [], color=color("probe"), linestyle=(0, (8, 2)), label="linear probe"))
        entries.append(Patch(facecolor=color("probe"), alpha=0.15, label="the probe's 95 % interval"))
    entries.append(Line2D([], [], **STAR, markersize=11, markerfacecolor=color("tail"), label="best tail"))
    if len(searches) > 1:
        entries.append(Line2D([], [], color="#3A3A3A", marker="o", markersize=3, label="a repeat", alpha=0.5, **_BARE))
    else:
        entries.append(Line2D([], [], marker="|", color="#3A3A3A", label="95 % interval", **_BARE))
    for epochs in dropped_after(scores):
        faint = {**first, **_BARE, "alpha": strength(study, epochs)}
        entries.append(Line2D([], [], **faint, label=dropped_words(study, epochs)))
    if any(score.diverged for score in scores):
        entries.append(Line2D([], [], marker="x", color=FAILED, label="diverged, no accuracy", **_BARE))
    return entries
