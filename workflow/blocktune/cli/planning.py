"""Commands that plan: `plan` for people; `inspect` and `candidates` for the workflow."""

import argparse
import json
from pathlib import Path
from typing import Any

from ..backbones.saved import check_all_saved
from ..candidates.strategies import blocks, distinct, single_layers, windows
from ..candidates.table import LayerTable
from ..errors import BlocktuneError
from ..gpus.use import no_gpu
from ..runs.estimate import CALIBRATION, taken
from ..runs.files import read_json
from ..runs.plan import write_plan
from ..search.duration import study_seconds
from ..search.probe_classes import check_probe_classes
from ..search.schedule import AUDITED, search_candidates
from ..settings.backbone import Backbone
from ..settings.load import validate
from ..settings.model import Settings
from ..settings.own import allow_here, is_own, require_allowed
from ..settings.schema import write_schema
from ..settings.sections import check_files
from ..settings.training import Augmentation
from ..watch.words import expected
from .common import existing_study, path_flag, planning_flags, settings_of_row, usable_cores


def register(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    plan = commands.add_parser("plan", help="show a backbone's layers and how many runs they need")
    plan.add_argument("name", help="a constructor of keras.applications, a saved model (.keras), or module:function")
    plan.add_argument("--alpha", help="width of a MobileNet, e.g. 0.25")
    plan.add_argument("--image-size", default=224, help="side of the input in pixels (default 224)")
    plan.add_argument("--window", default=3, help="layers per window (default 3)")
    plan.add_argument(
        "--images", type=int, default=3670, metavar="N", help="of the data set, for the time (default 3670)"
    )
    plan.add_argument("--epochs", default=50, help="epochs of a run, for the time (default 50)")
    plan.add_argument("--method", default="exhaustive", help="search.method, for the time (default exhaustive)")
    plan.add_argument(
        "--delimiters", nargs="+", action="extend", metavar="CLASS", help="cut blocks at these Keras classes"
    )
    plan.add_argument("--allow-code", action="store_true", help="run the module's code, for module:function")
    plan.add_argument("--json", action="store_true", help="print one JSON object with the counts")
    plan.set_defaults(func=_plan)

    inspect = commands.add_parser("inspect", help="write a backbone's layer table and its weights' digest")
    path_flag(inspect, "--settings", "the backbone's section of the settings")
    path_flag(inspect, "--pretrained", "weights made by `pretrain`, for `weights: digits`", required=False)
    path_flag(inspect, "--output", "the layer table to write")
    inspect.set_defaults(func=_inspect)

    candidates = commands.add_parser("candidates", help="list a backbone's search runs and put them into jobs")
    planning_flags(candidates)
    path_flag(candidates, "--split-summary", "facts on the parts")
    path_flag(candidates, "--output", "the plan to write")
    candidates.set_defaults(func=_candidates)

    schema = commands.add_parser("schema", help="write the JSON schema of params.yaml for editors")
    path_flag(schema, "--output", "the schema to write")
    schema.set_defaults(func=lambda options: write_schema(options.output))


def _plan(options: argparse.Namespace) -> None:
    # As settings of a study, so that whatever does not fit is said before Keras is imported
    # What a network is fed changes no plan; the user's own comes with its weights
    given = {"native": "unit"} if is_own(options.name) else {"weights": "none"}
    settings = validate(
        Settings,
        {
            "backbones": [{"name": options.name, "alpha": options.alpha, **given}],
            "data": {"image_size": options.image_size},
            "search": {
                "method": options.method,
                "window": options.window,
                "delimiters": options.delimiters or "weightless",
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
    check_all_saved(settings.backbones)
    table = build_table(entry, settings.data.image_size)
    layers = table.layers
    by_strategy = {
        "lw": single_layers(layers),
        "bw": blocks(layers, search.delimiters),
        "bwsw": windows(layers, search.window),
    }
    counts: dict[str, Any] = {
        "backbone": options.name,
        "alpha": entry.alpha,
        "layers": len(layers),
        "weighted": sum(layer.weighted for layer in layers),
        **{strategy: len(found) for strategy, found in by_strategy.items()},
        "distinct": len(distinct([candidate for found in by_strategy.values() for candidate in found])),
    }
    try:
        seconds = taken(study_seconds(settings, table, options.images))
    except BlocktuneError as error:
        # So small a network can't be studied with the usual search.top_k
        seconds, time = None, f"no time to expect: {error}"
    else:
        time = f"A study of {options.images} images, {options.epochs} epochs, search {options.method}: " + expected(
            seconds, usable_cores(), CALIBRATION
        )
    if options.json:
        print(json.dumps(counts | {"seconds": seconds}))
    else:
        print(_plan_text(table, by_strategy["bw"], counts), time, sep="\n")


def _plan_text(table: LayerTable, found_blocks: list, counts: dict[str, Any]) -> str:
    block_of = {index: block.number for block in found_blocks for index in block.layers}
    width = max(len(layer.name) for layer in table.layers)
    lines = [f"{'layer':>5}  {'name':<{width}}  {'type':<22} {'parameters':>10}  {'block':>5}  cut"]
    for layer in table.layers:
        lines.append(
            f"{layer.index:>5}  {layer.name:<{width}}  {layer.type:<22} {layer.parameters or '':>10}  "
            f"{block_of.get(layer.index, ''):>5}  {'yes' if layer.cut else ''}".rstrip()
        )
    lines += [
        "",
        f"{counts['backbone']}: {counts['layers']} layers, {counts['weighted']} with weights",
        f"lw {counts['lw']} single layers, bw {counts['bw']} blocks, bwsw {counts['bwsw']} windows: "
        f"{counts['distinct']} distinct runs",
        "Blocks are numbered from the head; a cut is a layer below which a frozen part can be computed once.",
    ]
    return "\n".join(lines)


def build_table(entry: Backbone, image_size: int, seed: int = 0, pretrained: Path | None = None) -> LayerTable:
    """Build a backbone and return its layer table."""
    # Keras takes seconds to import, which no other command should pay
    from ..training.process import one_thread_per_process

    one_thread_per_process()
    no_gpu()
    from ..backbones.build import build_backbone
    from ..backbones.inspect import layer_table

    return layer_table(build_backbone(entry, image_size, seed, pretrained), entry, seed)


def _inspect(options: argparse.Namespace) -> None:
    section = read_json(options.settings)
    entry = validate(Backbone, section["backbone"])
    table = build_table(entry, section["image_size"], section["seed"], options.pretrained)
    table.write(options.output)
    print(f"{entry.key}: {len(table.layers)} layers, weights {table.weights_digest[:12]}")


def _candidates(options: argparse.Namespace) -> None:
    settings = settings_of_row(options)
    table = LayerTable.read(options.layers)
    study = existing_study(settings, options)
    parts = read_json(options.split_summary)["parts"]
    check_probe_classes(settings, parts)
    planned = search_candidates(settings, table)
    if options.pixels is not None:
        if "bw" not in settings.search.strategies:
            raise BlocktuneError(
                f"the audit trains the best block with both ranges: search.strategies must have bw, but it is "
                f"{settings.search.strategies}"
            )
        planned = [candidate for candidate in planned if candidate.strategy in AUDITED]
    plan = study.plan("search", "search", table, planned)
    part = parts["validation"]
    plan["scored"] = {"images": part["photographs"], "largest_class": max(part["classes"].values())}
    write_plan(options.output, plan)
    print(
        f"{plan['backbone']}: {len(plan['candidates'])} candidates, {len(plan['runs'])} runs, {len(plan['jobs'])} jobs"
    )
    if settings.training.augmentation.any:
        print(_cost_of_augmentation(settings, table, read_json(options.dataset)["photographs"]))


def _cost_of_augmentation(settings: Settings, table: LayerTable, photographs: int) -> str:
    """What changing photographs costs, in words: nothing is computed once any more."""
    plain = settings.training.model_copy(update={"augmentation": Augmentation()})
    with_it = study_seconds(settings, table, photographs)
    without = study_seconds(settings.model_copy(update={"training": plain}), table, photographs)
    return (
        "training.augmentation: nothing is computed only once, so the study takes about "
        f"{with_it.most / 60:.0f} minutes of one core instead of {without.most / 60:.0f}"
    )
