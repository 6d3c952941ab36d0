"""Table I: its numbers, its gaps, and the three ways it is printed."""

import csv
import io
from pathlib import Path

import pytest

from blocktune.analysis.paper import compare, paper_values, versus_paper_csv
from blocktune.analysis.table import build_table, table_csv
from blocktune.analysis.table_page import table_one, table_page
from blocktune.document.latex import render as render_latex
from blocktune.document.markdown import render as render_markdown
from blocktune.settings.changes import changed
from blocktune.settings.load import load_config, read_files

ROOT = Path(__file__).parents[2]

# As printed below the paper's Table I.
VARIANCE = [0.046867, 0.002364, 0.033797, 0.001318, 0.024095, 0.010383, 0.007806]
MEAN = [0.688102, 0.84178, 0.766394, 0.851771, 0.792916, 0.830336, 0.822525]


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def build(inputs):
    return build_table(inputs.study, inputs.backbones, inputs.final)


def comparison(inputs):
    return compare(inputs.study, inputs.backbones, build(inputs))


def markdown(inputs):
    return render_markdown(table_page(inputs.study, inputs.backbones, build(inputs), comparison(inputs)))


def latex(inputs):
    return render_latex(table_one(inputs.study, inputs.backbones, build(inputs)), "tab:table1")


def test_the_papers_values_give_the_papers_variance_and_mean(paper_study):
    table = build(paper_study)
    # 1.5e-6: the misprint of MobileNet's BW moves its mean by 1e-6.
    assert table.variance() == pytest.approx(VARIANCE, abs=1.5e-6)
    assert table.mean() == pytest.approx(MEAN, abs=1.5e-6)


def test_every_printed_value_is_a_whole_number_of_images():
    cells = {(name, key): value for name, row in paper_values().items() for key, value in row.items()}
    assert len(cells) == 35
    odd = [cell for cell, value in cells.items() if abs(round(value * 1101) / 1101 - value) > 1e-6]
    assert odd == [("MobileNet", "bw")]


def test_csv_has_exactly_the_columns_of_the_paper(paper_study):
    text = table_csv(build(paper_study))
    assert text.splitlines()[0] == "backbone,baseline1,baseline2,lw,bw,bwt3,bwt5,bwsw"
    assert [row["backbone"] for row in rows(text)] == [*paper_values(), "variance", "mean"]
    assert rows(text)[0]["bwt3"] == "0.869210"


def test_rows_follow_the_order_of_the_layer_files(make):
    text = table_csv(build(make(("ResNet50V2", "VGG16", "MobileNet"))))
    assert [row["backbone"] for row in rows(text)][:3] == ["ResNet50V2", "VGG16", "MobileNet"]


def test_one_backbone_has_no_rows_over_backbones(make):
    inputs = make(("VGG16",))
    texts = table_csv(build(inputs)), markdown(inputs), latex(inputs)
    assert [row["lw"] for row in rows(texts[0])] == ["0.864668"]
    for text in texts:
        assert "0.864668" in text
        assert not [word for word in ("variance", "mean") if word in text.lower()]


def test_a_diverged_run_is_named_and_never_averaged(make):
    inputs = make(diverged=("lw",))
    text = table_csv(build(inputs))
    assert [row["lw"] for row in rows(text)] == ["", "", "", ""]
    assert "| diverged |" in markdown(inputs)
    assert "& diverged &" in latex(inputs)


def test_a_strategy_that_one_backbone_lacks_gets_neither_number_nor_mean(make):
    def without_bw(name, values):
        if name == "VGG16":
            del values["bw"]
        return values

    first, second, variance, mean = rows(table_csv(build(make(change=without_bw))))
    assert (first["bw"], second["bw"]) == ("", "0.877389")
    assert (variance["bw"], mean["bw"]) == ("", "")
    assert mean["lw"]


def test_columns_follow_top_k(make):
    def other_sizes(name, values):
        return {**values, "bwt2": 0.5, "bwt10": 0.6}

    strategies = ["baseline1", "baseline2", "lw", "bw", "bwt2", "bwt10", "bwsw"]
    inputs = make(change=other_sizes, strategies=strategies, top_k=[2, 10])
    assert table_csv(build(inputs)).splitlines()[0] == "backbone," + ",".join(strategies)
    assert "| BWT2 | BWT10 | BWSW |" in markdown(inputs)
    assert {row["strategy"] for row in rows(versus_paper_csv(comparison(inputs)))} == {
        "baseline1",
        "baseline2",
        "lw",
        "bw",
        "bwsw",
    }


