"""A real SLURM on this one machine, for tests and benchmarks: controller and node daemon in one folder, no systemd.

Two pretended GPUs (`/dev/null` under another name), eight pretended cores. Needs root and the Debian packages PACKAGES.

    python tests/cluster/slurm.py start FOLDER    prints the line that makes a shell use it
    python tests/cluster/slurm.py stop FOLDER
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

PACKAGES = ("slurm-wlm", "slurmctld", "slurmd", "slurm-client", "munge")
GPUS = 2
MEMORY_MB = 16000

_NEEDED = ("slurmctld", "slurmd", "munged", "sbatch", "srun", "squeue", "sinfo", "scontrol", "munge")
_SYSTEM_CONF = Path("/etc/slurm")
_SEARCH = "/usr/sbin:/usr/bin:/sbin:/bin"
_UP_WITHIN_SECONDS = 30

_CONF = """\
ClusterName=pretended
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16917
SlurmdPort=16918
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
AccountingStorageType=accounting_storage/none
# A job that uses more than it asked for is ended; looked at every second
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill,UsePss
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
# More cores than the machine has
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ReturnToService=2
MaxArraySize=1001
MaxJobCount=20000
MinJobAge=300
KillWait=5
MessageTimeout=30
DefMemPerCPU=256
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 CoresPerSocket=8 RealMemory={memory} Gres=gpu:pretended:{gpus} State=UNKNOWN
PartitionName=gpu Nodes={host} Default=YES MaxTime=05:00:00 State=UP
PartitionName=short Nodes={host} MaxTime=00:30:00 State=UP
"""
_GRES = "AutoDetect=off\nNodeName={host} Name=gpu Type=pretended File={folder}/gpu[0-{last}]\n"


def why_not() -> str | None:
    """Say why no SLURM can be started here, or nothing if it can."""
    missing = [name for name in _NEEDED if shutil.which(name, path=_SEARCH) is None]
    if missing:
        return f"no SLURM here: {', '.join(missing)} not found (apt-get install {' '.join(PACKAGES)})"
    if os.geteuid() != 0:
        return "starting a SLURM needs root"
    there = _SYSTEM_CONF / "slurm.conf"
    if there.exists() and not there.is_symlink():
        return f"this machine has a SLURM of its own ({there})"
    if there.is_symlink() and _daemons(there.resolve().parent):
        return f"a SLURM runs here already, started in {there.resolve().parent}"
    return None


def start(folder: Path) -> None:
    """Start the cluster and wait until its node is idle."""
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    for name in ("state", "spool"):
        (folder / name).mkdir(exist_ok=True)
    for number in range(GPUS):
        if not (folder / f"gpu{number}").exists():
            (folder / f"gpu{number}").symlink_to("/dev/null")
    names = {"host": host(), "folder": folder, "memory": MEMORY_MB, "gpus": GPUS, "last": GPUS - 1}
    (folder / "slurm.conf").write_text(_CONF.format(**names), encoding="utf-8")
    (folder / "gres.conf").write_text(_GRES.format(**names), encoding="utf-8")
    # Snakemake's job step drops SLURM_CONF from the environment, so the default place has to lead here too
    _SYSTEM_CONF.mkdir(exist_ok=True)
    for name in ("slurm.conf", "gres.conf"):
        (_SYSTEM_CONF / name).unlink(missing_ok=True)
        (_SYSTEM_CONF / name).symlink_to(folder / name)
    _start_munge()
    for daemon in ("slurmctld", "slurmd"):
        _run(daemon, "-c", "-f", folder / "slurm.conf")
    deadline = time.monotonic() + _UP_WITHIN_SECONDS
    while "idle" not in _output("sinfo", "-h", "-o", "%T"):
        if time.monotonic() > deadline:
            stop(folder)
            logs = "".join((folder / f"{name}.log").read_text() for name in ("slurmctld", "slurmd"))
            raise RuntimeError(f"SLURM did not come up:\n{logs}")
        time.sleep(0.1)


def stop(folder: Path) -> None:
    """Cancel what runs and end the daemons."""
    folder = folder.resolve()
    _output("scancel", "--user=root")
    deadline = time.monotonic() + 15
    while _output("squeue", "-h", "-t", "R,CG") and time.monotonic() < deadline:
        time.sleep(0.2)
    for name, process in _daemons(folder).items():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)
        while process in _daemons(folder).values() and time.monotonic() < deadline + 15:
            time.sleep(0.1)
        (folder / f"{name}.pid").unlink(missing_ok=True)
    for name in ("slurm.conf", "gres.conf"):
        if (_SYSTEM_CONF / name).is_symlink():
            (_SYSTEM_CONF / name).unlink()


def host() -> str:
    """Return the node's name."""
    return socket.gethostname().split(".")[0]


def environment() -> dict[str, str]:
    """Return what a program that talks to the cluster needs in its environment."""
    return {"SLURM_CONF": str(_SYSTEM_CONF / "slurm.conf"), "PATH": _SEARCH}


def _daemons(folder: Path) -> dict[str, int]:
    """The daemons of a folder's cluster that run, with their process ids."""
    found = {}
    for name in ("slurmd", "slurmctld"):
        process = _text(folder / f"{name}.pid")
        if process and _text(Path(f"/proc/{process}/comm")) == name:
            found[name] = int(process)
    return found


def _text(file: Path) -> str:
    """What a file says, or nothing: a daemon that ends takes its files away between a look at them and the reading."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _start_munge() -> None:
    """Start munge, SLURM's authentication, unless it runs; it is left running."""
    if _output("munge", "-n"):
        return
    key = Path("/etc/munge/munge.key")
    if not key.exists():
        _run("mungekey", "--create")
    Path("/run/munge").mkdir(mode=0o755, exist_ok=True)
    shutil.chown("/run/munge", "munge", "munge")
    _run("runuser", "-u", "munge", "--", "munged", "--force")


def _run(*command: object) -> None:
    # The daemons inherit their starter's output; a pipe would stay open as long as they run
    subprocess.run(
        [str(part) for part in command],
        env=os.environ | environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )


def _output(*command: str) -> str:
    try:
        done = subprocess.run(
            command,
            env=os.environ | environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=10,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout if done.returncode == 0 else ""


def jobs(*states: str) -> dict[str, str]:
    """Return SLURM's jobs that are or were on the cluster by id, with their states, or those in the given states."""
    lines = _output("squeue", "-h", "-r", "--states=all", "-o", "%i|%T").splitlines()
    found = dict(line.split("|") for line in lines if re.match(r"\d", line))
    return {job: state for job, state in found.items() if not states or state in states}


def control(*command: str) -> None:
    """Run scontrol or scancel and insist that it works."""
    _run(*command)


def bring_back() -> None:
    """Bring the node back, as an administrator would; it may have registered and come back by itself.

    A job that it was given before the processes of the old try had ended is held, and the node drained.
    """
    deadline = time.monotonic() + _UP_WITHIN_SECONDS
    while any(word in _output("sinfo", "-h", "-o", "%T") for word in ("down", "drain")):
        if time.monotonic() > deadline:
            raise RuntimeError("the node did not come back")
        _output("scontrol", "update", f"NodeName={host()}", "State=RESUME")
        time.sleep(0.2)
    for job in jobs("PENDING"):
        _output("scontrol", "release", job)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("start", "stop"):
        sys.exit(__doc__)
    if sys.argv[1] == "start":
        if reason := why_not():
            sys.exit(reason)
        start(Path(sys.argv[2]))
        print(f"export SLURM_CONF={environment()['SLURM_CONF']}")
    else:
        stop(Path(sys.argv[2]))
