"""The maps of a page, of depth and of spans, and what is said of them."""

from ...candidates.searched import SEARCHED
from ...files.study import Study
from ...settings.members import askers
from ..layers import Network
from ..scores import Scores
from .depth_map import depth_map
from .page import Chart
from .tables import candidates
from .triangle_map import triangle_map


def maps(study: Study, backbone: Network, search: Scores) -> list[Chart]:
    """The depth map, the triangle of spans, or both; below the last of them their table."""
    table = candidates(study, backbone, search)
    if "span" not in study.strategies:
        return [Chart(backbone.title, depth_map(study, backbone, search), table, "Depth map")]
    triangle = Chart(backbone.title, triangle_map(study, backbone, search), table, "Triangle of spans")
    if not any(key in SEARCHED and SEARCHED[key].in_depth_map for key in study.strategies):
        return [triangle]
    return [Chart(backbone.title, depth_map(study, backbone, search), kind="Depth map"), triangle]


def map_words(study: Study) -> str:
    """What the maps show of the strategies that the study searches."""
    alone = [kind.one for key, kind in SEARCHED.items() if key in study.strategies and key not in ("tail", "span")]
    said = []
    if alone:
        what = f"{', '.join(alone[:-1])} or {alone[-1]}" if len(alone) > 1 else alone[0]
        said.append(f"Accuracy when only this {what} is unfrozen besides the head, over the depth of the network.")
    if "tail" in study.strategies:
        said.append("Accuracy when everything from a layer up to the head is unfrozen: the point stands at that layer.")
    if "span" in study.strategies:
        said.append(
            "Accuracy of every span of blocks at its best learning rate, from its first block (across) to its last "
            "(up): single blocks on the diagonal, everything up to the head in the top row. Empty: not trained."
        )
    return " ".join([*said, *(["Shaded: every other block."] if "bw" in study.strategies else [])])


def map_note(study: Study) -> str:
    """What the search leaves out of the maps, and what its winners are, where that is not the highest point."""
    if study.method == "exhaustive":
        few = f"At most {study.candidates} candidates of each strategy were tried: only these are on the map."
        merged = f"Neighbours are merged: {study.merged}."
        lowest = "The winner of a strategy has the lowest validation loss, which hovering shows."
        said = [(few, study.candidates is not None), (merged, study.merged), (lowest, study.choose_by == "loss")]
        return " ".join(words for words, so in said if so)
    if study.method == "halving":
        return (
            "Halving discarded candidates early. Faint points are discarded candidates; the legend gives their epochs. "
            "Accuracies after different numbers of epochs can't be compared."
        )
    few = f"The search by {study.method} trained few candidates: only these are on the map."
    if study.method not in askers():
        return few
    return (
        f"{few} A point is the training with the study's seed. The winner of a strategy is the one with the fewest "
        "parameters of those that can't be told apart from its best, all seeds and neighbours considered."
    )


def with_repeats(study: Study) -> str:
    """Which figures there would be with repeats, as the beginning of a sentence; empty for none."""
    numbers = [number for key, number in {"bw": "9", "bwsw": "10"}.items() if key in study.strategies]
    if len(numbers) == 1:
        return f"Figure {numbers[0]} repeats the search: it needs"
    return f"Figures {' and '.join(numbers)} repeat the search: they need" if numbers else ""
