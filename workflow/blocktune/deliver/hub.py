"""What a model card says for catalogues: the metadata that the Hugging Face Hub reads at its beginning."""

import re
from typing import TYPE_CHECKING, Any

import yaml

from ..files.dataset import SplitSummary
from ..files.study import Study
from ..settings.licences import KNOWN

if TYPE_CHECKING:
    from .card import Subject
    from .export import Exported

# The Hub has its own name for this one
_OTHERWISE = {"odbl-1.0": "odbl"}
_LONGEST_ID = 96


def front_matter(
    study: Study, subject: "Subject", exported: "Exported", split: SplitSummary, licence: str | None = None
) -> str:
    """Return the metadata as the lines that begin a card (see `card.model_card`)."""
    backbone = subject.backbone
    about = {
        "library_name": "keras",
        "pipeline_tag": "image-classification",
        "tags": ["blocktune", "image-classification", "keras", "transfer-learning"],
        **_licence(licence),
        # Without pre-training there is none
        **({} if backbone.weights_kind == "none" else {"base_model": hub_id(backbone.key)}),
        "datasets": [hub_id(study.dataset)],
        "model-index": [
            {
                "name": f"{backbone.title}, {subject.strategy}, on {study.dataset}",
                "results": [_result(study, exported, split)],
            }
        ],
    }
    return f"---\n{yaml.safe_dump(about, sort_keys=False, allow_unicode=True, width=120)}---\n\n"


def hub_id(name: str) -> str:
    """Return a name as the Hub takes it for a repository: letters, digits and `-_.`, with one `/` at most."""
    owner, slash, rest = name.partition("/")
    parts = [re.sub(r"[^\w.-]+|-{2,}|\.{2,}", "-", part, flags=re.ASCII).strip("-.") for part in (owner, rest)]
    found = slash.join(part for part in parts if part)[:_LONGEST_ID]
    return found.removesuffix(".git").strip("-./") or "unnamed"


def _licence(licence: str | None) -> dict[str, str]:
    if licence is None:
        return {"license": "other", "license_name": "not-stated"}
    small = licence.lower()
    if small in KNOWN:
        return {"license": _OTHERWISE.get(small, small)}
    return {"license": "other", "license_name": re.sub(r"[^a-z0-9.]+", "-", small).strip("-.") or "other"}


def _result(study: Study, exported: "Exported", split: SplitSummary) -> dict[str, Any]:
    """The scores of one set of images."""
    found = exported.evaluation
    low, high = (round(end, 6) for end in found["interval"])
    interval = {"confidence_level": 0.95, "confidence_interval": [low, high], "method": "Wilson"}
    metrics = [
        {
            "type": "accuracy",
            "value": found["accuracy"],
            "name": f"Accuracy (95 % interval {low:.4f} to {high:.4f})",
            "args": interval,
        },
        {
            "type": "expected_calibration_error",
            "value": found["calibration_error"],
            "name": "Expected calibration error (15 bins)",
        },
    ]
    images = {"images": found["pictures"], "classes": len(found["labels"]), "split_sha256": split.digest}
    return {
        "task": {"type": "image-classification", "name": "Image classification"},
        "dataset": {
            "name": study.dataset,
            "type": hub_id(study.dataset),
            "split": exported.scored,
            "args": images,
        },
        "metrics": metrics,
    }
