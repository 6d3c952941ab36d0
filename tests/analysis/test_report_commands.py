"""`blocktune table`, `figures`, `metrics`: from files to files, without Keras."""

import json
import subprocess
import sys
from argparse import ArgumentParser

import pytest

from blocktune.errors import BlocktuneError
from blocktune.steps.signature import register


def run(*arguments):
    parser = ArgumentParser()
    register(parser.add_subparsers())
    parsed = parser.parse_args([str(argument) for argument in arguments])
    parsed.func(parsed)


def test_table(make, tmp_path):
    study, layers, _, final = make().paths
    outputs = [tmp_path / "new" / name for name in ("table1.csv", "table1.md", "table1.tex", "versus.csv")]
    flags = zip(("--csv", "--markdown", "--latex", "--versus-paper"), outputs, strict=True)
    run("table", "--study", study, "--layers", *layers, "--scores", *final, *(part for flag in flags for part in flag))
    assert all(path.stat().st_size for path in outputs)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(path.name for path in outputs)


def test_metrics_are_the_same_twice(make, tmp_path):
    study, layers, search, final = make().paths
    texts = []
    for output in (tmp_path / "one.json", tmp_path / "two.json"):
        scores = ("--search-scores", *search, "--final-scores", *final)
        run("metrics", "--study", study, "--layers", *layers, *scores, "--output", output)
        texts.append(output.read_text())
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["study"] == "paper"


def test_exchanged_stages_are_noticed_before_anything_is_written(make, tmp_path):
    study, layers, search, final = make().paths
    output = tmp_path / "metrics.json"
    with pytest.raises(BlocktuneError, match="stage is 'final', scores of 'search' are needed"):
        scores = ("--search-scores", *final, "--final-scores", *search)
        run("metrics", "--study", study, "--layers", *layers, *scores, "--output", output)
    assert not output.exists()


def test_neither_keras_nor_plotting_is_imported_to_register():
    code = (
        "import sys, blocktune.steps.report, blocktune.analysis.metrics, blocktune.analysis.table_page\n"
        "print([m for m in ('keras', 'tensorflow', 'pandas', 'matplotlib', 'seaborn') if m in sys.modules])\n"
        "import blocktune.analysis.figures.draw\n"
        "print([m for m in ('keras', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]
