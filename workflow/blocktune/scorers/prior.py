"""The last quarter of the network: the control, a rule of thumb that needs no training at all.

The ICMLA 2023 follow-up ("Enhancing Transfer Learning Reliability via Block-wise Fine-tuning") recommends it. A cheaper
search that finds no better candidates than this rule is not worth its price.
"""

from ..candidates.further import last_quarter
from . import ProxyScores, Scorer, Task

LOOKS_AT = "nothing"


class Method(Scorer):
    """Scores by the overlap with the last quarter."""

    def score(self, task: Task) -> ProxyScores:
        """Return how close each candidate comes to the last quarter of the network, 0 (apart) to 1 (the same).

        The measure is the Jaccard overlap counted in trainable parameters: those that both unfreeze over those that
        either unfreezes. Counted in layers, every single layer of the quarter would score the same, and a
        BatchNormalization of 32 parameters as much as a convolution of 65,536; counted in parameters, the candidate
        wins that does most of what the rule asks for. Equal scores, such as the zeros of all candidates outside, are
        left to the search order, which puts the candidate nearer the head, and so nearer the quarter, first.
        """
        quarter = set(last_quarter(task.table.layers))

        def parameters(layers: set[int]) -> int:
            return sum(task.table.layers[index].parameters for index in layers)

        def overlap(layers: set[int]) -> float:
            either = parameters(quarter | layers)
            return parameters(quarter & layers) / either if either else 0.0

        return ProxyScores({one.layers: overlap({*one.layers}) for one in task.candidates}, {}, 0.0, 0)
