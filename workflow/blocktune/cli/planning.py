"""`blocktune plan` and `blocktune schema`: what a study would train, and the schema of its settings."""

import argparse
import json
from pathlib import Path
from typing import Any

from ..backbones.presets import check_named
from ..candidates.searched import SEARCHED, candidates_of
from ..candidates.strategies import blocks, distinct
from ..errors import BlocktuneError
from ..files.layers import LayerTable
from ..runs.estimate import CALIBRATION, taken
from ..search.duration import study_seconds
from ..settings.given_files import check_files
from ..settings.load import validate
from ..settings.model import Settings
from ..settings.own import allow_here, is_hub, is_own, require_allowed
from ..settings.schema import write_schema
from ..steps.backbones import build_table
from ..watch.words import expected
from .common import usable_cores

_SPANS_OF_12 = 78
"""How many spans 12 blocks have, which is as many as most can afford."""


def register(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    plan = commands.add_parser("plan", help="show a backbone's layers and how many runs they need")
    plan.add_argument(
        "name", help="a constructor of keras.applications, a saved model (.keras), module:function, or hub:PRESET"
    )
    plan.add_argument("--alpha", help="width of a MobileNet, e.g. 0.25")
    plan.add_argument("--image-size", default=224, help="side of the input in pixels (default 224)")
    plan.add_argument("--window", default=3, help="layers per window (default 3)")
    plan.add_argument(
        "--images", type=int, default=3670, metavar="N", help="of the data set, for the time (default 3670)"
    )
    plan.add_argument("--epochs", default=50, help="epochs of a run, for the time (default 50)")
    plan.add_argument("--strategies", nargs="+", metavar="KEY", help="search.strategies (default: the paper's)")
    plan.add_argument("--rates", nargs="+", metavar="RATE", help="search.rates (default: one rate)")
    plan.add_argument("--span-blocks", metavar="N", help="search.span_blocks, for --strategies span (default: all)")
    plan.add_argument("--method", default="exhaustive", help="search.method, for the time (default exhaustive)")
    plan.add_argument("--budget", metavar="N", help="search.budget, for --method race (default: its own)")
    plan.add_argument(
        "--delimiters", nargs="+", action="extend", metavar="CLASS", help="cut blocks at these Keras classes"
    )
    plan.add_argument("--allow-code", action="store_true", help="run the module's code, for module:function")
    plan.add_argument("--json", action="store_true", help="print one JSON object with the counts")
    plan.set_defaults(func=_plan)

    schema = commands.add_parser("schema", help="write the JSON schema of params.yaml for editors")
    schema.add_argument("--output", type=Path, required=True, metavar="FILE", help="the schema to write")
    schema.set_defaults(func=lambda options: write_schema(options.output))


def _plan(options: argparse.Namespace) -> None:
    # As settings of a study, so that whatever does not fit is said before Keras is imported
    # What a network is fed changes no plan; the user's own comes with its weights
    given = {} if is_hub(options.name) else {"native": "unit"} if is_own(options.name) else {"weights": "none"}
    settings = validate(
        Settings,
        {
            "backbones": [{"name": options.name, "alpha": options.alpha, **given}],
            "data": {"image_size": options.image_size},
            "search": {
                "method": options.method,
                "window": options.window,
                "delimiters": options.delimiters or "weightless",
                "rates": options.rates,
                "span_blocks": options.span_blocks,
                **({"strategies": options.strategies} if options.strategies else {}),
                **({"budget": options.budget} if options.budget else {}),
            },
            "training": {"epochs": options.epochs},
        },
    )
    entry, search = settings.backbones[0], settings.search
    if options.images < 1:
        raise BlocktuneError(f"--images is {options.images}: a whole number from 1 is needed")
    require_allowed([entry.name], options.allow_code)
    if options.allow_code:
        allow_here()
    check_files(settings)
    check_named(settings.backbones)
    table = build_table(entry, settings.data.image_size)
    layers = table.layers
    by_strategy = {key: candidates_of(key, layers, search) for key in SEARCHED if key in search.strategies}
    counts: dict[str, Any] = {
        "backbone": options.name,
        "alpha": entry.alpha,
        "layers": len(layers),
        "weighted": sum(layer.weighted for layer in layers),
        **{strategy: len(found) for strategy, found in by_strategy.items()},
        "distinct": len(distinct([candidate for found in by_strategy.values() for candidate in found])),
        "rates": len(search.rates or [None]),
    }
    try:
        seconds = taken(study_seconds(settings, table, options.images))
    except BlocktuneError as error:
        # So small a network can't be studied with the usual search.top_k
        seconds, time = None, f"no time to expect: {error}"
    else:
        time = f"A study of {options.images} images, {options.epochs} epochs, search {options.method}: " + expected(
            seconds, min(usable_cores(), search.together) if search.by_rounds else usable_cores(), CALIBRATION
        )
    if options.json:
        print(json.dumps(counts | {"seconds": seconds}))
    else:
        print(_plan_text(table, blocks(layers, search.delimiters), counts), time, sep="\n")


def _plan_text(table: LayerTable, found_blocks: list, counts: dict[str, Any]) -> str:
    block_of = {index: block.number for block in found_blocks for index in block.layers}
    width = max(len(layer.name) for layer in table.layers)
    lines = [f"{'layer':>5}  {'name':<{width}}  {'type':<22} {'parameters':>10}  {'block':>5}  cut"]
    for layer in table.layers:
        lines.append(
            f"{layer.index:>5}  {layer.name:<{width}}  {layer.type:<22} {layer.parameters or '':>10}  "
            f"{block_of.get(layer.index, ''):>5}  {'yes' if layer.cut else ''}".rstrip()
        )
    told = [f"{key} {counts[key]} {kind.tried or kind.many}" for key, kind in SEARCHED.items() if key in counts]
    rates, runs = counts["rates"], counts["distinct"] * counts["rates"]
    lines += [
        "",
        f"{counts['backbone']}: {counts['layers']} layers, {counts['weighted']} with weights",
        f"{', '.join(told)}: {runs} distinct runs" + (f" at {rates} learning rates" if rates > 1 else ""),
        "Blocks are numbered from the head; a cut is a layer below which a frozen part can be computed once.",
    ]
    if counts.get("span", 0) > _SPANS_OF_12:
        lines.append(f"--span-blocks 12 (search.span_blocks) merges neighbours, and leaves {_SPANS_OF_12} spans.")
    return "\n".join(lines)
