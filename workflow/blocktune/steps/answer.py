"""The answer of a finished study."""

from pathlib import Path
from typing import Annotated

from ..analysis.layers import read_backbones
from ..document.markdown import render
from ..errors import BlocktuneError
from ..files.answer import Answer, Recommendation
from ..files.plain import write_text
from ..files.plan import Plan
from ..files.rounds_scores import RoundsScores
from ..files.study import Study
from ..settings.model import Settings
from .shared import read_settings, records_by_run, right_by_run
from .signature import step

_PLAN = Path("results") / "plan"


@step("report")
def recommend(
    directory: Annotated[Path, "the study's folder"] = Path(),
    output: Annotated[Path | None, "also write the answer as JSON"] = None,
    markdown: Annotated[Path | None, "write the page here instead of printing it"] = None,
) -> None:
    """Say which layers a finished study would unfreeze."""
    # Imported here: scipy takes seconds that no other command should wait for
    from ..analysis.recommend import recommendations
    from ..analysis.recommend_words import page

    file = directory / _PLAN / "settings" / "report.json"
    if not file.is_file():
        raise BlocktuneError(
            f"no study in {directory.absolute()}: {file} is not there; name its folder with --directory"
        )
    settings = read_settings(file)
    study = Study.read(_made(directory / _PLAN / "study.json"))
    files = [_made(directory / _PLAN / backbone.key / "layers.json") for backbone in settings.backbones]
    backbones = read_backbones(files, study.titles)
    plans = {
        repeat.key: Plan.read(_made(directory / _PLAN / repeat.key / "final.json"))
        for repeat in settings.backbone_repeats
    }
    runs = directory / "results" / "runs"
    jobs = [_made(runs / key / "final" / f"{job}.json") for key, plan in plans.items() for job in plan.jobs]
    records = records_by_run(jobs)
    right = right_by_run(jobs, study)
    of_backbones = [
        (backbone, [plans[repeat.key] for repeat in settings.backbone_repeats if repeat.backbone.key == backbone.key])
        for backbone in backbones
    ]
    searches = _searches(directory, settings) if settings.search.by_rounds else {}
    found = recommendations(study, of_backbones, records, right, searches)
    parts = [(backbone, found[backbone.key]) for backbone in backbones]
    classes = len(study.classes)
    # Files of results are the same whenever they are made; processor times are not
    blocks = page(study, parts, settings, classes, timed=markdown is None)
    if output is not None:
        Recommendation({backbone.key: found and _untimed(found) for backbone, found in parts}).write(output)
    if markdown is None:
        print(render(blocks, plain=True), end="")
    else:
        write_text(markdown, render(blocks))


def _untimed(found: Answer) -> Answer:
    entries = [found["best"], *found["others"]]
    best, *others = [{key: value for key, value in one.items() if key != "cpu_seconds"} for one in entries]
    return {**found, "best": best, "others": others}


def _searches(directory: Path, settings: Settings) -> dict[str, RoundsScores]:
    """What the search by rounds found of each backbone in the first repeat."""
    name = f"scores-{settings.search.method}.json"
    folder = directory / "results" / "search"
    return {one.key: RoundsScores.read(_made(folder / one.key / name)) for one in settings.backbones}


def _made(path: Path) -> Path:
    if not path.is_file():
        raise BlocktuneError(f"{path} is not there: the study is not finished; `blocktune status` says how it stands")
    return path
