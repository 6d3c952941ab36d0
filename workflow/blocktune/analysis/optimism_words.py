"""`optimism.md`: selection optimism as a table and in plain words."""

from collections.abc import Sequence

from ..document.blocks import Block, Bullets, Heading, Table
from ..files.answer import OptimismEntry, OptimismFound
from ..files.study import Study
from ..settings.members import scorer_looks_at, scorers
from .layers import Network
from .notes import weights_note
from .optimism import REFERENCE
from .protocol import protocol
from .strategies import BASELINES, label

_HEAD = (
    "Backbone",
    "Strategy",
    "In the search",
    "Another seed, unseen images",
    "Lost more than Baseline I",
    "95 % interval",
)

# What the search looked at that it ranked candidates by
_LOOKED_AT = {
    "training": "The search ({method}) ranked its candidates on its training set and never looked at the {count} "
    "images that give these scores. ",
    "nothing": "The search ({method}) looked at no image. ",
}
_NO_OPTIMISM = (
    "So a winner's loss here comes from noise and from the difference between the two sets, not from selection "
    "optimism."
)
_CHOSE = (
    "The search ({method}) ranked its candidates on the {count} images that give these scores, so they are optimistic."
)


def optimism_page(study: Study, backbones: Sequence[Network], found: OptimismFound) -> list[Block]:
    """Return the page of what `optimism.optimism` returned."""
    return [
        Heading("Selection optimism", 1),
        f"Study {study.name}. {protocol(study, 'search')}.",
        *optimism_parts(study, backbones, found),
        *weights_note(backbones),
    ]


def optimism_parts(study: Study, backbones: Sequence[Network], found: OptimismFound) -> list[Block]:
    """Return the text and the table, for a page of their own or a section."""
    sizes = found["images"]
    at = scorer_looks_at(study.method) if study.method in scorers() else "validation"
    looked = _LOOKED_AT[at] + _NO_OPTIMISM if at in _LOOKED_AT else _CHOSE
    looked = looked.format(method=study.method, count=sizes["chosen_on"])
    return [
        f"Scores of the search's winners on {sizes['chosen_on']} images. {looked}",
        f"Each winner is trained once more with another seed and scored on {sizes['unseen']} images that the search "
        "has not seen. Nothing chose Baseline I, so the last two columns say how many points more than Baseline I a "
        f"winner lost. {_held(study, backbones, found)}",
        Bullets(_sentences(backbones, found)),
        Table(_HEAD, _rows(backbones, found), text=(0, 1)),
    ]


def _held(study: Study, backbones: Sequence[Network], found: OptimismFound) -> str:
    """Which noise the intervals hold."""
    if study.each_repeat == "new":
        return "The intervals are those between repeats, each with a split of its own."
    if _repeats(backbones, found) > 1:
        return "The intervals hold the noise of images and of training."
    return "With one repeat the intervals hold the noise of images only, not of training."


def _repeats(backbones: Sequence[Network], found: OptimismFound) -> int:
    entries = (entry for key in (b.key for b in backbones) for entry in found["backbones"].get(key, {}).values())
    return max((len(entry["by_repeat"]) for entry in entries if entry["by_repeat"]), default=0)


def _sentences(backbones: Sequence[Network], found: OptimismFound) -> list[str]:
    said = []
    for backbone in backbones:
        entries = found["backbones"].get(backbone.key, {})
        known = {
            name: entry["interval"] for name, entry in entries.items() if name not in BASELINES and entry["interval"]
        }
        more = [label(name) for name, (low, _) in known.items() if low > 0]
        if not known:
            told = "there is no interval"
        elif more:
            told = f"these winners lost more than Baseline I, beyond noise: {', '.join(more)}"
        else:
            told = "no winner lost more than Baseline I, beyond noise"
        said.append(f"{backbone.title}: {told}.")
    return said


def _rows(backbones: Sequence[Network], found: OptimismFound) -> list[list[str]]:
    rows = []
    for backbone in backbones:
        for strategy, entry in found["backbones"].get(backbone.key, {}).items():
            scores = ["diverged" if entry[name] is None else f"{entry[name]:.4f}" for name in ("selected", "unseen")]
            rows.append([backbone.title, label(strategy), *scores, *_lost(strategy, entry)])
    return rows


def _lost(strategy: str, entry: OptimismEntry) -> list[str]:
    if strategy == REFERENCE:
        return ["reference", ""]
    if entry["points"] is None:
        return ["n/a", ""]
    low, high = entry["interval"] or (None, None)
    return [f"{entry['points']:+.1f}", "n/a" if low is None else f"{low:+.1f} to {high:+.1f}"]
