"""What DVC compares: Table I by key, and long tables of rankings and histories."""

import csv
import io

import pytest

from blocktune.analysis import compare
from blocktune.analysis.layers import read_backbones
from blocktune.analysis.table import build_table
from blocktune.errors import BlocktuneError


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def inputs(make):
    return make(diverged={"bw"})


def table(inputs):
    return build_table(inputs.study, inputs.backbones, inputs.final)


def test_table_one_is_an_object_by_key_with_mean_and_variance(inputs):
    record = compare.table_record(inputs.backbones, table(inputs)).accuracies
    assert list(record) == ["VGG16", "MobileNet", "mean", "variance"]
    assert record["VGG16"]["lw"] == pytest.approx(inputs.final.accuracy("VGG16", "lw"))
    assert record["VGG16"]["bw"] is None
    both = [record[name]["lw"] for name in ("VGG16", "MobileNet")]
    assert record["mean"]["lw"] == pytest.approx(sum(both) / 2, abs=1e-6)


def test_another_label_changes_no_key(inputs):
    layers = inputs.paths[1]
    named = read_backbones(layers, {"VGG16": "The big one"})
    assert named[0].title == "The big one"
    same = compare.table_record(named, build_table(inputs.study, named, inputs.final))
    assert same == compare.table_record(inputs.backbones, table(inputs))


def test_table_rows_have_one_cell_each(inputs):
    found = rows(compare.table_rows(inputs.backbones, table(inputs)))
    assert len(found) == 2 * len(inputs.study.strategies)
    assert found[0]["series"] == "VGG16 baseline1"
    assert [row["accuracy"] for row in found if row["strategy"] == "bw"] == ["", ""]


def test_rankings_are_best_first(inputs):
    found = [row for row in rows(compare.ranking_rows(inputs.backbones, inputs.search)) if row["series"] == "VGG16 lw"]
    assert [int(row["rank"]) for row in found] == list(range(1, len(found) + 1))
    accuracies = [float(row["accuracy"]) for row in found if row["accuracy"]]
    assert accuracies == sorted(accuracies, reverse=True)


def test_histories_have_every_epoch_of_every_final_run(inputs):
    header = "epoch,accuracy,loss,val_accuracy,val_loss,learning_rate\n"
    runs = {inputs.final.winner(key, name).run for key in ("VGG16", "MobileNet") for name in inputs.study.strategies}
    histories = dict.fromkeys(runs, header + "1,0.5,1.0,0.25,2.0,0.1\n2,0.5,1.0,0.75,2.0,0.1\n")
    found = rows(compare.history_rows(inputs.backbones, inputs.study.strategies, inputs.final, histories))
    assert len(found) == 2 * 2 * len(inputs.study.strategies)
    assert [row["val_accuracy"] for row in found[:2]] == ["0.25", "0.75"]
    with pytest.raises(BlocktuneError, match="no record of run"):
        compare.history_rows(inputs.backbones, inputs.study.strategies, inputs.final, {})


def test_epochs_that_were_not_validated_leave_no_gap_in_a_plot(inputs):
    header = "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate\n"
    run = inputs.final.winner("VGG16", "baseline1").run
    text = header + "1,0.5,1.0,,,0.1\n2,0.5,1.0,2.0,0.75,0.1\n"
    found = rows(compare.history_rows(inputs.backbones[:1], ["baseline1"], inputs.final, {run: text}))
    assert [(row["epoch"], row["val_accuracy"]) for row in found] == [("2", "0.75")]
