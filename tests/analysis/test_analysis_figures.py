"""Figures 1 to 8: they are written, they say what they must, and they are the same twice."""

from xml.etree import ElementTree

import pytest
import synthetic
from PIL import Image

from blocktune.analysis.figures.draw import draw
from blocktune.analysis.figures.names import study_figures
from blocktune.analysis.figures.style import shorten, wrap
from blocktune.analysis.strategies import palette

NAMES = study_figures(["lw", "bw", "bwt", "bwsw"], repeats=1)


def drawn(inputs, folder):
    return draw(inputs.study, inputs.backbones, inputs.search, inputs.final, folder, dpi=60)


def words(path):
    """All text of an SVG, which is text only because fonts are not turned into curves."""
    return " ".join("".join(node.itertext()) for node in ElementTree.parse(path).iter() if node.tag.endswith("}text"))


@pytest.fixture(scope="module")
def inputs(make):
    return make(about={"MobileNet": {"title": "a_b & 50% $x$"}}, diverged=("lw",))


@pytest.fixture(scope="module")
def figures(inputs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    drawn(inputs, folder)
    return folder


def test_every_figure_is_written_valid_and_says_what_it_shows(figures):
    assert sorted(path.name for path in figures.iterdir()) == sorted(f"{n}.{e}" for n in NAMES for e in ("svg", "png"))
    for name in NAMES:
        with Image.open(figures / f"{name}.png") as picture:
            picture.verify()
        with Image.open(figures / f"{name}.png") as picture:
            assert len(picture.convert("L").getcolors(256)) > 10
        text = words(figures / f"{name}.svg")
        assert "study paper" in text
        assert "a_b & 50% $x$" in text
        if name == "figure1_schemes":
            assert "unfrozen (in the strategy's colour)" in text and "BWT5" in text
        elif name != "figure2_parameters":
            assert "validation accuracy (share of 1101 images)" in text
            assert "Baseline II" in text
            assert "seed 1" in text


def test_depth_figures_name_winners_and_divergence(figures):
    for name, word in (("figure4_layers", "layer"), ("figure5_blocks", "block"), ("figure6_windows", "window")):
        assert f"best {word}: " in words(figures / f"{name}.svg")
    assert "diverged, no accuracy" in words(figures / "figure4_layers.svg")
    assert "diverged" not in words(figures / "figure5_blocks.svg")
    assert "block5_conv3" in words(figures / "figure2_parameters.svg")
    assert "conv_pw_3" not in words(figures / "figure2_parameters.svg")  # 54 names would be soup


def test_bars_carry_their_values(figures):
    text = words(figures / "figure8_final.svg")
    assert "0.876" in text and "diverged" in text and "BWT5" in text
    assert "Random 3" in words(figures / "figure3_baselines_random.svg")


def test_a_star_by_loss_among_few_candidates_is_named_so(inputs_of, only, tmp_path):
    table = synthetic.layers("VGG16", synthetic.vgg16())
    rows = synthetic.chosen_by_loss(synthetic.search(table), keep=lambda row: row["candidate"] in (1, 7, 13))
    (best,) = [row for row in rows if row["strategy"] == "lw" and row["rank"] == 1]
    assert best["accuracy"] == min(row["accuracy"] for row in rows if row["strategy"] == "lw")
    finals = [synthetic.final(table, {"lw": 0.8})]
    inputs = inputs_of(tmp_path, [table], [rows], finals, choose_by="loss", candidates=3)
    only("figure4_layers")
    drawn(inputs, tmp_path / "figures")
    text = words(tmp_path / "figures" / "figure4_layers.svg")
    assert f"best layer by loss (3 of 13 tried): {best['names']}, {best['accuracy']:.3f}" in text
    assert "at most 3 candidates of each strategy tried" in " ".join(text.split())
    assert "winners chosen by validation loss" in " ".join(text.split())


def test_figure_3_is_of_the_baselines_alone_where_no_single_layers_are_searched(inputs_of, tmp_path):
    table = synthetic.layers("VGG16", synthetic.vgg16())
    rows = [row for row in synthetic.search(table) if row["strategy"] in ("baseline1", "baseline2", "bw")]
    finals = [synthetic.final(table, {"bw": 0.8})]
    strategies = ["baseline1", "baseline2", "bw"]
    drawn(inputs_of(tmp_path, [table], [rows], finals, strategies=strategies), tmp_path / "figures")
    assert {path.name for path in (tmp_path / "figures").glob("figure[456]*.svg")} == {"figure5_blocks.svg"}
    text = words(tmp_path / "figures" / "figure3_baselines_random.svg")
    assert "Figure 3: the baselines" in text and "Baseline II" in text
    assert "andom" not in text


def test_one_backbone_without_any_final_run(make, tmp_path):
    inputs = make(("VGG16",), change=lambda name, values: {})
    assert len(drawn(inputs, tmp_path / "figures")) == 2 * len(NAMES)
    assert "n/a" in words(tmp_path / "figures" / "figure8_final.svg")


def test_the_same_numbers_give_the_same_bytes(inputs, figures, tmp_path):
    again = drawn(inputs, tmp_path)
    assert len(again) == 2 * len(NAMES)
    assert [path.read_bytes() for path in again] == [(figures / path.name).read_bytes() for path in again]


def test_every_strategy_has_a_colour_of_its_own():
    columns = ["baseline1", "baseline2", "lw", "bw", "bwt2", "bwt3", "bwt5", "bwt7", "bwsw", "random3"]
    assert len(set(palette(columns).values())) == len(columns)


def test_long_texts_are_cut_in_the_middle_or_wrapped_evenly():
    assert shorten("expanded_conv_10_depthwise", 11) == "expan\N{HORIZONTAL ELLIPSIS}hwise"
    lines = wrap("50 epochs; batch 4; learning rate 0.0001; range unit; seed 1", 52)
    assert len(lines) == 2 and min(map(len, lines)) > 20  # not "seed 1" alone


def test_a_search_in_which_everything_diverged_names_no_winner(make, only, tmp_path):
    inputs = make(("VGG16",), search_diverged={("bw", first) for first in range(19)})
    only("figure5_blocks")
    drawn(inputs, tmp_path / "figures")
    assert "every block diverged" in words(tmp_path / "figures" / "figure5_blocks.svg")
