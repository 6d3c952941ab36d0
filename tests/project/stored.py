"""What pages say and what files hold, for the tests that compare them."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RESULTS = ROOT / "benchmarks" / "results"
FINDINGS = DOCS / "findings.md"


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def table_rows(path, heading):
    """Cells of the table below a heading, by the first cell."""
    below = path.read_text(encoding="utf-8").split(heading, 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", below, flags=re.MULTILINE)[0].splitlines()[2:]
    return {cells[0]: cells[1:] for cells in ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)}


def findings():
    return " ".join(FINDINGS.read_text(encoding="utf-8").split())


def verdicts(entries):
    """+1 above, -1 below, 0 not different by more than noise, of every interval."""
    return [(low > 0) - (high < 0) for low, high in (entry["interval"] for entry in entries)]
