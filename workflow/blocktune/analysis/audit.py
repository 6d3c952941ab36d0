"""The range audit: what it does to each backbone whether it is fed 0 to 1 or the range it was trained on.

The paper feeds every network 0 to 1 and measures a strategy's reliability by its variance over networks; a network that
was trained on another range is hardest hit where most of it stays frozen.
"""

from collections.abc import Mapping, Sequence

from ..files.reliability import AuditedBackbone, AuditedColumn, AuditFound
from ..files.study import Study
from .layers import Network
from .paired import Pairs, Right, paired_differences
from .scores import Scores
from .table import mean, variance
from .untrained import is_untrained

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
    study: Study, backbones: Sequence[Network], final: Mapping[str, Sequence[Scores]], right: Right
) -> AuditFound:
    """Return what each range gives.

    `final` has by range the final scores of every repeat; for `right` see `paired_differences`.
    """
    described = {backbone.key: _backbone(study, backbone, final) for backbone in backbones}
    for strategy in AUDITED:
        pairs = {backbone.key: _pairs(backbone, strategy, final) for backbone in backbones}
        failed = [key for key, entry in described.items() if entry[strategy]["untrained"]]
        for key, gained in paired_differences(pairs, right, study.new_parts, failed).items():
            described[key][strategy]["native_minus_unit"] = gained
    return {
        "fed": study.range,
        "backbones": described,
        "over_backbones": {
            strategy: {name: _column([entry[strategy][name] for entry in described.values()]) for name in RANGES}
            for strategy in AUDITED
        },
    }


def _backbone(study: Study, backbone: Network, final: Mapping[str, Sequence[Scores]]) -> AuditedBackbone:
    """A backbone without what its own range gains."""
    native = backbone.architecture.native
    entry = {"trained_on": TRAINED_ON.get(native, native), "mismatched": study.range == "unit" and native != "unit"}
    for strategy in AUDITED:
        accuracies = {name: [repeat.accuracy(backbone.key, strategy) for repeat in final[name]] for name in RANGES}
        entry[strategy] = {name: mean(values) for name, values in accuracies.items()}
        entry[strategy]["untrained"] = [
            name for name, values in accuracies.items() if any(is_untrained(study, value) for value in values)
        ]
    return entry


def _pairs(backbone: Network, strategy: str, final: Mapping[str, Sequence[Scores]]) -> Pairs:
    native, unit = ([repeat.winner(backbone.key, strategy) for repeat in final[name]] for name in ("native", "unit"))
    return list(zip(native, unit, strict=True))


def _column(accuracies: Sequence[float | None]) -> AuditedColumn:
    return {"mean": mean(accuracies), "variance": variance(accuracies)}