def test_markdown_says_under_which_conditions(paper_study):
    text = markdown(paper_study)
    assert "| Backbone | Baseline I | Baseline II | LW | BW | BWT3 | BWT5 | BWSW |" in text
    for condition in (
        "tf\\_flowers",
        "367",
        "2569",
        "1101",
        "224 px",
        "preprocessing unit",
        "50 epochs",
        "epoch selection last",
        "seed 1",
    ):
        assert condition in text


def test_the_best_of_each_row_is_bold(paper_study):
    lines = markdown(paper_study).splitlines()
    vgg = next(line for line in lines if line.startswith("| VGG16"))
    assert vgg.count("**") == 2 and "**0.881926**" in vgg
    mobile = next(line for line in lines if line.startswith("| MobileNetV2 "))
    assert mobile.count("**0.869210**") == 2  # Baseline II and BWT5 are equal
    assert "**0.001318**" in next(line for line in lines if line.startswith("| Variance"))


def test_weights_that_are_not_imagenet_are_footnoted(make):
    about = {
        "VGG16": {"weights": "none", "weights_kind": "none", "title": "VGG16 (random weights)"},
        "MobileNet": {"weights": "/data/weights/mobile_net.h5", "weights_kind": "file"},
    }
    inputs = make(about=about)
    text, tex = markdown(inputs), latex(inputs)
    assert "VGG16 (random weights) <sup>a</sup>" in text
    assert "<sup>a</sup> Random weights, no pre-training." in text
    assert "<sup>b</sup> Weights from the file mobile\\_net.h5." in text
    assert "/home/me" not in text + tex
    assert r"\textsuperscript{b} Weights from the file mobile\_net.h5." in tex


def test_labels_can_hold_any_character(make):
    inputs = make(about={"VGG16": {"title": "a_b & 50% $x$ #1 {z} ~ ^ \\ |"}}, study="s_1 & 50%")
    tex = latex(inputs)
    assert r"a\_b \& 50\% \$x\$ \#1 \{z\} \textasciitilde{} \textasciicircum{} \textbackslash{} \textbar{}" in tex
    assert r"study s\_1 \& 50\%." in tex
    assert r"a\_b & 50% $x$ #1 {z} \~ ^ \\ \|" in markdown(inputs)
    assert rows(table_csv(build(inputs)))[0]["backbone"] == "a_b & 50% $x$ #1 {z} ~ ^ \\ |"


def test_latex_rows_have_as_many_cells_as_columns(paper_study):
    tex = latex(paper_study)
    body = tex.split(r"\toprule")[1].split(r"\bottomrule")[0]
    assert {line.count("&") for line in body.splitlines() if line.endswith(r"\\")} == {7}
    for environment in ("table", "tabular"):
        assert tex.count(f"\\begin{{{environment}}}") == tex.count(f"\\end{{{environment}}}") == 1


def test_versus_paper_says_what_differs(make):
    about = {"MobileNet": {"alpha": 0.25, "weights": "m.h5", "weights_kind": "file", "title": "MobileNet 0.25"}}
    inputs = make(about=about, changes={"data.image_size": 96, "training.epochs": 10})
    first, *_, last = comparison(inputs)
    assert first.differs_in == "96 px; 10 epochs"
    assert last.differs_in == "alpha 0.25; weights from the file m.h5; 96 px; 10 epochs"
    record = rows(versus_paper_csv([first]))[0]
    assert list(record) == ["backbone", "strategy", "ours", "paper", "difference", "paper_backbone", "differs_in"]
    assert (record["ours"], record["difference"]) == ("0.713896", "0.000000")
    assert "Not like for like" in markdown(inputs)


def test_versus_paper_names_every_setting_that_is_not_the_papers(make):
    files = [ROOT / "params.yaml", ROOT / "presets" / "practice.yaml"]
    given = read_files(files) | {"backbones": [{"name": "VGG16"}]}
    differing = comparison(make(("VGG16",), changes=changed(load_config(given)[0])))[0].differs_in
    assert differing.split("; ") == [
        "96 px",
        "preprocessing native",
        "head pooling average",
        "head units none",
        "head start probe",
        "optimizer adamw",
        "schedule cosine",
        "warmup 1",
        "batch 32",
        "16 epochs",
        "validate every 4",
        "BatchNormalization frozen",
        "search by race",
        "at most 4 trainings of the search",
        "learning rate of 0.0001, 0.0003, 0.001, chosen for each strategy on validation",
        "at most 6 candidates of each strategy",
        "winners chosen by validation loss",
    ]


