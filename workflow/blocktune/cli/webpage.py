"""`blocktune report`: the page that shows a finished study."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import BlocktuneError
from ..runs.files import read_json, write_text
from .common import halved_flags, path_flag, records_by_run


def register(commands: Any) -> None:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser("report", help="write a finished study's page, one file for a browser")
    path_flag(parser, "--settings", "the study's settings")
    path_flag(parser, "--study", "the study's study.json")
    path_flag(parser, "--layers", "a layers.json per backbone, in order", many=True)
    path_flag(parser, "--search-scores", "scores of the search stage", many=True)
    path_flag(parser, "--final-scores", "scores of the final stage", many=True)
    path_flag(parser, "--search-runs", "records of the search's runs", many=True)
    path_flag(parser, "--final-runs", "records of the final runs", many=True)
    path_flag(parser, "--answer", "what `recommend` found")
    path_flag(parser, "--dataset", "facts on the prepared photographs, in their folder")
    path_flag(parser, "--split-summary", "facts on the parts")
    path_flag(parser, "--figures", "the figures (SVG), in order", many=True)
    halved_flags(parser)
    parser.add_argument("--pages", type=Path, nargs="*", default=[], metavar="FILE", help="pages on repeats (Markdown)")
    parser.add_argument(
        "--evaluations", type=Path, nargs="*", default=[], metavar="FILE", help="evaluations of exported models"
    )
    parser.add_argument("--factors", type=Path, metavar="FILE", help="what a study of factors found (JSON)")
    parser.add_argument(
        "--factors-figures", type=Path, nargs="*", default=[], metavar="FILE", help="its figures (SVG), in order"
    )
    path_flag(parser, "--output", "the page to write")
    parser.set_defaults(func=_report)


def _report(options: Namespace) -> None:
    # Imported here: Plotly and pandas take seconds that no other command should wait for
    from ..analysis.halved import with_dropped
    from ..analysis.layers import read_backbones
    from ..analysis.page.content import Found, page_of
    from ..analysis.page.factors import factors_section
    from ..analysis.page.page import render
    from ..analysis.page.pictures import figure
    from ..analysis.scores import read_scores
    from ..analysis.study import read_study
    from ..data.origins import origins
    from ..data.prepared import Prepared
    from ..settings.load import validate
    from ..settings.model import Settings

    study = read_study(options.study)
    backbones = read_backbones(options.layers, study.titles)
    keys = [backbone.key for backbone in backbones]
    settings = validate(Settings, read_json(options.settings))
    dataset = read_json(options.dataset)
    digests = {"photographs": dataset["digest"], "parts": read_json(options.split_summary)["digest"]}
    digests |= {key: read_json(file)["weights_digest"] for key, file in zip(keys, options.layers, strict=True)}
    models = _evaluations(options.evaluations, keys)
    found = Found(
        study=study,
        backbones=backbones,
        search=with_dropped(
            study, read_scores(options.search_scores, "search", keys), options.search_plans, options.halved
        ),
        final=read_scores(options.final_scores, "final", keys),
        settings=settings.model_dump(mode="json"),
        classes=dataset["classes"],
        answers=read_json(options.answer),
        final_records=records_by_run(options.final_runs),
        search_records=records_by_run(options.search_runs),
        digests=digests,
        licences=sorted({origin.licence for origin in origins().values() if origin.dataset == study.dataset}),
        pages=[_text(file) for file in options.pages],
        figures=[figure(file) for file in options.figures],
        models=models,
        images=Prepared.open(options.dataset.parent).images if models else None,
        factors=(
            factors_section(read_json(options.factors), [figure(file) for file in options.factors_figures])
            if options.factors
            else None
        ),
        undecided={halved["backbone"]: halved["details"]["undecided"] for halved in map(read_json, options.halved)},
    )
    write_text(options.output, render(page_of(found)))


def _evaluations(files: Sequence[Path], keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Evaluations by backbone; the folder of a model's folder is named after it."""
    found = {file.parent.parent.name: read_json(file) for file in files}
    if strange := sorted(set(found) - set(keys)):
        raise BlocktuneError(f"--evaluations: no backbone {strange[0]} in this study; it has {', '.join(keys)}")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BlocktuneError(f"can't read {path}: {error.strerror}") from None
