"""What decides whether fine-tuning works, backbone by backbone: analyses of variance over the distinct runs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..files.design import Design
from ..files.effects import (
    AnalysisOfVariance,
    BackboneEffects,
    DivergedSetting,
    Residuals,
    ResponseEffect,
    StrategiesAtReference,
    TermTest,
)
from .crossing import SCORE, by_backbone, crossed, strata_of, terms_of
from .distance import distance_effect
from .levels import level_means, ranges, rows_of
from .measured import MEASURED, Response
from .names import FACTORS, WHERE
from .strata import WITHIN, Strata, weighted
from .terms import SEED, fit, one_hot, span, split
from .verdicts import explain

if TYPE_CHECKING:
    import pandas as pd


def effects(responses: "pd.DataFrame", distances: "pd.DataFrame", design: Design) -> dict[str, BackboneEffects]:
    """Return what the responses of each backbone say, by its key.

    A diverged run is a result of its setting, so it is not left out: it counts as guessing, 1 / classes.

    Args:
        responses: see `tables.Tables`, with columns for the weights' responses if there are layers.
        distances: see there.
        design: the design.
    """
    return {
        key: _backbone(rows, distances[distances["backbone"] == key], design)
        for key, rows in by_backbone(responses, design).items()
    }


def _backbone(frame: "pd.DataFrame", distances: "pd.DataFrame", design: Design) -> BackboneEffects:
    runs = crossed(frame)
    by_factor = {factor: rows_of(frame, factor, design) for factor in [*FACTORS, WHERE]}
    factors = [factor for factor in FACTORS if by_factor[factor]["level"].nunique() > 1]
    tested = analyse(runs, SCORE, design)
    return {
        "title": str(frame["title"].iloc[0]),
        "runs": len(frame.drop_duplicates("run")),
        "seeds": list(dict.fromkeys(frame["seed"])),
        "images": sorted({int(count) for count in frame["scored"].dropna()}),
        "diverged": _diverged(frame),
        **tested,
        "levels": {factor: level_means(by_factor[factor], SCORE) for factor in factors},
        "ranges": {factor: ranges(by_factor[factor], SCORE) for factor in factors},
        "distance": distance_effect(by_factor["target"], distances, SCORE) if "target" in factors else None,
        WHERE: _where(by_factor[WHERE]),
        "responses": {
            name: _response(runs, by_factor, factors, response, design)
            for name, response in MEASURED.items()
            if name in frame and frame[name].notna().any()
        },
    }


def _diverged(frame: "pd.DataFrame") -> list[DivergedSetting]:
    """Settings with runs that diverged, as first named in the table."""
    found = []
    distinct = frame.drop_duplicates(["run", "strategy"])
    for (factor, level, strategy), rows in distinct.groupby(["factor", "level", "strategy"], sort=False):
        if rows["diverged"].any():
            counts = {"runs": int(rows["diverged"].sum()), "of": len(rows)}
            found.append({"factor": factor, "level": level, "strategy": strategy, **counts})
    return found


def analyse(runs: "pd.DataFrame", outcome: str, design: Design) -> AnalysisOfVariance:
    """Return the analysis of variance of an outcome over distinct runs."""
    from threadpoolctl import threadpool_limits

    runs = runs[runs[outcome].notna()]
    none = {"tests": [], "unknown": [], "residuals": None}
    if runs.empty:
        return none | {"why_no_tests": "nothing was measured"}
    if runs["seed"].nunique() < 2:
        return none | {"why_no_tests": "with one seed the noise between seeds is unknown"}
    columns = terms_of(runs, design)
    if len(columns) < 2:
        return none | {"why_no_tests": "one setting: there is nothing to compare"}
    values = runs[outcome].to_numpy()
    # Matrices are small: on a busy machine several threads wait for each other ten times longer than one computes
    with threadpool_limits(1):
        apart = weighted(strata_of(runs), values, columns)
        terms = split({term: apart.turn @ mine for term, mine in columns.items()}, apart.groups, apart.constant)
        tests, unknown = explain(apart.turn @ values, terms, apart.units(columns))
        residuals = fit(apart.turn @ values, terms.everything).residuals
    if not tests:
        return none | {"why_no_tests": "no runs are left that show the noise"}
    return {
        "tests": tests,
        "why_no_tests": None,
        "unknown": [list(term) for term in unknown],
        "residuals": _residuals(runs, outcome, residuals, apart),
    }


def _residuals(runs: "pd.DataFrame", outcome: str, residuals: np.ndarray, apart: Strata) -> Residuals:
    """Whether levels of factors spread alike: Breusch and Pagan's test (Koenker's), and the widest setting."""
    from statsmodels.stats.diagnostic import het_breuschpagan

    # Means of plots spread more than what is within: each stratum by its own measure
    even = residuals.copy()
    for rows in (apart.between, ~apart.between):
        even[rows] /= np.sqrt(np.mean(even[rows] ** 2)) if even[rows].any() else 1
    settings = list(zip(*(setting for setting, _ in apart.groups), strict=True))
    base = np.ones((len(even), 1))
    alone = span(np.hstack([base, *map(one_hot, settings)]))
    # The test wants a constant among its columns; without its direction the others still span the rest
    rest = span(alone - base @ (base.T @ alone) / len(base))
    p = float(het_breuschpagan(even, np.hstack([base, rest]))[1]) if rest.shape[1] else None
    spreads = runs.groupby(["strategy", *FACTORS], sort=False)[outcome].std(ddof=1).dropna()
    widest = None if spreads.empty else spreads.idxmax()
    return {
        "p": None if p is None or np.isnan(p) else p,
        "widest": None if widest is None else dict(zip(["strategy", *FACTORS], widest, strict=True)),
        "widest_sd": None if widest is None else float(spreads.max()),
        "median_sd": None if widest is None else float(spreads.median()),
    }


def _where(rows: "pd.DataFrame") -> StrategiesAtReference | None:
    """All strategies at the reference, as if they were levels."""
    if not len(rows):
        return None
    # Strategies that share their runs are one, or noise would look smaller than it is
    known = rows.drop_duplicates("run")
    tests: list[TermTest] = []
    if known["seed"].nunique() > 1 and known["strategy"].nunique() > 1:
        columns = {SEED: one_hot(list(known["seed"])), ("strategy",): one_hot(list(known["strategy"]))}
        tests, _ = explain(known[SCORE].to_numpy(), split(columns, [("", WITHIN)] * len(known)), {})
    one_level = rows.assign(level=rows["strategy"], strategy="")
    by_run: dict[tuple[str, ...], list[str]] = {}
    for strategy, mine in rows.groupby("strategy", sort=False):
        by_run.setdefault(tuple(sorted(mine["run"])), []).append(strategy)
    return {
        "tests": tests,
        "range": ranges(one_level, SCORE).get(""),
        "levels": level_means(one_level, SCORE).get("", []),
        "same_runs": [names for names in by_run.values() if len(names) > 1],
    }


def _response(
    runs: "pd.DataFrame",
    by_factor: dict[str, "pd.DataFrame"],
    factors: Sequence[str],
    response: Response,
    design: Design,
) -> ResponseEffect:
    """What moves a response besides accuracy: tests, ranges of the mean over strategies, means at the reference."""
    tested = analyse(runs, response.key, design)
    known = runs[runs[response.key].notna()]
    reference = known[known["reference"]].groupby("strategy", sort=False)
    return {
        "tests": tested["tests"],
        "why_no_tests": tested["why_no_tests"],
        "runs": len(known),
        "ranges": {factor: ranges(by_factor[factor], response.key) for factor in factors},
        "at_reference": _means(reference[response.key]),
        "if_perfect": _means(reference[response.chance]) if response.chance else {},
    }


def _means(groups: Any) -> dict[str, float]:
    return {strategy: float(value) for strategy, value in groups.mean().items() if not np.isnan(value)}
