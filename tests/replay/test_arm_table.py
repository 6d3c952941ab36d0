"""The file of a table of arms: what is asked of it, and what is said of files that are none."""

import ast
import json
from pathlib import Path

import numpy as np
import pytest
from tables import table

from blocktune.search import arm_table
from blocktune.search.arm_table import Table, TableError, read_tables, write_tables

ACCURACIES = [[0.50, 0.52], [0.80, 0.70], [0.60, np.nan]]
TEST = [[0.4, 0.5], [0.9, 0.8], [0.3, np.nan]]


@pytest.fixture
def file(tmp_path):
    """A file of two cells, one with a probe and scores."""
    path = tmp_path / "arms.npz"
    first = table(ACCURACIES, TEST, probe=0.65, scores={"prior": [1, 2, np.nan]})
    write_tables(path, [first, table([[0.5], [0.6]], rates=(1e-4, 1e-3), cell="digits, Net")])
    return path


def test_what_was_written_is_read(file):
    found = Table.load(file, "flowers, Net")
    arm = found.arm("tail 2")
    assert (arm.names, arm.blocks, arm.rate) == ((("tail", 2),), (2, 3), 1e-3)
    curve = found.curve(arm, 1)
    assert curve.epochs.tolist() == [1, 2, 3, 4]
    assert curve.accuracy.tolist() == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert curve.loss.tolist() == pytest.approx([0.8, 0.6, 0.4, 0.2])
    assert (found.accuracy(arm, 2), found.accuracy(arm, 2, "test")) == (0.7, 0.8)
    assert found.loss(arm, 1) == pytest.approx(0.1)
    assert found.right(arm, 1).sum() == 80 and len(found.right(arm, 1)) == 100
    assert found.right(arm, 1, "test").sum() == 180 and found.right(arm, 1, "test").dtype == bool
    assert found.probe(2, "test") == 0.65 and found.probe(1, "seconds") == 2
    assert found.probe_right(1, "test").sum() == 130 and len(found.probe_right(2)) == 100
    assert found.scores("prior", 1).tolist()[:2] == [1, 2] and np.isnan(found.scores("prior", 1)[2])
    assert found.scores_price("prior", 2) == 3


def test_a_price_is_the_seconds_of_the_first_epochs_and_of_what_is_none(file):
    found = Table.load(file, "flowers, Net")
    arm = found.arm("tail 1")
    assert [found.price(arm, 1, epochs) for epochs in range(5)] == [10, 11, 13, 16, 20]
    assert found.price(arm, 2) == 20 and found.start(arm, 2) == 10


def test_an_arm_is_found_by_name_span_blocks_and_rate(file):
    found = Table.load(file, "digits, Net")
    by_name = found.arm("tail 1 at 0.001")
    assert by_name == found.arm(blocks=(1, 1), rate=1e-3) == found.arm(first=2, last=2, rate=1e-3) == found.arms[1]
    assert found.arm("bw 1", rate=1e-4).name == "tail 1 at 0.0001"


def test_a_training_that_diverged_has_no_accuracy(file):
    found = Table.load(file, "flowers, Net")
    arm = found.arm("tail 3")
    assert found.diverged(arm, 2) and np.isnan(found.accuracy(arm, 2)) and np.isnan(found.accuracy(arm, 2, "test"))
    assert len(found.curve(arm, 2).accuracy) == 0


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda t: t.arm("tail 9"), r"no arm fits 'tail 9': tail 1 at 0.0001, tail 1 at 0.001"),
        (lambda t: t.arm("tail 1"), r"2 arms fit 'tail 1': tail 1 at 0.0001, tail 1 at 0.001"),
        (lambda t: t.arm("tail 1", rate=7), "no arm fits 'tail 1', rate 7"),
        (lambda t: t.curve(t.arms[0], 5), "no seed 5; there are 1"),
        (lambda t: t.price(t.arms[0], 1, 9), "9 epochs: a whole number from 0 to 4"),
        (lambda t: t.right(t.arms[0], 1, "train"), "no images 'train'; there are validation, test"),
        (lambda t: t.curve("tail 1", 1), "'tail 1' is no arm of this table"),
        (lambda t: t.probe(1), "has no linear probe"),
        (lambda t: t.probe_right(1), "does not say which validation images the probe classifies rightly"),
        (lambda t: t.scores("graft", 1), "no scores of graft are stored with the table; it has none of any method"),
    ],
)
def test_a_question_without_an_answer_is_one_error(file, ask, message):
    with pytest.raises(TableError, match=message):
        ask(Table.load(file, "digits, Net"))


def test_arms_of_another_table_are_refused(file):
    one, other = read_tables(file)
    with pytest.raises(TableError, match="is no arm of this table"):
        one.price(other.arm("bw 1", rate=1e-4), 1)


def test_what_was_not_trained_is_named():
    found = table(ACCURACIES)
    arrays = found.arrays()
    arrays["trained"][0, 1] = False
    with pytest.raises(TableError, match=r"tail 1 at 0\.001 was not trained with seed 2"):
        found.price(found.arms[0], 2)


