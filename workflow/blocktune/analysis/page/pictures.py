"""Figures and images as data URIs: the page needs no other file."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ...candidates.searched import SEARCHED
from ...errors import BlocktuneError
from ...files.model import Mistake
from ...settings.varied import VARIED
from ..strategies import label

_FIGURES = {
    "figure1_schemes": (
        "Figure 1",
        "Which layers each strategy unfreezes",
        "A row per strategy, a bar per layer, input left, head right: coloured layers are unfrozen, grey ones frozen.",
    ),
    "figure2_parameters": ("Figure 2", "Parameters per layer", "A bar per layer: how many parameters it has."),
    "figure3_baselines_random": (
        "Figure 3",
        "Baselines and random layers in the search",
        "Bars of accuracy per backbone: head alone, everything, searched layers, and layers chosen at random.",
    ),
    "figure4_layers": (
        "Figure 4",
        "Accuracy of every single layer",
        "A panel per backbone, a point per layer over its depth, dashed lines for the baselines, a star for the best.",
    ),
    "figure5_blocks": (
        "Figure 5",
        "Accuracy of every block",
        "A panel per backbone, a bar per block as wide as its layers, dashed lines for the baselines, a star: best.",
    ),
    "figure6_windows": (
        "Figure 6",
        "Accuracy of every window",
        "A panel per backbone, a point per window over its depth, dashed lines for the baselines, a star for the best.",
    ),
    "figure7_best_search": (
        "Figure 7",
        "The best of each kind in the search",
        "Bars of accuracy per backbone: best layer, block and window, and both baselines, with their binomial error.",
    ),
    "figure8_final": (
        "Figure 8",
        "All strategies after the final training",
        "Bars of accuracy per backbone, one per strategy, with their binomial error.",
    ),
    "figure9_blocks_repeated": (
        "Figure 9",
        "The search over blocks, repeated",
        "A panel per backbone: mean accuracy of every block over the repeats as a line, lowest to highest as a band.",
    ),
    "figure10_windows_repeated": (
        "Figure 10",
        "The search over windows, repeated",
        "A panel per backbone: mean accuracy of every window over the repeats as a line, lowest to highest as a band.",
    ),
    "figure11_tails": (
        "Figure 11",
        "Accuracy over how much is unfrozen, from the head alone (left) to everything (right). Where a line no longer "
        "rises, unfreezing more gains nothing. Points below the probe's line are worse than the frozen backbone",
        "A panel per backbone, a line per learning rate from the head alone (left) to everything (right), with 95 % "
        "intervals; hollow: the last quarter; dashed: the linear probe; a star: the best tail.",
    ),
    "figure12_spans": (
        "Figure 12",
        "Accuracy of every span of blocks, from its first (across) to its last (up). Single blocks are the diagonal, "
        "everything from a block up to the head is the top row",
        "A panel per backbone, a cell per span in the color of its accuracy at its best learning rate; empty: not "
        "trained; outlined: the best; the color bar has a mark for the linear probe.",
    ),
    "figure13_belief": (
        "Figure 13",
        "What the search by rounds believes of its arms, round by round",
        "A panel per round: the expected score of every arm with its 95 % interval, in the order of the last round; "
        "points: the trainings up to then; a star: the arm that would be the answer.",
    ),
    "figure_factors_effects": (
        "Factors",
        "How much each factor explains",
        "A panel per backbone, a row per factor or interaction: its share of the variance as a point with an interval.",
    ),
    "figure_factors_where": (
        "Strategies",
        "All strategies, with all other settings as in the main study",
        "A panel per backbone: a point with its interval per strategy, its seeds beside it.",
    ),
    "figure_factors_source": (
        "Source classes",
        "Accuracy over the number of classes that the source had",
        "A panel per arm, same pictures in all and same pictures per class: a line per strategy over source classes.",
    ),
    "figure_factors_target": (
        "Distance and strategy",
        "Accuracy over the distance of the target",
        "A row per backbone: accuracy of each strategy over the distance, then over the strength of each shift.",
    ),
    "figure_factors_distance": (
        "Distance",
        "How far shifts take the target away",
        "A row per backbone, a panel per measure of distance: a line per kind of shift over its strength.",
    ),
    "figure_factors_cka": (
        "Features",
        "How alike features are before and after fine-tuning",
        "A row per backbone: CKA over depth, a line per strategy; at the right everything fine-tuned, a line per rate.",
    ),
    "figure_factors_map": (
        "The map",
        "Weight change by layer, and accuracy by block",
        "Two panels per backbone over its layers: weight change if all are fine-tuned, and each block's accuracy.",
    ),
    "figure_critical_difference": (
        "Mean ranks",
        "Strategies by mean rank",
        "Strategies on an axis of mean ranks; a bar joins those that Nemenyi's test cannot tell apart.",
    ),
}


def _further() -> dict[str, tuple[str, str, str]]:
    """Those of strategies that the paper has not, and of factors: each kind is drawn alike."""
    found = {}
    for strategy in SEARCHED.values():
        shape = f"a {'bar' if strategy.spans else 'point'} per {strategy.one} over its depth"
        alone = f"A panel per backbone, {shape}, dashed lines for the baselines, a star for the best."
        repeated = "A panel per backbone: mean accuracy over the repeats as a line, lowest to highest as a band."
        for drawn, alt in ((strategy.figure, alone), (strategy.figure_of_repeats, repeated)):
            if drawn and drawn[0] not in _FIGURES:
                found[drawn[0]] = (label(strategy.key), drawn[1], alt)
    line = "a line per strategy over the levels, its band from the lowest to the highest seed."
    point = "at each level a point with its interval per strategy, its seeds beside it."
    for factor in VARIED.values():
        if (name := f"figure_factors_{factor.key}") not in _FIGURES:
            alt = f"A panel per backbone: {line if factor.axis else point}"
            found[name] = (factor.title, factor.figure_caption, alt)
    return found


_FIGURES |= _further()


@dataclass(frozen=True)
class Picture:
    """A picture: its number, its caption, what to say where it can't be seen, and its data URI."""

    number: str
    caption: str
    alt: str
    source: str


def figure(path: Path) -> Picture:
    """Return a figure that the workflow drew.

    Raises:
        BlocktuneError: The file can't be read, or is none of the study's figures.
    """
    if path.stem not in _FIGURES:
        raise BlocktuneError(f"--figures: {path.name} is no figure of a study; there are {', '.join(_FIGURES)}")
    number, caption, alt = _FIGURES[path.stem]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BlocktuneError(f"can't read {path}: {error.strerror}") from None
    return Picture(number, caption, alt, _uri("image/svg+xml", content))


def images(mistakes: Sequence[Mistake], images: np.ndarray) -> list[Picture]:
    """Return the images that a model is most sure of and wrong about.

    Args:
        mistakes: among the prepared images.
        images: all images, uint8 (N, size, size, 3).
    """
    found = []
    for entry in mistakes:
        content = io.BytesIO()
        Image.fromarray(np.asarray(images[entry["row"]])).save(content, format="JPEG", quality=85)
        words = f"{entry['is']}, taken for {entry['taken_for']} ({entry['probability']:.2f})"
        found.append(Picture(entry["picture"], words, f"Image of {words}", _uri("image/jpeg", content.getvalue())))
    return found


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
