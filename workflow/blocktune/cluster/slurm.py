"""Requests that SLURM would refuse, or never start, are refused before the first job: SLURM is asked what it has."""

import getpass
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..errors import BlocktuneError
from ..messages import nearest

_COMMANDS = ("sbatch", "squeue", "sinfo", "scontrol")
_SITE = "see profiles/site.yaml"
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Request:
    """What the jobs of a rule ask SLURM for.

    Attributes:
        rule: the rule's name.
        partition: `slurm_partition`; None is SLURM's default.
        account: `slurm_account`; None is SLURM's default.
        gpus: GPUs of a job.
        gpu_type: `gpu_model`, or the type in `gres`; None is any.
        minutes: `runtime`; None is the partition's default.
    """

    rule: str
    partition: str | None = None
    account: str | None = None
    gpus: int = 0
    gpu_type: str | None = None
    minutes: int | None = None

    @classmethod
    def from_resources(cls, rule: str, resources: dict[str, int | str | None]) -> "Request":
        """Return the request that a rule's resources make; a number that is given as an expression is not known yet.

        Raises:
            BlocktuneError: `gres` is not in SLURM's form, or a value names an environment variable.
        """
        given = {name: str(value).strip("'\"") for name, value in resources.items() if value is not None}
        for name, value in given.items():
            variable = re.search(r"\$\{?(\w+)\}?", value) if name.startswith(("slurm_", "gpu_", "gres")) else None
            if variable:
                raise BlocktuneError(
                    f"{name}: {value!r} holds the environment variable {variable[1]}, which is not put in here; "
                    f"write its value ({_SITE})"
                )
        gpus, gpu_type = _whole(given.get("gpu")) or 0, given.get("gpu_model") or None
        if gres := given.get("gres"):
            found = re.fullmatch(r"gpu(?::(?P<type>[A-Za-z]\w*))?(?::(?P<count>\d+))?", gres)
            if not found:
                raise BlocktuneError(f"gres: {gres!r} is not gpu, gpu:COUNT or gpu:TYPE:COUNT ({_SITE})")
            gpus, gpu_type = int(found["count"] or 1), found["type"]
        partition, account = given.get("slurm_partition") or None, given.get("slurm_account") or None
        return cls(rule, partition, account, gpus, gpu_type, _whole(given.get("runtime")))


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


@dataclass
class _Partition:
    """A partition: its time limit in minutes (None is none), the GPUs of each of its nodes by type."""

    minutes: int | None
    nodes: list[dict[str, int]] = field(default_factory=list)

    def most_gpus(self, gpu_type: str | None) -> int:
        return max(
            (sum(node.values()) if gpu_type is None else node.get(gpu_type, 0) for node in self.nodes), default=0
        )


def check_requests(requests: Sequence[Request], states_from: str | None = None) -> None:
    """Ask SLURM whether it can take the requests.

    Args:
        requests: one a rule.
        states_from: the command that will be asked for the states of jobs, `sacct` or `squeue`.

    Raises:
        BlocktuneError: there is no SLURM here, or no such partition or account, or never so many GPUs, or never so
            much time.
    """
    missing = [command for command in _COMMANDS if shutil.which(command) is None]
    if missing:
        raise BlocktuneError(
            f"no SLURM on this machine: {', '.join(missing)} not found; start snakemake on a login node "
            "of the cluster, or without the slurm profile"
        )
    accounting = "accounting_storage/none" not in _ask("scontrol", "show", "config")
    if states_from == "sacct" and not accounting:
        raise BlocktuneError(
            f"slurm-status-command: this SLURM keeps no accounts, so `sacct` never sees a job end; set squeue ({_SITE})"
        )
    partitions, default = _partitions()
    for request in requests:
        _check_partition(request, partitions, default)
    for account in dict.fromkeys(request.account for request in requests if request.account):
        _check_account(account, accounting)


def _check_partition(request: Request, partitions: dict[str, _Partition], default: str | None) -> None:
    # SLURM takes several, separated by commas, and starts the job in the first that has room
    given = request.partition.split(",") if request.partition else [default] if default else []
    for name in given:
        if name not in partitions:
            hint = nearest(name, partitions)
            raise BlocktuneError(
                f"slurm_partition: SLURM has no partition {name!r}{hint}; it has {', '.join(partitions)} ({_SITE})"
            )
    chosen = [partitions[name] for name in given]
    if not chosen:
        return
    names = ", ".join(given)
    if request.gpus > max(partition.most_gpus(request.gpu_type) for partition in chosen):
        wanted = f"{request.gpus} x {request.gpu_type}" if request.gpu_type else str(request.gpus)
        has = max(partition.most_gpus(None) for partition in chosen)
        types = sorted({kind for partition in chosen for node in partition.nodes for kind in node if kind})
        raise BlocktuneError(
            f"rule {request.rule} asks for GPUs: {wanted}, but no node of partition {names} has more than {has}"
            + (f" (types: {', '.join(types)})" if types else "")
            + f"; change slurm_partition, gpu_model or gres ({_SITE})"
        )
    limits = [partition.minutes for partition in chosen]
    if request.minutes and None not in limits and request.minutes > max(limits):
        raise BlocktuneError(
            f"rule {request.rule} asks for {request.minutes} minutes, but partition {names} ends jobs after "
            f"{max(limits)}; set a shorter runtime in the profile's set-resources: a training that runs out of time "
            "resumes at its next attempt"
        )


def _partitions() -> tuple[dict[str, _Partition], str | None]:
    partitions: dict[str, _Partition] = {}
    default = None
    for line in _ask("sinfo", "--noheader", "--exact", "--Node", "--format=%P|%l|%G").splitlines():
        name, limit, gres = line.strip().split("|")
        if name.endswith("*"):
            name = default = name[:-1]
        partition = partitions.setdefault(name, _Partition(_minutes(limit)))
        partition.nodes.append(_gpus(gres))
    return partitions, default


def _gpus(gres: str) -> dict[str, int]:
    """GPUs of a node by type, from SLURM's `gpu:a100:4(S:0-1),gpu:2`; the type is empty where SLURM knows none."""
    found: dict[str, int] = {}
    for kind, count in re.findall(r"\bgpu(?::([A-Za-z]\w*))?:(\d+)", gres):
        found[kind] = found.get(kind, 0) + int(count)
    return found


def _minutes(limit: str) -> int | None:
    """Minutes of SLURM's [days-][hours:]minutes:seconds; None for no limit."""
    found = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", limit)
    if not found:
        return None
    days, hours, minutes, _ = (int(part or 0) for part in found.groups())
    return (days * 24 + hours) * 60 + minutes


def _check_account(account: str, accounting: bool) -> None:
    if not accounting:
        raise BlocktuneError(
            f"slurm_account: {account!r}, but this SLURM keeps no accounts; leave slurm_account out ({_SITE})"
        )
    try:
        user = f"user={getpass.getuser()}"
        listed = _ask("sacctmgr", "--noheader", "--parsable2", "list", "associations", user, "format=account")
    except BlocktuneError:
        # Some sites close sacctmgr to their users; SLURM itself will say what it thinks of the account
        return
    accounts = list(dict.fromkeys(listed.split()))
    if accounts and account.lower() not in {name.lower() for name in accounts}:
        raise BlocktuneError(
            f"slurm_account: you have no account {account!r}{nearest(account, accounts)}; "
            f"you have {', '.join(accounts)} ({_SITE})"
        )


def _ask(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BlocktuneError(f"SLURM does not answer: {command[0]}: {error}") from None
    if done.returncode != 0:
        raise BlocktuneError(f"SLURM does not answer: {command[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