def test_a_cell_must_be_named_where_there_are_several(file, tmp_path):
    with pytest.raises(TableError, match="name a cell; it has flowers, Net, digits, Net"):
        Table.load(file)
    with pytest.raises(TableError, match="no cell 'x'; it has flowers, Net"):
        Table.load(file, "x")
    write_tables(tmp_path / "one.npz", [table(ACCURACIES)])
    assert Table.load(tmp_path / "one.npz").cell == "flowers, Net"
    with pytest.raises(TableError, match="two tables of one cell"):
        write_tables(tmp_path / "two.npz", [table(ACCURACIES), table(ACCURACIES)])


def test_the_same_tables_are_the_same_bytes(file, tmp_path):
    write_tables(tmp_path / "again.npz", read_tables(file))
    assert (tmp_path / "again.npz").read_bytes() == file.read_bytes()


def test_a_file_cut_short_or_damaged_is_one_error(file, tmp_path):
    content = file.read_bytes()
    for name, bad in {
        "half": content[: len(content) // 2],
        "without_end": content[:-10],
        "empty": b"",
        "text": b"accuracy,loss\n",
    }.items():
        (tmp_path / name).write_bytes(bad)
        with pytest.raises(TableError, match=name):
            read_tables(tmp_path / name)
    with pytest.raises(TableError, match="No such file"):
        read_tables(tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda facts: facts.update(cells=[]), "list no cells"),
        (lambda facts: facts.update(cells=5), "list no cells"),
        (lambda facts: facts.update(version=2), "has version 2 of the format; this reader knows version 1"),
        (lambda facts: facts["cells"][0]["about"].update(choose_by="beauty"), "choose_by is 'beauty'"),
        *(
            (lambda facts, name=name, value=value: facts["cells"][0]["arms"][1].update({name: value}), "facts on arm 1")
            for name, value in {"rate": 0.0, "index": 0, "parameters": "many", "blocks": ["a", 2]}.items()
        ),
    ],
)
def test_facts_that_can_not_be_are_one_error(file, tmp_path, change, message):
    with np.load(file) as content:
        arrays = dict(content)
    facts = json.loads(arrays["metadata"].tobytes())
    change(facts)
    arrays["metadata"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    np.savez(tmp_path / "changed.npz", **arrays)
    with pytest.raises(TableError, match=message):
        read_tables(tmp_path / "changed.npz")


def test_a_changed_byte_is_found_or_changes_nothing(file, tmp_path):
    content, known = file.read_bytes(), [table.arrays() for table in read_tables(file)]
    damaged = tmp_path / "damaged.npz"
    refused = 0
    for place in range(0, len(content), 23):
        damaged.write_bytes(content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :])
        try:
            found = read_tables(damaged)
        except TableError:
            refused += 1
        else:
            for one, other in zip(found, known, strict=True):
                np.testing.assert_equal(one.arrays(), other)
    assert refused > len(content) / 23 / 2


def facts_of(path):
    with np.load(path) as kept:
        content = {name: kept[name] for name in kept.files}
    return json.loads(content.pop("metadata").tobytes()), content


def rewritten(path, facts, content):
    with path.open("wb") as stream:
        np.savez_compressed(stream, metadata=np.frombuffer(json.dumps(facts).encode(), np.uint8), **content)


def test_another_version_or_format_is_one_error(file):
    facts, content = facts_of(file)
    rewritten(file, {**facts, "version": 2}, content)
    with pytest.raises(TableError, match="has version 2 of the format; this reader knows version 1"):
        read_tables(file)
    rewritten(file, {**facts, "format": "another"}, content)
    with pytest.raises(TableError, match="no table of arms"):
        read_tables(file)
    np.savez(file, accuracy=np.ones(3))
    with pytest.raises(TableError, match="no table of arms"):
        read_tables(file)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda facts, content: content.pop("0/loss"), "array loss is missing"),
        (lambda facts, content: content.update({"0/loss": content["0/loss"][:1]}), r"loss is float64 \(1, 2, 4\), not"),
        (lambda facts, content: facts["cells"][0]["arms"].pop(), r"not \(2, 2, 4\)"),
        (lambda facts, content: facts["cells"][0]["arms"][0].pop("rate"), "not what they should be"),
        (lambda facts, content: facts["cells"][0]["about"].pop("images"), "facts lack images"),
        (lambda facts, content: facts["cells"][0]["about"].update(images=3), "facts are not what they should be"),
        (lambda facts, content: facts["cells"][0]["about"].update(epochs=3), "array seconds is|last epoch, 3, is none"),
    ],
)
def test_a_file_that_does_not_fit_together_is_one_error(file, change, message):
    facts, content = facts_of(file)
    change(facts, content)
    rewritten(file, facts, content)
    with pytest.raises(TableError, match=message):
        read_tables(file)


def test_the_reader_needs_numpy_alone():
    tree = ast.parse(Path(arm_table.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not any(isinstance(node, ast.ImportFrom) and node.level for node in imports)
    names = {node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imports}
    standard = {"collections.abc", "dataclasses", "json", "pathlib", "typing", "zipfile", "zlib"}
    assert names - standard == {"numpy"}
