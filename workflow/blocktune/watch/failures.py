"""What went wrong, from the logs that jobs leave."""

import re
from dataclasses import dataclass
from pathlib import Path

LOGS = Path("results") / "logs"
# How the last line of a failed job's log begins: our own error, or the end of a traceback
_FAILED = re.compile(r"^(error: |error |[A-Za-z_.]*(Error|Exception|Interrupt)\b)")
_TAIL_BYTES = 8192
# An error of ours may go on over several lines, and so may its advice
_LINES = 15


@dataclass(frozen=True)
class Failure:
    """A job that failed.

    Attributes:
        job: its log's path below the logs' folder, without the ending: `train/MobileNet-imagenet/search/12x34`.
        log: its log, from the study's folder.
        last_line: what the log says last.
    """

    job: str
    log: str
    last_line: str


class FailureReader:
    """Finds the jobs whose latest log ends in an error; a job that is tried again begins a new log."""

    def __init__(self, folder: Path) -> None:
        """Begin with the study in a folder; a log that does not change is read once."""
        self._folder = folder
        self._read: dict[Path, tuple[float, str | None]] = {}

    def read(self, since: float = 0.0) -> list[Failure]:
        """Return the failed jobs, oldest first, of logs that were written after `since` (seconds since 1970)."""
        found = []
        for log in (self._folder / LOGS).rglob("*.log"):
            try:
                written = log.stat().st_mtime
            except OSError:
                continue
            if self._read.get(log, (None, None))[0] != written:
                self._read[log] = written, failure_line(log)
            said = self._read[log][1]
            if said is not None and written >= since:
                job = log.relative_to(self._folder / LOGS).with_suffix("")
                found.append((written, Failure(str(job), str(log.relative_to(self._folder)), said)))
        return [failure for _, failure in sorted(found, key=lambda entry: entry[0])]


def failure_line(log: Path) -> str | None:
    """Return the line that says why the job failed, None if its log does not end in an error."""
    lines = _tail(log)
    for line in reversed(lines[-_LINES:]):
        if _FAILED.match(line):
            return line
        if line.startswith(("run ", "ended by ")):
            return None
    return None


def last_line(log: Path) -> str:
    """Return the last line of a log that is not empty."""
    lines = _tail(log)
    return lines[-1] if lines else ""


def _tail(log: Path) -> list[str]:
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            text = stream.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()]


_SNAKEMAKE_ERROR = re.compile(r"^Error in (?:rule|group) (?P<rule>\S+):\n(?P<facts>(?:[ \t]+\S.*\n|\n)*)", re.MULTILINE)
_SNAKEMAKE_LOG = re.compile(r"^[ \t]+log: (?P<log>.+?)(?: \(check log file\(s\) for error details\))?$", re.MULTILINE)


def failed_jobs(snakemake_log: Path, folder: Path) -> list[Failure]:
    """Return the jobs that Snakemake's own log calls failed, each once; also those that were killed without a word."""
    try:
        text = snakemake_log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found: dict[str, Failure] = {}
    for error in _SNAKEMAKE_ERROR.finditer(text):
        named = _SNAKEMAKE_LOG.search(error["facts"])
        log = named["log"].split(", ")[0] if named else ""
        place = folder / log
        said = failure_line(place) or last_line(place) if log else ""
        found[log or error["rule"]] = Failure(error["rule"], log, said)
    return list(found.values())
