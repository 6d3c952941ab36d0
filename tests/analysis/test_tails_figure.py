"""Figure 11: a line per learning rate from the head alone to everything; and no figure without anything to show."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
import synthetic

from blocktune.analysis.classification import wilson
from blocktune.analysis.figures.draw import draw, draw_repeated
from blocktune.analysis.figures.names import repeated_figures, study_figures
from blocktune.analysis.figures.tails import tails_figure

RATES = (1e-4, 3e-4, 1e-3)
BORDERS = (15, 11, 7, 4, 1)
"""First layers of VGG16's five tails, nearest the head first."""
LAYERS = (3, 6, 9, 11, 13)
"""Layers with weights that each of them unfreezes."""
COLUMNS = ["baseline1", "baseline2", "tail", "probe", "quarter"]
PARTS = {"search": 2018, "final": 2018, "validation": 500, "test": 1101}


def accuracy(unfrozen, rate):
    """What a made-up run has on the validation images: more unfrozen is better, and so is a higher rate."""
    return round(500 * (0.6 + 0.02 * unfrozen + 20 * rate)) / 500


def rows(table, diverged=(), less=0.0):
    """A search over tails; every strategy but the probe tries three rates; the third border has the least loss."""
    found = []
    for rate in RATES:
        spans = [("baseline1", 1, ()), ("baseline2", 1, (0, 18)), ("quarter", 1, (14, 18))]
        spans += [("tail", number, (first, 18)) for number, first in enumerate(BORDERS, 1)]
        for strategy, number, span in spans:
            row = synthetic.score(table, strategy, 0.0, stage="search", candidate=number, span=span)
            lost = (strategy, number, rate) in diverged
            value = "" if lost else round(accuracy(row["weighted_layers"], rate) - less, 6)
            loss = "" if lost else abs(number - 3) + 1 / rate / 1e5
            found.append(row | {"accuracy": value, "diverged": int(lost), "learning_rate": rate, "loss": loss})
    for strategy in ("baseline1", "baseline2", "quarter", "tail"):
        mine = [row for row in found if row["strategy"] == strategy]
        for rank, row in enumerate(sorted(mine, key=lambda row: row["loss"] or 99.0), 1):
            row["rank"] = rank
    return [*found, synthetic.score(table, "probe", 0.65, stage="search")]


@pytest.fixture
def study_of(inputs_of, tmp_path):
    """`study_of(name, ...)`: a made-up study of tails with its files in a folder of that name."""

    def build(name="study", diverged=(), less=0.0, further=lambda table: [], **changes):
        folder = tmp_path / name
        folder.mkdir()
        table = synthetic.layers("VGG16", synthetic.vgg16())
        finals = [synthetic.final(table, dict.fromkeys(COLUMNS, 0.842 - less))]
        changes = {"strategies": COLUMNS, "rates": RATES, "choose_by": "loss", "images": PARTS} | changes
        return inputs_of(folder, [table], [[*rows(table, diverged, less), *further(table)]], finals, **changes)

    return build


def figure(*studies):
    first = studies[0]
    return tails_figure(first.study, first.backbones, [one.search for one in studies], [one.final for one in studies])


def lines(drawn, lowest=2):
    """The lines of the first panel that join more than so many points."""
    return [
        line for line in drawn.axes[0].get_lines() if len(line.get_xdata()) > lowest and line.get_linestyle() != "None"
    ]


def words(path):
    return " ".join("".join(node.itertext()) for node in ElementTree.parse(path).iter() if node.tag.endswith("}text"))


def stems(paths):
    return list(dict.fromkeys(path.stem for path in paths))


def test_a_study_of_tails_has_this_figure_and_none_that_is_empty(study_of, tmp_path):
    inputs = study_of()
    written = draw(inputs.study, inputs.backbones, inputs.search, inputs.final, tmp_path / "figures", dpi=60)
    assert stems(written) == [
        "figure1_schemes",
        "figure2_parameters",
        "figure3_baselines_random",
        "figure7_best_search",
        "figure8_final",
        "figure11_tails",
    ]
    assert stems(written) == study_figures(["tail"], 1)
    (best,) = [path for path in written if path.name == "figure7_best_search.svg"]
    assert "Figure 7: the best tail in the search" in best.read_text(encoding="utf-8")
    text = " ".join(words(tmp_path / "figures" / "figure11_tails.svg").split())
    assert "head alone" in text and "everything" in text
    assert "block5_conv1 (1 block)" in text and "block3_conv1 (3 blocks)" in text
    assert all(f"learning rate {rate}" in text for rate in ("1e-4", "3e-4", "1e-3"))
    assert "best tail by loss: the last 3 blocks (from block3_conv1) at 1e-3; test accuracy 0.842" in text
    assert "linear probe" in text and "last quarter" in text and "95 % interval" in text
    assert "validation accuracy (share of 500 images)" in text


def test_other_strategies_have_their_figures_beside_it():
    assert set(study_figures(["bw", "tail"], 1)) - set(study_figures(["tail"], 1)) == {"figure5_blocks"}
    assert "figure11_tails" not in study_figures(["lw", "bw", "bwsw"], 1)
    assert [name for name in study_figures(["lw", "bw", "bwsw"], 1) if name[6] in "456"] == [
        "figure4_layers",
        "figure5_blocks",
        "figure6_windows",
    ]


