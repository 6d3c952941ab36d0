"""What lies in the tracked folders and is no output of the study as it is now: settings or code have changed."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..errors import BlocktuneError
from ..files.plain import json_text, read_json, write_text
from ..files.plan import Plan
from ..search.rounds import Rules
from ..settings.load import validate
from ..settings.model import Settings
from .places import ASIDE, PACKS, PLAN, TRACKED, pack_of, planned_settings, plans

# Written whenever Snakemake reads the rules: patterns of all outputs, and the settings' own files
OUTPUTS = PLAN / "settings" / "outputs.json"

# What a study makes only with repeats
_OF_REPEATS = re.compile(
    r"(reliability|optimism)\.(json|md)|unseen\.json|splits~\d+\.(csv|json)|"
    r"figure(\d+_\w+_repeated|_critical_difference)\.(svg|png)"
)


def write_outputs(patterns: Iterable[str], sections: Iterable[str]) -> None:
    """Write down which files the rules make: regular expressions of paths, and names of the settings' files."""
    files = [(OUTPUTS.parent / name).as_posix() for name in (*sections, OUTPUTS.name)]
    text = json_text({"patterns": sorted(set(patterns)), "sections": sorted(files)})
    if not OUTPUTS.is_file() or OUTPUTS.read_text(encoding="utf-8") != text:
        write_text(OUTPUTS, text)


def put_aside_leftovers() -> list[Path]:
    """Move leftovers to data/aside, so that no version of the results holds another one's; return what was moved.

    Raises:
        BlocktuneError: there is no study in this folder.
    """
    moved = []
    for path in list(_leftovers()):
        aside = ASIDE / path
        aside.parent.mkdir(parents=True, exist_ok=True)
        path.replace(aside)
        moved.append(path)
    for place in TRACKED:
        _remove_empty_folders(place)
    return moved


def missing_outputs(known: Iterable[str]) -> list[str]:
    """Return those outputs of the study as it is now that were there once and are gone."""
    belongs = _belongs()
    return [output for output in known if belongs(output) and not Path(output).is_file()]


def _leftovers() -> Iterator[Path]:
    belongs = _belongs()
    planned = [entry for entry in plans() if belongs((PLAN / entry[0] / f"{entry[1]}.json").as_posix())]
    packs = {pack_of(backbone, stage) for backbone, stage, plan in planned if plan.jobs}
    for place in TRACKED:
        for path in sorted(place.rglob("*")) if place.is_dir() else []:
            kept = path in packs if place == PACKS else belongs(path.as_posix())
            if path.is_file() and not kept:
                yield path


def _belongs() -> Callable[[str], bool]:
    """Return the function that tells whether a path is one that the study makes."""
    settings = planned_settings()
    try:
        content = read_json(OUTPUTS)
        patterns = [re.compile(pattern) for pattern in content["patterns"]]
        sections = set(content["sections"])
    except (BlocktuneError, KeyError, TypeError, re.error):
        raise BlocktuneError(f"{OUTPUTS} is missing or damaged; run `snakemake -n`, which writes it") from None
    other = _of_other_settings(validate(Settings, settings))

    def belongs(path: str) -> bool:
        return path in sections or (not other(Path(path)) and any(pattern.fullmatch(path) for pattern in patterns))

    return belongs


def _of_other_settings(settings: Settings) -> Callable[[Path], bool]:
    """Return the function that tells whether a file was made for other settings, or only because it was asked for."""
    method = settings.search.method
    rounds = len(Rules.of(settings).ends) if method == "halving" else 0

    def other(path: Path) -> bool:
        if found := re.fullmatch(r"rung(\d+)\.json", path.name):
            return int(found[1]) > rounds
        if found := re.fullmatch(r"round(\d+)\.json", path.name):
            return not settings.search.by_rounds or _after_the_end(path, int(found[1]))
        if settings.repeats == 1 and _OF_REPEATS.fullmatch(path.name):
            return True
        # The range audit is never a part of the study
        if path.stem == "audit" or any("@" in part for part in path.parts):
            return True
        found = re.fullmatch(r"scores-(\w+)\.json", path.name)
        return found is not None and found[1] != method

    return other


def _after_the_end(path: Path, number: int) -> bool:
    """Whether a search by rounds has ended before a round: an earlier one is empty, or not there."""
    earlier = (path.with_name(f"round{before}.json") for before in range(1, number))
    try:
        return not all(Plan.read(plan).jobs for plan in earlier)
    except BlocktuneError:
        return True


def _remove_empty_folders(place: Path) -> None:
    folders = [path for path in place.rglob("*") if path.is_dir()] if place.is_dir() else []
    for folder in sorted(folders, reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
