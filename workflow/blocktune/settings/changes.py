"""Which settings of a study are not the paper's: params.yaml states those, and the defaults are the same."""

from collections.abc import Iterator
from typing import Any

from .kinds import Section
from .model import Settings

_TOLD_OTHERWISE = (
    # Names, noise, and what makes other results beside Table I's columns
    *("study", "seed", "repeats", "baselines", "pretraining", "factors", "figures", "export"),
    # Which columns there are
    *("search.strategies", "search.top_k", "search.random_layers"),
    # The numbers of images in each part say it
    *("split", "evaluation.protocol", "evaluation.selection"),
    # The data set's and the backbone's own names say it, or it concerns no images of the paper
    *("backbones", "data.source", "data.name", "data.path", "data.on_bad_image", "data.max_16bit"),
    *("data.digits", "data.shift"),
)


def changed(settings: Settings) -> dict[str, Any]:
    """Return the settings behind Table I's numbers that are not the paper's, by key, such as `training.optimizer`.

    What parts, columns, data set and backbones are called says the rest. Where the paper is silent, params.yaml's own
    value stands for it. A setting that has no effect beside the others is left out.
    """
    without_effect = {
        "training.learning_rate": settings.search.rates is not None,
        "head.dropout": not settings.head.units,
        "search.halving": settings.search.method != "halving",
        **dict.fromkeys(("search.budget", "search.tolerance", "search.seeds"), not settings.search.by_rounds),
        "search.span_blocks": "span" not in settings.search.strategies,
        "search.lora_rank": "lora" not in settings.search.strategies,
    }
    left_out = (*_TOLD_OTHERWISE, *(key for key, so in without_effect.items() if so))
    return dict(_unlike_defaults(settings, "", left_out))


def _unlike_defaults(section: Section, prefix: str, left_out: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, field in type(section).model_fields.items():
        key, value = f"{prefix}{name}", getattr(section, name)
        if key in left_out:
            continue
        if isinstance(value, Section):
            yield from _unlike_defaults(value, f"{key}.", left_out)
        elif value != field.get_default(call_default_factory=True):
            yield key, value
