"""The range audit: what it does to each backbone whether it is fed 0 to 1 or the range it was trained on.

The paper feeds every network 0 to 1 and measures a strategy's reliability by its variance over networks; a network that
was trained on another range is hardest hit where most of it stays frozen.
"""

from collections.abc import Callable, Mapping, Sequence

from ..files.reliability import AuditedBackbone, AuditedColumn, AuditFound
from .layers import Network
from .paired import Pairs, Right, paired_differences
from .scores import Scores
from .table import mean, variance

AUDITED = ("baseline1", "bw")
RANGES = ("unit", "native")

TRAINED_ON = {
    "tf": "-1 to 1",
    "caffe": "BGR, the mean subtracted",
    "torch": "0 to 1, then normalised",
    "raw": "0 to 255",
    "unit": "0 to 1",
}


def audit(
    backbones: Sequence[Network],
    fed: str,
    final: Mapping[str, Sequence[Scores]],
    right: Right,
    new_parts: float | None = None,
    untrained: Callable[[float | None], bool] = lambda accuracy: False,
) -> AuditFound:
    """Return what each range gives.

    Args:
        backbones: the backbones.
        fed: the study's own range, `unit` or `native`.
        final: by range, the final scores of every repeat.
        right: by run, whether each test image was classified rightly.
        new_parts: scored images over trained ones, where each repeat has parts of its own.
        untrained: whether a run of this accuracy has learnt nothing.
    """
    described = {backbone.key: _backbone(backbone, fed, final, untrained) for backbone in backbones}
    for strategy in AUDITED:
        pairs = {backbone.key: _pairs(backbone, strategy, final) for backbone in backbones}
        failed = [key for key, entry in described.items() if entry[strategy]["untrained"]]
        for key, gained in paired_differences(pairs, right, new_parts, failed).items():
            described[key][strategy]["native_minus_unit"] = gained
    return {
        "fed": fed,
        "backbones": described,
        "over_backbones": {
            strategy: {name: _column([entry[strategy][name] for entry in described.values()]) for name in RANGES}
            for strategy in AUDITED
        },
    }


def _backbone(
    backbone: Network, fed: str, final: Mapping[str, Sequence[Scores]], untrained: Callable[[float | None], bool]
) -> AuditedBackbone:
    """A backbone without what its own range gains."""
    native = backbone.architecture.native
    entry = {"trained_on": TRAINED_ON.get(native, native), "mismatched": fed == "unit" and native != "unit"}
    for strategy in AUDITED:
        accuracies = {name: [repeat.accuracy(backbone.key, strategy) for repeat in final[name]] for name in RANGES}
        entry[strategy] = {name: mean(values) for name, values in accuracies.items()}
        entry[strategy]["untrained"] = [name for name, values in accuracies.items() if any(map(untrained, values))]
    return entry


def _pairs(backbone: Network, strategy: str, final: Mapping[str, Sequence[Scores]]) -> Pairs:
    native, unit = ([repeat.winner(backbone.key, strategy) for repeat in final[name]] for name in ("native", "unit"))
    return list(zip(native, unit, strict=True))


def _column(accuracies: Sequence[float | None]) -> AuditedColumn:
    return {"mean": mean(accuracies), "variance": variance(accuracies)}
