"""`optimism.md`: selection optimism as a table and in plain words."""

from collections.abc import Sequence
from typing import Any

from .layers import Backbone
from .markdown import escape, markdown_table
from .notes import weights_note
from .protocol import protocol
from .strategies import BASELINES, label
from .study import Study

Record = dict[str, Any]

_HEAD = ("Backbone", "Strategy", "Chosen on", "Unseen", "Points", "95 % interval")


def optimism_markdown(study: Study, backbones: Sequence[Backbone], found: Record) -> str:
    """Return the page.

    Args:
        study: The study.
        backbones: The backbones, in order.
        found: What `optimism.optimism` returned.
    """
    parts = ["# Selection optimism", f"Study {escape(study.name)}. {escape(protocol(study, 'search'))}."]
    notes = map(escape, weights_note(backbones))
    return "\n\n".join([*parts, *optimism_parts(backbones, found), *notes]) + "\n"


def optimism_parts(backbones: Sequence[Backbone], found: Record) -> list[str]:
    """Return the text and the table, for a page of their own or a section."""
    sizes = found["photographs"]
    return [
        f"The search's winners, trained once more: score on the {sizes['chosen_on']} photographs that chose them, and "
        f"on {sizes['unseen']} that the search has not seen, with a 95 % interval of the difference (both parts' "
        "binomial error; repeats share the photographs and count as one). Nothing chose the baselines: their "
        "difference is that of the two parts.",
        "\n".join(f"- {escape(sentence)}" for sentence in _sentences(backbones, found)),
        markdown_table(_HEAD, _rows(backbones, found), text=(0, 1)),
    ]


def _sentences(backbones: Sequence[Backbone], found: Record) -> list[str]:
    said = []
    for backbone in backbones:
        entries = found["backbones"].get(backbone.key, {})
        known = {name: entry for name, entry in entries.items() if entry["points"] is not None}
        more = [label(name) for name in known if name not in BASELINES and known[name]["interval"][0] > 0]
        higher = "scored higher where chosen, by more than chance"
        told = f"{', '.join(more)} {higher}" if more else f"no winner {higher}"
        parts = [known[name]["points"] for name in BASELINES if name in known]
        of_parts = f"; the baselines differ by {sum(parts) / len(parts):+.1f} points" if parts else ""
        said.append(f"{backbone.title}: {told}{of_parts}.")
    return said


def _rows(backbones: Sequence[Backbone], found: Record) -> list[list[str]]:
    rows = []
    for backbone in backbones:
        for strategy, entry in found["backbones"].get(backbone.key, {}).items():
            if entry["points"] is None:
                numbers = ["diverged", "", "", ""]
            else:
                low, high = entry["interval"]
                numbers = [
                    f"{entry['selected']:.4f}",
                    f"{entry['unseen']:.4f}",
                    f"{entry['points']:+.1f}",
                    f"{low:+.1f} to {high:+.1f}",
                ]
            rows.append([escape(backbone.title), label(strategy), *numbers])
    return rows