@pytest.mark.parametrize("strategies", [["tail"], ["bw", "tail"], ["lw", "bw", "bwsw"]])
def test_with_repeats_no_figure_is_made_twice_or_empty(strategies):
    first, repeated = study_figures(strategies, 2), repeated_figures(strategies, 2)
    assert not {*first} & {*repeated}
    assert ("figure11_tails" in repeated) == ("tail" in strategies)
    assert ("figure9_blocks_repeated" in repeated) == ("bw" in strategies)
    assert ("figure10_windows_repeated" in repeated) == ("bwsw" in strategies)


def test_a_line_per_rate_goes_from_the_head_alone_to_everything(study_of):
    found = lines(figure(study_of()))
    assert len(found) == 3
    for line, rate in zip(found, RATES, strict=True):
        assert list(line.get_ydata()) == pytest.approx([accuracy(unfrozen, rate) for unfrozen in (0, *LAYERS)])
        assert list(line.get_xdata()) == pytest.approx([0, *LAYERS], abs=0.2)
    # Told apart without colours
    assert len({line.get_marker() for line in found}) == len({line.get_linestyle() for line in found}) == 3


def test_the_last_quarter_and_the_probe_stand_at_their_places(study_of):
    axis = figure(study_of()).axes[0]
    hollow = [line for line in axis.get_lines() if line.get_markerfacecolor() == "white"]
    assert [(round(line.get_xdata()[0]), line.get_ydata()[0]) for line in hollow] == [
        (3, pytest.approx(accuracy(3, rate))) for rate in RATES
    ]
    (level,) = [line for line in axis.get_lines() if list(line.get_ydata()) == [0.65, 0.65]]
    assert list(level.get_xdata()) == [0, 1]
    (band,) = [patch for patch in axis.patches if patch.get_alpha() == 0.15]
    assert [band.get_y(), band.get_y() + band.get_height()] == pytest.approx(wilson(325, 500))


def test_whiskers_are_as_long_as_the_images_leave_open_and_inside_the_panel(study_of):
    axis = figure(study_of()).axes[0]
    reach = [path.vertices[:, 1] for bars in axis.collections for path in bars.get_paths()]
    assert any(list(ends) == pytest.approx(wilson(round(500 * accuracy(13, 1e-3)), 500)) for ends in reach)
    low, high = axis.get_ylim()
    assert all(low < ends.min() and ends.max() < high for ends in reach)


def test_repeats_are_a_mean_line_with_a_point_for_each(study_of):
    drawn = figure(study_of("one"), study_of("two", less=0.02))
    means = [line for line in lines(drawn) if line.get_markersize() > 4]
    assert [list(line.get_ydata()) for line in means] == [
        pytest.approx([accuracy(unfrozen, rate) - 0.01 for unfrozen in (0, *LAYERS)]) for rate in RATES
    ]
    points = [tuple(line.get_ydata()) for line in drawn.axes[0].get_lines() if line.get_markersize() == 3]
    assert any(values == pytest.approx([accuracy(0, 1e-4), accuracy(0, 1e-4) - 0.02]) for values in points)
    assert not drawn.axes[0].collections  # no whiskers of one run's images
    assert drawn.axes[0].get_title(loc="right") == "best tail by loss in each of 2 repeats: mean test accuracy 0.832"


def test_the_figure_of_all_repeats_is_written_with_those_on_repeats(study_of, only, tmp_path):
    one, two = study_of("one", repeats=2), study_of("two", less=0.02, repeats=2)
    ranks = {"nemenyi_p": None, "mean_ranks": None, "backbones": 1}
    searches, finals = [one.search, two.search], [one.final, two.final]
    written = draw_repeated(one.study, one.backbones, searches, finals, ranks, tmp_path, dpi=60)
    assert stems(written) == ["figure_critical_difference", "figure11_tails"]
    only("figure8_final", "figure11_tails")
    assert stems(draw(one.study, one.backbones, one.search, one.final, tmp_path, dpi=60)) == ["figure8_final"]


def test_a_diverged_run_leaves_a_gap_and_a_cross(study_of):
    drawn = figure(study_of(diverged={("tail", 2, 1e-3)}))
    assert [len(line.get_xdata()) for line in lines(drawn)] == [6, 6, 5]
    crosses = [line for line in drawn.axes[0].get_lines() if line.get_marker() == "x"]
    assert [line.get_xdata()[0] for line in crosses] == [6]
    assert "diverged, no accuracy" in [text.get_text() for text in drawn.legends[0].get_texts()]


def test_without_searched_rates_there_is_one_line_at_the_studys_own(study_of):
    drawn = figure(study_of(rates=[], learning_rate=3e-4))
    legend = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert [text for text in legend if text.startswith("learning rate")] == ["learning rate 3e-4"]
    assert len(lines(drawn)) == 1


def test_many_borders_are_not_named_on_top_of_each_other(inputs_of, tmp_path):
    table = synthetic.layers("ResNet50V2", synthetic.deep())
    borders = [row["index"] for row in table["layers"] if row["type"] == "Conv2D"]
    found = [
        synthetic.score(table, "tail", 0.5, stage="search", candidate=number, span=(first, 189), rank=number)
        for number, first in enumerate(reversed(borders), 1)
    ]
    inputs = inputs_of(tmp_path, [table], [found], [synthetic.final(table, {"tail": 0.8})], strategies=["tail"])
    axis = figure(inputs).axes[0]
    places = axis.get_xticks()
    assert len(places) + len(axis.get_xticks(minor=True)) == len(borders) + 1
    width = axis.figure.get_figwidth() * 72 * 0.85
    gaps = [(right - left) / axis.get_xlim()[1] * width for left, right in pairwise(places)]
    assert min(gaps) > 10 and len(places) > 10
