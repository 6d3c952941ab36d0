"""What a study shows, from its scores: Table I, figures, headline numbers, and what DVC compares."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from ..analysis.layers import Network, read_backbones
from ..analysis.scores import Scores, read_scores
from ..files.plain import write_text
from ..files.plan import Plan
from ..files.rounds_scores import RoundsScores
from ..files.study import Study
from .shared import FiguresFile, records_by_run
from .signature import step


@dataclass(frozen=True)
class Shown:
    """The study that is shown, and its backbones."""

    study: Annotated[Study, "the study's study.json"]
    layers: Annotated[list[Path], "a layers.json per backbone, in order"]

    @cached_property
    def backbones(self) -> list[Network]:
        """Return them in the order of the settings."""
        return read_backbones(self.layers, self.study.titles)

    @cached_property
    def keys(self) -> list[str]:
        """Return the backbones' keys."""
        return [backbone.key for backbone in self.backbones]

    def scores(self, files: Sequence[Path], stage: str) -> Scores:
        """Return the scores of all backbones of a stage, `search` or `final`."""
        return read_scores(files, stage, self.keys)


@dataclass(frozen=True)
class Scored(Shown):
    """A study with the scores of both stages."""

    search_scores: Annotated[list[Path], "scores of the search stage"]
    final_scores: Annotated[list[Path], "scores of the final stage"]

    @cached_property
    def search(self) -> Scores:
        """Return the scores of the search."""
        return self.scores(self.search_scores, "search")

    @cached_property
    def final(self) -> Scores:
        """Return the scores of the final runs."""
        return self.scores(self.final_scores, "final")


@dataclass(frozen=True)
class Whole(Scored):
    """A study with its scores, and what its search trained besides the winners."""

    search_plans: Annotated[list[Path], "of a search by halving or by rounds: plans of the search"] = ()
    halved: Annotated[list[Path], "of a search by halving: what `halve` wrote"] = ()
    by_rounds: Annotated[list[Path], "of a search by rounds: what `answer` wrote"] = ()

    @cached_property
    def found_by_rounds(self) -> dict[str, RoundsScores]:
        """Return what a search by rounds found, by backbone."""
        return {one.backbone: one for one in map(RoundsScores.read, self.by_rounds)}

    @cached_property
    def whole_search(self) -> Scores:
        """Return the scores of the search, with those of what it trained besides the winners, however far."""
        from ..analysis.by_rounds import with_trained
        from ..analysis.halved import with_dropped

        if self.by_rounds:
            return with_trained(self.search, map(Plan.read, self.search_plans), self.found_by_rounds)
        return with_dropped(self.study, self.search, self.search_plans, self.halved)


@step("report")
def table(
    shown: Shown,
    scores: Annotated[list[Path], "scores of the final stage"],
    csv: Annotated[Path, "Table I as CSV"],
    markdown: Annotated[Path, "Table I for people"],
    latex: Annotated[Path, "Table I for a paper (booktabs)"],
    versus_paper: Annotated[Path, "ours beside the paper's, CSV"],
) -> None:
    """Write Table I, and its difference to the paper's."""
    # Imported here, as below: matplotlib and pandas take seconds that no other command should wait for.
    from ..analysis.paper import compare, versus_paper_csv
    from ..analysis.table import build_table, table_csv
    from ..analysis.table_page import table_one, table_page
    from ..document.latex import render as render_latex
    from ..document.markdown import render as render_markdown

    study, backbones = shown.study, shown.backbones
    built = build_table(study, backbones, shown.scores(scores, "final"))
    comparison = compare(study, backbones, built)
    write_text(csv, table_csv(built))
    write_text(markdown, render_markdown(table_page(study, backbones, built, comparison)))
    write_text(latex, render_latex(table_one(study, backbones, built), "tab:table1"))
    write_text(versus_paper, versus_paper_csv(comparison))


@step("report")
def figures(
    shown: Whole,
    settings: Annotated[FiguresFile, "the figures' section of settings"],
    output_folder: Annotated[Path, "where the figures go"],
) -> None:
    """Draw the figures as SVG and PNG."""
    from ..analysis.figures.draw import draw

    found, search = shown.found_by_rounds, shown.whole_search
    draw(shown.study, shown.backbones, search, shown.final, output_folder, settings.dpi, found)


@step("report")
def metrics(
    shown: Scored,
    output: Annotated[Path, "the JSON file"],
) -> None:
    """Write the headline numbers as JSON."""
    from ..analysis.metrics import headline

    headline(shown.study, shown.backbones, shown.search, shown.final).write(output)


@step("report")
def compare(
    shown: Scored,
    runs: Annotated[list[Path], "records of the final stage's runs"],
    table: Annotated[Path, "Table I as JSON, to write"],
    table_rows: Annotated[Path, "its rows as CSV, to write"],
    ranking: Annotated[Path, "the search's ranking, to write"],
    histories: Annotated[Path, "the final runs' curves, to write"],
) -> None:
    """Write what DVC compares between versions of a study."""
    from ..analysis import compare
    from ..analysis.table import build_table

    built = build_table(shown.study, shown.backbones, shown.final)
    curves = {run: record["history"] for run, record in records_by_run(runs).items()}
    compare.table_record(shown.backbones, built).write(table)
    write_text(table_rows, compare.table_rows(shown.backbones, built))
    write_text(ranking, compare.ranking_rows(shown.backbones, shown.search))
    write_text(histories, compare.history_rows(shown.backbones, shown.study.strategies, shown.final, curves))
