"""`audit.md`: the range audit as a table and in plain words."""

from collections.abc import Sequence

from ..document.blocks import Block, Bullets, Heading, Table
from ..files.answer import Difference
from ..files.reliability import AuditedBackbone, AuditFound
from ..files.study import Study
from .audit import AUDITED, RANGES
from .layers import Network
from .notes import weights_note
from .protocol import protocol, weights_words
from .reliability_tables import points_cell
from .strategies import label
from .table import or_na
from .untrained import guess_words

_FED = {"unit": "0 to 1", "native": "its own preprocessing"}


def audit_page(study: Study, backbones: Sequence[Network], found: AuditFound) -> list[Block]:
    """Return the page of what `audit.audit` returned."""
    head = ["Backbone", "Trained on"]
    for strategy in AUDITED:
        head += [f"{label(strategy)}, unit", f"{label(strategy)}, native", "Points gained"]
    rows = [_row(backbone, found["backbones"][backbone.key]) for backbone in backbones]
    for what, digits in (("mean", 4), ("variance", 6)):
        rows.append([what.capitalize(), "", *_summary(found, what, digits)])
    return [
        Heading("Range audit", 1),
        f"Study {study.name}, preprocessing {found['fed']}. {protocol(study, 'final')}. Unit: 0 to 1 for every "
        "network, as in the paper; native: the preprocessing of each network's weights. Each has a search of its own "
        "over the blocks.",
        Bullets(sentences(backbones, found)),
        Table(head, rows, text=(0, 1)),
        *_untrained_words(study, found),
        "Variance over backbones is the paper's measure of reliability.",
        *weights_note(backbones),
    ]


def _untrained_words(study: Study, found: AuditFound) -> list[str]:
    if not any(entry[name]["untrained"] for entry in found["backbones"].values() for name in AUDITED):
        return []
    return [f"untrained: not better than {guess_words(study)}; it is left out of comparisons."]


def sentences(backbones: Sequence[Network], found: AuditFound) -> list[str]:
    """Return what the audit found, one sentence each."""
    said = []
    for backbone in backbones:
        entry = found["backbones"][backbone.key]
        if (random := weights_words(backbone)) and backbone.weights_kind == "none":
            said.append(f"{backbone.title}: {random}, so it has no preprocessing of its own.")
        elif entry["trained_on"] == "0 to 1":
            said.append(f"{backbone.title} was trained on 0 to 1, so both preprocessings are the same.")
        else:
            flag = "gets 0 to 1, but " if entry["mismatched"] else ""
            said.append(f"{backbone.title} {flag}was trained on {entry['trained_on']}: {_gained(entry)}.")
    for strategy in AUDITED:
        before, after = (found["over_backbones"][strategy][name]["variance"] for name in RANGES)
        if before is not None and after is not None:
            ratio = f", {before / after:.1f} times less" if 0 < after < before else ""
            said.append(
                f"Variance over backbones, {label(strategy)}: {before:.6f} at 0 to 1, {after:.6f} with each backbone's "
                f"own preprocessing{ratio}."
            )
    return said


def _gained(entry: AuditedBackbone) -> str:
    """What a backbone's own preprocessing gains; of runs that have learnt nothing only that they are such."""
    learnt = [name for name in AUDITED if not entry[name]["untrained"]]
    gains = {name: entry[name]["native_minus_unit"] for name in learnt}
    told = [f"{_points(gain)} with {label(name)}" for name, gain in gains.items() if gain["points"] is not None]
    said = [f"its own preprocessing gains {' and '.join(told)}"] if told else []
    if lost := [label(name) for name, gain in gains.items() if gain["points"] is None]:
        said.append(f"what it gains with {' and '.join(lost)} is unknown (a run diverged or is missing)")
    for name in AUDITED:
        if name not in learnt:
            ranges = " and ".join(_FED[fed] for fed in entry[name]["untrained"])
            both = " and ".join(f"{or_na(entry[name][fed])} with {_FED[fed]}" for fed in RANGES)
            said.append(f"{label(name)} is untrained with {ranges} ({both})")
    return "; ".join(said)


def _points(difference: Difference) -> str:
    interval = difference["interval"]
    return f"{difference['points']:+.1f} points" + (f" ({interval[0]:+.1f} to {interval[1]:+.1f})" if interval else "")


def _row(backbone: Network, entry: AuditedBackbone) -> list[str]:
    cells = [backbone.title, entry["trained_on"]]
    for strategy in AUDITED:
        found = entry[strategy]
        gained = "untrained" if found["untrained"] else points_cell(found["native_minus_unit"])
        cells += [*(or_na(found[name]) for name in RANGES), gained]
    return cells


def _summary(found: AuditFound, what: str, digits: int) -> list[str]:
    cells = []
    for strategy in AUDITED:
        cells += [*(or_na(found["over_backbones"][strategy][name][what], digits) for name in RANGES), ""]
    return cells
