"""`blocktune check`, `pack` and `unpack`: before and after Snakemake, when DVC keeps the study."""

import argparse
from pathlib import Path

from ..errors import BlocktuneError
from ..files.plan import Plan
from ..runs.store import Store
from ..tracking.check import check, settings_mismatch
from ..tracking.packs import unpack, write_pack
from ..tracking.places import PACKS, RUNS, pack_of, packs, plans, snakemake_at_work
from ..tracking.provenance import read_provenance, write_provenance
from ..tracking.restore import share_store
from ..tracking.tidy import missing_outputs, put_aside_leftovers

_STORE = Path("data/store")


def register(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    checking = commands.add_parser("check", help="look for what keeps DVC from running a study truthfully")
    _shared(checking)
    checking.set_defaults(func=_check)

    packing = commands.add_parser("pack", help="pack finished runs and Snakemake's records for DVC")
    _shared(packing)
    packing.set_defaults(func=_pack)

    unpacking = commands.add_parser("unpack", help="put the runs of packs into the store")
    unpacking.add_argument("packs", type=Path, nargs="*", metavar="PACK", help=f"default: all below {PACKS}")
    _store(unpacking)
    unpacking.set_defaults(func=_unpack)


def _shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), metavar="FILE", help="the settings")
    _store(parser)


def _store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store", type=Path, default=_STORE, metavar="FOLDER", help=f"finished runs (default {_STORE})"
    )


def _check(options: argparse.Namespace) -> None:
    share_store(options.store)
    check(options.params)


def _pack(options: argparse.Namespace) -> None:
    if snakemake_at_work():
        raise BlocktuneError("Snakemake is running in this folder: pack when it has ended")
    if different := settings_mismatch(options.params):
        raise BlocktuneError(
            f"the results here are not of the settings in {options.params} (they differ in {', '.join(different)}): "
            "an overlay or --config was in use; run `dvc repro`, or put those settings into the file"
        )
    # Those that the last packing knew; one that went since would vanish from the results unseen
    known = read_provenance()
    for path in put_aside_leftovers():
        print(f"{path} is no output of this study any more: moved to data/aside")
    if missing := missing_outputs(known):
        raise BlocktuneError(
            f"{len(missing)} outputs were there before and are gone, though nothing needs them now: "
            f"{', '.join(missing[:5])}. Make them again with `snakemake {missing[0]} ...`, or dvc checkout them"
        )
    store = Store(options.store)
    if not all(store.path(run).is_dir() for _, _, plan in plans() for run in plan.trained_runs):
        unpack(packs(), store)
    runs: set[str] = set()
    for backbone, stage, plan in plans():
        specs = [plan.runs[run] for run in sorted(plan.trained_runs)]
        if specs:
            epochs = plan.pause_after
            records = _records(backbone, stage, plan) if epochs else None
            write_pack(pack_of(backbone, stage), store, specs, epochs, records)
            runs |= plan.trained_runs
    write_provenance()
    print(f"packed {len(runs)} runs in {len(packs())} archives")


def _records(backbone: str, stage: str, plan: Plan) -> dict[str, bytes]:
    files = [RUNS / backbone / stage / f"{job}.json" for job in plan.jobs]
    try:
        return {file.name: file.read_bytes() for file in files}
    except OSError as error:
        raise BlocktuneError(f"{error.filename} is missing: run `snakemake {error.filename}`") from None


def _unpack(options: argparse.Namespace) -> None:
    new, problems = unpack(options.packs or packs(), Store(options.store))
    print(f"{new} new runs in {options.store}")
    if problems:
        raise BlocktuneError("\n".join(problems))
