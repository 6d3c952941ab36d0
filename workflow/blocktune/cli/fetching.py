"""`blocktune fetch`: what the network is needed for, done once."""

import argparse
import os
import sys
from pathlib import Path

from ..data.prepared import DATASET
from ..errors import BlocktuneError
from ..fetch.needs import Need, describe, list_needs, require_offline
from ..gpus.use import no_gpu
from ..settings.load import load_config, read_files
from ..settings.model import Settings
from ..settings.own import is_hub
from ..settings.sections import dataset_key
from ..tracking.places import PREPARED

_PARAMS = Path(__file__).parents[3] / "params.yaml"


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command of this file."""
    fetch = commands.add_parser("fetch", help="download the dataset and weights that the settings need")
    fetch.add_argument(
        "--configfile",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="settings, as for snakemake: laid over the workflow's params.yaml",
    )
    fetch.add_argument(
        "--config",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="settings over the files', as for snakemake",
    )
    fetch.add_argument("--directory", type=Path, default=Path(), help="the study's folder (default: this one)")
    fetch.add_argument("--offline", action="store_true", help="download nothing, only say what is missing")
    fetch.set_defaults(func=_fetch)


def _fetch(options: argparse.Namespace) -> None:
    base = [_PARAMS] if _PARAMS.is_file() else []
    files = [path.absolute() for path in (*base, *options.configfile)]
    settings, _ = load_config(read_files(files, options.config))
    if not options.directory.is_dir():
        raise BlocktuneError(f"--directory {options.directory}: no such folder")
    # Paths in the settings count from the study's folder, as in the workflow
    os.chdir(options.directory)
    prepared = (PREPARED / dataset_key(settings) / DATASET).is_file()
    if options.offline:
        require_offline(settings, prepared, "the same command without --offline")
    else:
        _get(settings, list_needs(settings, prepared))
        # Looks again, so that what was fetched is where jobs will look for it
        require_offline(settings, prepared, "the same command again")
    print(describe(list_needs(settings, prepared)) or "nothing is needed from outside")


def _get(settings: Settings, needs: list[Need]) -> None:
    for need in needs:
        if need.problem and not need.downloadable:
            raise BlocktuneError(f"{need.key}: {need.what}: {need.problem}; fetch can't get it")
    for need in needs:
        if not need.problem:
            continue
        print(f"{need.what}: fetching", file=sys.stderr, flush=True)
        if need.dataset is not None:
            no_gpu()
            from ..data.tfds import open_tfds

            open_tfds(need.dataset)
        elif need.backbone is not None:
            _get_weights(need, settings)


def _get_weights(need: Need, settings: Settings) -> None:
    from ..training.process import one_thread_per_process

    one_thread_per_process()
    no_gpu()
    from ..backbones.build import build_backbone

    # Keras would take the damaged file for a good one where it knows no checksum
    if need.place is not None and not is_hub(need.backbone.name):
        need.place.unlink(missing_ok=True)
    build_backbone(need.backbone, settings.data.image_size, settings.seed)
