"""What fine-tuning did to weights and features, in plain words."""

from ..analysis.strategies import label
from ..files.factor_results import ChangeAndAccuracy, Movement


def movement_words(found: Movement) -> list[str]:
    """Return what a backbone's layers did, one sentence each."""
    said = []
    moved = found["frozen_moved"]
    if moved["layers"]:
        said.append(
            f"Fault: {moved['layers']} frozen layers changed in {moved['runs']} runs. Frozen layers must not change; "
            "please report this."
        )
    change = found["change"]
    if change is not None:
        most, least = change["most"], change["least"]
        said.append(
            f"When everything is fine-tuned, weights change most in {most['layer']} (by {100 * most['mean']:.2g} % of "
            f"their norm, {_deep(most['depth'])}) and least in {least['layer']} ({100 * least['mean']:.2g} %, "
            f"{_deep(least['depth'])})."
        )
    if found["map"] is not None:
        said.append(_map(found["map"]))
    if found["cka"]:
        told = "; ".join(
            f"{label(strategy)} {_cka(thirds[0])}, {_cka(thirds[-1])}" for strategy, thirds in found["cka"].items()
        )
        said.append(
            "CKA of features before and after fine-tuning, in the third nearest the input and in that nearest the "
            f"head: {told}."
        )
    return said


def _map(found: ChangeAndAccuracy) -> str:
    blocks = f"{found['blocks']} block{'s' if found['blocks'] != 1 else ''} of the search"
    if found["correlation"] is None:
        return f"{blocks} can't show whether weights change most in the blocks that gain most."
    low, high = found["interval"]
    if low > 0:
        verdict = "Weights change most in the blocks that gain most when only they are fine-tuned"
    elif high < 0:
        verdict = "Weights change least in the blocks that gain most when only they are fine-tuned"
    else:
        verdict = "The data do not show whether weights change most in the blocks that gain most"
    return (
        f"{verdict} (rank correlation {found['correlation']:+.2f}, 95 % {low:+.2f} to {high:+.2f}, over {blocks}). "
        "Each block's accuracy is one training, and neighbours are alike."
    )


def _deep(depth: float) -> str:
    return "near the input" if depth < 1 / 3 else "near the head" if depth > 2 / 3 else "in the middle"


def _cka(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"