def test_versus_paper_words_of_further_settings(make):
    changes = {
        "training.epochs": 1,
        "training.augmentation.flip": True,
        "training.plateau.monitor": "val_loss",
        "training.label_smoothing": 0.1,
        "search.delimiters": ["MaxPooling2D", "Activation"],
        "search.method": "halving",
        "search.halving.factor": 2.0,
    }
    assert comparison(make(("VGG16",), changes=changes))[0].differs_in.split("; ") == [
        "1 epoch",
        "augmentation flip on",
        "plateau monitor val_loss",
        "label smoothing 0.1",
        "search delimiters MaxPooling2D, Activation",
        "search by halving",
        "search halving factor 2",
    ]


def test_the_papers_own_protocol_differs_in_nothing(paper_study):
    assert {row.differs_in for row in comparison(paper_study)} == {""}
    assert "Not like for like" not in markdown(paper_study)


def test_versus_paper_without_a_number_of_ours(make):
    inputs = make(diverged=("lw",))
    row = next(row for row in rows(versus_paper_csv(comparison(inputs))) if row["strategy"] == "lw")
    assert (row["ours"], row["difference"], row["paper"]) == ("", "", "0.864668")


def test_versus_paper_without_a_backbone_of_the_paper(make):
    inputs = make(about={"VGG16": {"name": "TinyPlain"}, "MobileNet": {"name": "TinyResidual"}})
    assert comparison(inputs) == []
    assert "so there is no comparison" in markdown(inputs)


def test_the_papers_values_stand_beside_its_own_images_only(make):
    inputs = make(dataset="birds")
    assert comparison(inputs) == []
    assert "so there is no comparison" in markdown(inputs)


MOST = {"search": 80, "final": 560, "validation": 240}
GUESSING = {"images": {"search": 367, "final": 2569, "validation": 1101}, "most_frequent": MOST}
UNTRAINED = round(265 / 1101, 6)


def one_that_guesses(name, values):
    """Baseline II of one backbone is right about 265 images where the most frequent class has 240."""
    return {**values, "baseline2": UNTRAINED} if name == "VGG16" else values


def test_a_run_that_guesses_is_called_untrained_wherever_table_one_is_printed(make):
    inputs = make(change=one_that_guesses, **GUESSING)
    text, tex = markdown(inputs), latex(inputs)
    assert f"| {UNTRAINED:.6f} (untrained) |" in text and f"& {UNTRAINED:.6f} (untrained) &" in tex
    for printed in (text, tex):
        assert "always answering with the most frequent class (0.218; exact binomial test, 1" in printed
    assert rows(table_csv(build(inputs)))[0]["baseline2"] == f"{UNTRAINED:.6f}"
    assert "untrained" not in markdown(make(**GUESSING))


def test_an_untrained_run_is_never_the_best_nor_makes_a_column_reliable(make):
    def all_guess(name, values):
        return {**values, "lw": UNTRAINED} if name == "MobileNet" else dict.fromkeys(values, UNTRAINED)

    lines = markdown(make(change=all_guess, **GUESSING)).splitlines()
    assert "**" not in next(line for line in lines if line.startswith("| VGG16"))
    variance = next(line for line in lines if line.startswith("| Variance"))
    assert "| 0.000000 |" in variance and "*0" not in variance


def test_with_a_test_part_the_answer_need_not_be_the_bold_one_and_the_table_says_so(make):
    parts = {"search": 367, "final": 2019, "validation": 550, "test": 1101}
    assert "chosen on the validation set, not on the test set" in markdown(make(images=parts))
    assert "may not be the bold one" not in markdown(make())
    assert "the first of 3 repeats" in markdown(make(repeats=3))


def test_what_chose_is_said_where_it_is_not_accuracy(make):
    said = "Winners are chosen by validation loss, lower is better, not by accuracy."
    text = markdown(make(choose_by="loss", candidates=6))
    assert said in text and "at most 6 candidates of each strategy tried" in text
    assert said not in markdown(make()) and "tried" not in markdown(make())


def test_a_table_of_mostly_diverged_runs_says_what_to_look_at(make):
    five = ("baseline2", "lw", "bw", "bwt3", "bwt5")
    text = markdown(make(diverged=five))
    assert "10 of 14 cells diverged. Look at training.learning" in text and "pixels.range" in text
    assert "Look at" not in markdown(make(diverged=five[:2]))
