"""What a study shows, from its scores: Table I, figures, headline numbers, and what DVC compares."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

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
    """The study that is shown, and its backbones.

    Attributes:
        study: the study's study.json
        layers: a layers.json per backbone, in order
    """

    study: Study
    layers: list[Path]

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
    """A study with the scores of both stages.

    Attributes:
        search_scores: scores of the search stage
        final_scores: scores of the final stage
    """

    search_scores: list[Path]
    final_scores: list[Path]

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
    """A study with its scores, and what its search trained besides the winners.

    Attributes:
        search_plans: of a search by halving or by rounds: plans of the search
        halved: of a search by halving: what `halve` wrote
        by_rounds: of a search by rounds: what `answer` wrote
    """

    search_plans: list[Path] = ()
    halved: list[Path] = ()
    by_rounds: list[Path] = ()

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
def table(shown: Shown, scores: list[Path], csv: Path, markdown: Path, latex: Path, versus_paper: Path) -> None:
    """Write Table I, and its difference to the paper's.

    Args:
        shown: the study and its backbones
        scores: scores of the final stage
        csv: Table I as CSV
        markdown: Table I for people
        latex: Table I for a paper (booktabs)
        versus_paper: ours beside the paper's, CSV
    """
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
def figures(shown: Whole, settings: FiguresFile, output_folder: Path) -> None:
    """Draw the figures as SVG and PNG.

    Args:
        shown: the study and its backbones
        settings: the figures' section of settings
        output_folder: where the figures go
    """
    from ..analysis.figures.draw import draw

    found, search = shown.found_by_rounds, shown.whole_search
    draw(shown.study, shown.backbones, search, shown.final, output_folder, settings.dpi, found)


@step("report")
def metrics(shown: Scored, output: Path) -> None:
    """Write the headline numbers as JSON.

    Args:
        shown: the study and its backbones
        output: the JSON file
    """
    from ..analysis.metrics import headline

    headline(shown.study, shown.backbones, shown.search, shown.final).write(output)


@step("report")
def compare(shown: Scored, runs: list[Path], table: Path, table_rows: Path, ranking: Path, histories: Path) -> None:
    """Write what DVC compares between versions of a study.

    Args:
        shown: the study and its backbones
        runs: records of the final stage's runs
        table: Table I as JSON, to write
        table_rows: its rows as CSV, to write
        ranking: the search's ranking, to write
        histories: the final runs' curves, to write
    """
    from ..analysis import compare
    from ..analysis.table import build_table

    built = build_table(shown.study, shown.backbones, shown.final)
    curves = {run: record["history"] for run, record in records_by_run(runs).items()}
    compare.table_record(shown.backbones, built).write(table)
    write_text(table_rows, compare.table_rows(shown.backbones, built))
    write_text(ranking, compare.ranking_rows(shown.backbones, shown.search))
    write_text(histories, compare.history_rows(shown.backbones, shown.study.strategies, shown.final, curves))
