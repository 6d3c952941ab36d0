import sys
from pathlib import Path

# Scripts that import each other by name; nothing of theirs is installed
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
