"""A study as a call of Snakemake finds it: its settings are checked, its folder is made whole, then rules are read."""

import atexit
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .atomic import whole
from .backbones.presets import check_named
from .data.prepared import DATASET
from .errors import BlocktuneError
from .fetch.needs import require_offline
from .gpus.choose import Device, choose_gpus
from .settings.execution import Execution
from .settings.given_files import check_files
from .settings.load import load_config
from .settings.model import Settings
from .settings.own import require_allowed
from .settings.sections import dataset_key, write_sections
from .settings.yaml_file import refuse_keys_given_twice
from .tracking.call import Call
from .tracking.dates import pull_back_dates
from .tracking.intact import put_damaged_aside
from .tracking.places import LOCKS, PLAN, PREPARED, SETTINGS, snakemake_at_work
from .tracking.restore import bring_back, refuse_links, restore
from .utf8 import require_utf8
from .watch.abandoned import free_abandoned_folder
from .watch.session import Session

Say = Callable[[str], None]


@dataclass(frozen=True)
class Opened:
    """A study that rules can be read for.

    Attributes:
        settings: what is computed.
        execution: how it is run.
        prepared: folder of its prepared images.
        devices: the GPUs of this machine that trainings use; None where they run elsewhere or nobody asked.
        sections: names of the settings' files, one a step.
    """

    settings: Settings
    execution: Execution
    prepared: Path
    devices: list[Device] | None = None
    sections: Sequence[str] = ()


def open_study(
    call: Call, config: Mapping[str, Any], files: Sequence[str | Path], on_cluster: bool, say: Say
) -> Opened:
    """Check a study's settings and make its folder whole; a look changes the settings' files until it ends.

    Args:
        call: what is asked for. A job's own Snakemake asks for nothing: it neither refuses nor changes anything.
        config: Snakemake's config.
        files: the files of `--configfile`.
        on_cluster: whether jobs are sent elsewhere, where the GPUs are.
        say: is told what was mended.

    Raises:
        BlocktuneError: settings, files or the folder are not as they must be.
    """
    settings, execution = load_config(config)
    prepared = PREPARED / dataset_key(settings)
    if not call.asks_for_results:
        return Opened(settings, execution, prepared)
    refuse_keys_given_twice(files)
    weights = [backbone.weights for backbone in settings.backbones]
    require_utf8(str(Path.cwd()), execution.store, settings.data.path, *weights)
    make_whole(settings, execution, call.runs_jobs, say)
    # False, unlike Path.exists, where nobody may look
    prepared_there = os.path.exists(prepared / DATASET)  # noqa: PTH110
    require_inputs(settings, execution, prepared_there, files)
    devices = None if on_cluster else choose_gpus(execution.gpus)
    if not call.runs_jobs:
        # Snakemake compares files, so a look needs them as they would be
        atexit.register(Before.a_look().put_back)
    sections = write_sections(settings, SETTINGS.parent, in_use=snakemake_at_work())
    return Opened(settings, execution, prepared, devices, sections)


@dataclass(frozen=True)
class Before:
    """The settings' files as they were before a look.

    Attributes:
        folder: the study's, absolute.
        files: content and date of each.
        session: what the latest workflow here wrote down about itself.
        process: the look's.
    """

    folder: Path
    files: Mapping[Path, tuple[bytes, int]]
    session: Session | None
    process: int

    @classmethod
    def a_look(cls) -> "Before":
        """Remember how they are."""
        folder = Path.cwd()
        return cls(folder, _content(folder / SETTINGS.parent), Session.read(folder), os.getpid())

    def put_back(self) -> None:
        """Give each its content and date back, in the process that looked.

        Where there were none, they stay: `blocktune status` then knows what is planned. They stay, too, where another
        Snakemake has worked with them meanwhile, and where they can't be written.
        """
        worked_with = any((self.folder / LOCKS).glob("*")) or Session.read(self.folder) != self.session
        if os.getpid() != self.process or not self.files or worked_with:
            return
        for path, now in _content(self.folder / SETTINGS.parent).items():
            with suppress(BlocktuneError, OSError):
                if path not in self.files:
                    path.unlink()
                elif now != self.files[path]:
                    content, date = self.files[path]
                    with whole(path) as beside:
                        beside.write_bytes(content)
                        os.utime(beside, ns=(date, date))


def _content(folder: Path) -> dict[Path, tuple[bytes, int]]:
    """Content and date of all files in a folder that can be read."""
    found = {}
    for path in folder.rglob("*"):
        with suppress(OSError):
            found[path] = path.read_bytes(), path.stat().st_mtime_ns
    return found


def make_whole(settings: Settings, execution: Execution, runs_jobs: bool, say: Say) -> None:
    """Take away a dead Snakemake's lock, take over what was checked out, and put damaged results aside.

    Unless the call runs jobs, damage and dates are only spoken of.

    Raises:
        BlocktuneError: an output is a link into DVC's cache.
    """
    if runs_jobs:
        free_abandoned_folder(Path(), say)
    if snakemake_at_work():
        return
    refuse_links()
    bring_back(dataset_key(settings))
    for message in [
        *restore(Path(execution.store)),
        *put_damaged_aside(only_say=not runs_jobs),
        *pull_back_dates(only_say=not runs_jobs),
    ]:
        say(message)


def require_inputs(settings: Settings, execution: Execution, prepared: bool, files: Sequence[str | Path]) -> None:
    """Look for everything that the study reads from outside; of prepared images the source is not needed.

    The files of `--configfile` stand in the command that downloads what is missing.

    Raises:
        BlocktuneError: names the key, and where it was looked for.
    """
    check_files(settings, prepared, PLAN)
    require_allowed([backbone.name for backbone in settings.backbones], execution.allow_code)
    check_named(settings.backbones)
    if execution.offline:
        named = f" --configfile {shlex.join(map(str, files))}" if files else ""
        require_offline(settings, prepared, f"blocktune fetch{named}")
