"""The network that a run was planned with, or an error if it is another by now."""

from pathlib import Path
from typing import Any

from ..atomic import set_aside
from ..errors import BlocktuneError
from ..files.layers import LayerTable
from ..files.spec import RunSpec
from ..settings.backbone import Backbone
from ..settings.own import is_function, is_hub


def entry_of(table: LayerTable) -> Backbone:
    """Return the settings' entry that a layer table was made from."""
    given = {name: getattr(table.backbone, name) for name in Backbone.model_fields}
    # The preset says it, and may say what the settings have no name for
    return Backbone(**given | ({"native": None} if is_hub(table.backbone.name) else {}))


def planned_backbone(spec: RunSpec, table: LayerTable, layers: Path, pretrained: Path | None) -> Any:
    """Build the backbone (a keras.Model) that a run was planned with.

    Raises:
        BlocktuneError: its weights are not those that the plan saw, or a network of the user's own is another.
    """
    from ..backbones.build import build_backbone
    from ..backbones.graph import architecture_digest
    from ..backbones.own import seed_random_layers
    from ..backbones.weights import weights_digest

    entry = entry_of(table)
    backbone = build_backbone(entry, spec.image_size, table.seed, pretrained)
    if weights_digest(backbone) != spec.backbone["weights"]:
        differ = f"{entry.key}: the pre-trained weights differ from those that were planned with"
        if is_function(entry.name):
            differ += " (a function must return the same each time)"
        if entry.weights_kind == "digits" and pretrained is not None:
            aside = set_aside(pretrained)
            raise BlocktuneError(f"{differ}: {pretrained} is damaged; set aside as {aside}, it is made again next time")
        raise BlocktuneError(f"{differ}; remove {layers} and start again")
    if entry.own:
        if architecture_digest(backbone) != spec.backbone["architecture"]:
            raise BlocktuneError(
                f"{entry.key}: the network differs from the one that was planned with; remove {layers} and start again"
            )
        seed_random_layers(backbone, spec.seed)
    return backbone
