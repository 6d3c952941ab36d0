"""The last quarter of the network: the control, a rule of thumb that needs no training at all.

The ICMLA 2023 follow-up ("Enhancing Transfer Learning Reliability via Block-wise Fine-tuning") recommends it. A cheaper
search that finds no better candidates than this rule is not worth its price.
"""

from collections.abc import Sequence

from ..candidates.candidate import Candidate
from ..candidates.further import last_quarter
from ..files.layers import LayerTable
from . import ProxyScores, Scorer, Task

LOOKS_AT = "nothing"


def prior_scores(table: LayerTable, candidates: Sequence[Candidate]) -> list[float]:
    """Return how close each candidate comes to the last quarter of the network, 0 (apart) to 1 (the same).

    The measure is the Jaccard overlap counted in trainable parameters: those that both unfreeze over those that either
    unfreezes. Counted in layers, every single layer of the quarter would score the same, and a BatchNormalization of 32
    parameters as much as a convolution of 65,536; counted in parameters, the candidate wins that does most of what the
    rule asks for. Equal scores, such as the zeros of all candidates outside, are left to the search order, which puts
    the candidate nearer the head, and so nearer the quarter, first.

    Args:
        table: the backbone's layers.
        candidates: what is scored; one that unfreezes nothing scores 0.
    """
    quarter = set(last_quarter(table.layers))

    def parameters(layers: set[int]) -> int:
        return sum(table.layers[index].parameters for index in layers)

    either = [parameters(quarter | set(candidate.layers)) for candidate in candidates]
    both = [parameters(quarter & set(candidate.layers)) for candidate in candidates]
    return [common / total if total else 0.0 for common, total in zip(both, either, strict=True)]


class Method(Scorer):
    """See `prior_scores`."""

    def score(self, task: Task) -> ProxyScores:
        """Return the scores; nothing is trained."""
        layers = [candidate.layers for candidate in task.candidates]
        scores = dict(zip(layers, prior_scores(task.table, task.candidates), strict=True))
        return ProxyScores(scores, {}, 0.0, 0)
