"""The page that shows a finished study, one file for a browser."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from ..errors import BlocktuneError
from ..files.answer import Optimism, Recommendation
from ..files.dataset import Dataset, SplitSummary
from ..files.factor_results import FactorResults
from ..files.layers import LayerTable
from ..files.model import ModelEvaluation, ModelScores
from ..files.plain import write_text
from ..files.reliability import Reliability
from ..files.search_scores import HalvingScores
from .report import Whole
from .shared import SettingsFile, records_by_run
from .signature import step


@step("report")
def report(
    shown: Whole,
    settings: SettingsFile,
    search_runs: Annotated[list[Path], "records of the search's runs"],
    final_runs: Annotated[list[Path], "records of the final runs"],
    answer: Annotated[Recommendation, "what `recommend` found"],
    dataset: Annotated[Path, "facts on the prepared images, in their folder"],
    split_summary: Annotated[SplitSummary, "facts on the parts"],
    figures: Annotated[list[Path], "the figures (SVG), in order"],
    output: Annotated[Path, "the page to write"],
    reliability: Annotated[Reliability | None, "what the repeats say (JSON)"] = None,
    optimism: Annotated[
        Optimism | None, "how much better winners look where they were chosen (JSON); with --reliability"
    ] = None,
    evaluations: Annotated[list[Path], "evaluations of exported models"] = (),
    factors: Annotated[FactorResults | None, "what a study of factors found (JSON)"] = None,
    factors_figures: Annotated[list[Path], "its figures (SVG), in order"] = (),
) -> None:
    """Write a finished study's page, one file for a browser."""
    if (reliability is None) != (optimism is None):
        raise BlocktuneError("--reliability and --optimism go together: give both files or neither")
    # Imported here: Plotly and pandas take seconds that no other command should wait for
    from ..analysis.page.content import Found, page_of
    from ..analysis.page.page import render
    from ..analysis.page.pictures import figure
    from ..analysis.reliability_words import reliability_page
    from ..data.origins import origins
    from ..data.prepared import Prepared
    from ..factors.report_section import factors_section

    study, backbones, keys, about = shown.study, shown.backbones, shown.keys, Dataset.read(dataset)
    digests = {"images": about.digest, "parts": split_summary.digest}
    digests |= {key: LayerTable.read(file).weights_digest for key, file in zip(keys, shown.layers, strict=True)}
    models = _evaluations(evaluations, keys)
    found = Found(
        study=study,
        backbones=backbones,
        search=shown.whole_search,
        final=shown.final,
        settings=settings,
        classes=about.classes,
        answers=answer.answers,
        final_records=records_by_run(final_runs),
        search_records=records_by_run(search_runs),
        digests=digests,
        licences=sorted({origin.licence for origin in origins().values() if origin.dataset == study.dataset}),
        trust=[]
        if reliability is None or optimism is None
        else reliability_page(study, backbones, reliability.found, optimism.found),
        figures=[figure(file) for file in figures],
        models=models,
        images=Prepared.open(dataset.parent).images if models else None,
        factors=None if factors is None else factors_section(factors, [figure(file) for file in factors_figures]),
        undecided={found.backbone: found.details.undecided for found in map(HalvingScores.read, shown.halved)},
        by_rounds=shown.found_by_rounds,
    )
    write_text(output, render(page_of(found)))


def _evaluations(files: Sequence[Path], keys: Sequence[str]) -> dict[str, ModelScores]:
    """Evaluations by backbone; the folder of a model's folder is named after it."""
    found = {file.parent.parent.name: ModelEvaluation.read(file).scores for file in files}
    if strange := sorted(set(found) - set(keys)):
        raise BlocktuneError(f"--evaluations: no backbone {strange[0]} in this study; it has {', '.join(keys)}")
    return found
