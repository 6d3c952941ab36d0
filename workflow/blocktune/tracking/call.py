"""What a call of Snakemake asks for, as its own parser reads it: a flag has many spellings (`-n`, `-npq`, `--dry`)."""

import shlex
from argparse import Namespace
from collections.abc import Collection, Mapping, Sequence
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from ..errors import BlocktuneError

# With one of these Snakemake shows or removes something and runs no job; the first few ask nothing about results
WITHOUT_RESULTS = (
    "unlock",
    "lint",
    "list_rules",
    "list_target_rules",
    "print_compilation",
    "cleanup_metadata",
    "cleanup_shadow",
)
WITHOUT_JOBS = (
    *WITHOUT_RESULTS,
    "dryrun",
    "summary",
    "detailed_summary",
    "dag",
    "rulegraph",
    "filegraph",
    "d3dag",
    "list_changes",
    "list_input_changes",
    "list_params_changes",
    "list_untracked",
    "list_conda_envs",
    "conda_create_envs_only",
    "conda_cleanup_envs",
    "container_cleanup_images",
    "containerize",
    "report",
    "reporter",
    "generate_unit_tests",
    "archive",
    "delete_all_output",
    "delete_temp_output",
)


@dataclass(frozen=True)
class Call:
    """A call of Snakemake.

    Attributes:
        runs_jobs: whether it makes something; others only look and must change nothing.
        asks_for_results: whether it needs to know how the study's results stand.
        targets: rules and files that it names; none for the default.
        options: everything that Snakemake's parser read, by its names.
    """

    runs_jobs: bool = False
    asks_for_results: bool = False
    targets: frozenset[str] = frozenset()
    options: Namespace = field(default_factory=Namespace)


def read_call(words: Sequence[str], dry_run: bool = False) -> Call:
    """Return what the words after `snakemake` ask for.

    Args:
        words: the command line; one that Snakemake can't read is not its own (it is used as a library).
        dry_run: whether Snakemake says that it is a dry run; a profile may ask for one, too.

    Raises:
        BlocktuneError: a flag is given twice, and Snakemake would drop what came first.
    """
    # Here, since jobs' environments need no Snakemake
    from snakemake.cli import get_argument_parser

    options = _Recorded()
    with redirect_stderr(StringIO()), suppress(SystemExit):
        get_argument_parser().parse_args(list(words), namespace=options)
    _refuse_dropped(options.given)
    asked = {name for name in WITHOUT_JOBS if getattr(options, name, None) not in (None, False)}
    if getattr(options, "report_after_run", False):
        asked -= {"report", "reporter"}
    dry_run = dry_run or getattr(options, "executor", None) == "dryrun"
    return Call(
        runs_jobs=not asked and not dry_run,
        asks_for_results=not asked & {*WITHOUT_RESULTS},
        targets=frozenset(getattr(options, "targets", None) or ()),
        options=options,
    )


class _Recorded(Namespace):
    """Remembers in `given` what each flag with several values was set to, the default first."""

    def __init__(self) -> None:
        super().__init__()
        self.__dict__["given"] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        self.given.setdefault(name, []).append(value)
        super().__setattr__(name, value)


def _refuse_dropped(given: dict[str, list[Any]]) -> None:
    for name, (_, *values) in given.items():
        several = all(isinstance(value, Collection) and not isinstance(value, str) for value in values)
        if name == "targets" or not several or all(_is_part(value, values[-1]) for value in values):
            continue
        flag = f"--{name.replace('_', '-')}"
        form = ""
        if all(isinstance(value, list) for value in values):
            form = f": {flag} {shlex.join(str(item) for value in values for item in value)}"
        raise BlocktuneError(
            f"{flag} is given {len(values)} times, and Snakemake keeps only the last: "
            f"give it once, with all its values{form}"
        )


def _is_part(first: Collection, last: Collection) -> bool:
    if isinstance(first, Mapping) and isinstance(last, Mapping):
        return all(name in last and last[name] == value for name, value in first.items())
    return all(value in last for value in first)
