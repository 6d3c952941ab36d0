"""`blocktune recommend`: the answer of a finished study."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from ..analysis.layers import read_backbones
from ..analysis.study import read_study
from ..errors import BlocktuneError
from ..runs.files import read_json, write_json, write_text
from ..runs.plan import read_plan
from ..settings.load import validate
from ..settings.model import Settings
from .common import path_flag, right_by_run, run_records

_PLAN = Path("results") / "plan"


def register(commands: Any) -> None:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser("recommend", help="say which layers a finished study would unfreeze")
    parser.add_argument("--directory", type=Path, default=Path(), help="the study's folder (default: this one)")
    path_flag(parser, "--output", "also write the answer as JSON", required=False)
    path_flag(parser, "--markdown", "write the page here instead of printing it", required=False)
    parser.set_defaults(func=_recommend)


def _recommend(options: Namespace) -> None:
    # Imported here: scipy takes seconds that no other command should wait for
    from ..analysis.recommend import recommendations
    from ..analysis.recommend_words import page

    folder = options.directory
    file = folder / _PLAN / "settings" / "report.json"
    if not file.is_file():
        raise BlocktuneError(f"no study in {folder.absolute()}: {file} is not there; name its folder with --directory")
    settings = validate(Settings, read_json(file))
    study = read_study(_made(folder / _PLAN / "study.json"))
    files = [_made(folder / _PLAN / backbone.key / "layers.json") for backbone in settings.backbones]
    backbones = read_backbones(files, study.titles)
    plans = {row.key: read_plan(_made(folder / _PLAN / row.key / "final.json")) for row in settings.rows}
    runs = folder / "results" / "runs"
    jobs = [_made(runs / key / "final" / f"{job}.json") for key, plan in plans.items() for job in plan["jobs"]]
    records = {record["run"]: record for record in run_records(jobs)}
    right = right_by_run(jobs, study)
    of_backbones = [
        (backbone, [plans[row.key] for row in settings.rows if row.backbone.key == backbone.key])
        for backbone in backbones
    ]
    found = recommendations(study, of_backbones, records, right)
    parts = [(backbone, found[backbone.key]) for backbone in backbones]
    classes = len(next(iter(read_json(folder / _PLAN / "splits.json")["parts"].values()))["classes"])
    # Files of results are the same whenever they are made; processor times are not
    text = page(study, parts, settings.model_dump(mode="json"), classes, timed=options.markdown is None)
    if options.output is not None:
        write_json(options.output, {backbone.key: found and _untimed(found) for backbone, found in parts})
    if options.markdown is None:
        print(text, end="")
    else:
        write_text(options.markdown, text)


def _untimed(found: dict[str, Any]) -> dict[str, Any]:
    def without(entry: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in entry.items() if key != "cpu_seconds"}

    return {**found, "best": without(found["best"]), "others": [without(entry) for entry in found["others"]]}


def _made(path: Path) -> Path:
    if not path.is_file():
        raise BlocktuneError(f"{path} is not there: the study is not finished; `blocktune status` says how it stands")
    return path
