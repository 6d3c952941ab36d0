"""Figure 12 and the triangle: every span in its square at its best rate, and what was not trained left empty."""

import re
from statistics import fmean
from xml.etree import ElementTree

import pytest
import synthetic
from made_up import made_layer

from blocktune.analysis.classification import wilson
from blocktune.analysis.figures.draw import draw, draw_repeated
from blocktune.analysis.figures.names import repeated_figures, study_figures
from blocktune.analysis.figures.spans import spans_figure
from blocktune.analysis.page.triangle_map import triangle_map
from blocktune.analysis.triangle import triangle
from blocktune.candidates.strategies import spans

RATES = (1e-4, 1e-3)
COLUMNS = ["baseline1", "baseline2", "span", "probe"]
PARTS = {"search": 2018, "final": 2018, "validation": 500, "test": 1101}
NAMES = [f"block{block}_conv1" for block in range(1, 6)]
"""First layers of VGG16's blocks."""


def accuracy(first, last, rate):
    """What a made-up span from block to block, from 0 at the input, has: each another one; long ones like low rates."""
    return round(500 * (0.5 + 0.02 * (last - first) + 0.01 * last + 0.1 * (rate == (1e-4, 1e-3)[last < 4]))) / 500


def rows(inputs_table, backbone, less=0.0, diverged=(), keep=lambda first, last: True, **limits):
    found = [synthetic.score(inputs_table, "probe", 0.55, stage="search")]
    places = {layer.index: place for place, layer in enumerate(x for x in backbone if x.name in NAMES)}
    for rate in RATES:
        found.append(synthetic.score(inputs_table, "baseline1", 0.5 + rate - less, stage="search"))
        found[-1] |= {"learning_rate": rate}
        for span in spans(backbone, "weightless", *limits.values()):
            first = places[span.first]
            last = max(place for index, place in places.items() if index <= span.last)
            if not keep(first, last):
                continue
            row = synthetic.score(
                inputs_table, "span", 0.0, stage="search", candidate=span.number, span=(span.first, span.last)
            )
            lost = (first, last) in diverged
            value = "" if lost else round(accuracy(first, last, rate) - less, 6)
            loss = "" if lost else round(1 - value, 6)
            found.append(row | {"accuracy": value, "diverged": int(lost), "learning_rate": rate, "loss": loss})
    for strategy in ("baseline1", "span"):
        mine = [row for row in found if row["strategy"] == strategy]
        for rank, row in enumerate(sorted(mine, key=lambda row: -(row["accuracy"] or 0)), 1):
            row["rank"] = rank
    return found


@pytest.fixture
def study_of(inputs_of, tmp_path):
    """`study_of(name, ...)`: a made-up study of spans with its files in a folder of that name."""
    table = synthetic.layers("VGG16", synthetic.vgg16())
    layers = [made_layer(*(row[key] for key in ("index", "name", "type", "parameters"))) for row in table["layers"]]

    def build(name="study", less=0.0, diverged=(), keep=lambda first, last: True, span_blocks=None, **changes):
        folder = tmp_path / name
        folder.mkdir()
        found = rows(table, layers, less, diverged, keep, span_blocks=span_blocks)
        finals = [synthetic.final(table, dict.fromkeys(COLUMNS, 0.842 - less))]
        changes = {"strategies": COLUMNS, "rates": RATES, "images": PARTS, "span_blocks": span_blocks} | changes
        return inputs_of(folder, [table], [found], finals, **changes)

    return build


def triangle_of(*studies):
    return triangle(studies[0].study, studies[0].backbones[0], [study.search for study in studies])


def figure(*studies):
    one = studies[0]
    return spans_figure(one.study, one.backbones, [each.search for each in studies], [each.final for each in studies])


def page_map(inputs):
    return triangle_map(inputs.study, inputs.backbones[0], inputs.search)


def test_each_span_is_in_its_square_at_its_best_rate(study_of):
    found = triangle_of(study_of())
    assert [end.layer for end in found.firsts] == NAMES
    assert [end.layer for end in found.lasts] == [f"block{n}_conv{depth}" for n, depth in enumerate((2, 2, 3, 3, 3), 1)]
    assert [end.block for end in found.firsts] == [end.block for end in found.lasts] == [5, 4, 3, 2, 1]
    squares = {(square.across, square.up): square for square in found.squares}
    assert {*squares} == {(first, last) for last in range(5) for first in range(last + 1)}
    for (first, last), square in squares.items():
        best = 1e-4 if last == 4 else 1e-3
        assert (square.accuracy, square.rate) == (accuracy(first, last, best), best)
        assert list(square.interval) == pytest.approx(wilson(round(500 * square.accuracy), 500))
        assert square.loss == pytest.approx(1 - square.accuracy)
    assert squares[0, 4].what == "everything"
    assert squares[1, 4].what == "the last 4 blocks (from block2_conv1)"
    assert squares[2, 2].what == "block 3 from the head (block3_conv1 to block3_conv3)"
    assert squares[1, 2].what == "blocks 4 to 3 from the head (block2_conv1 to block3_conv3)"
    assert (found.head.accuracy, found.head.rate) == (0.501, 1e-3)
    # Beside the spans that reach the head
    assert (found.head.across, found.head.up) == (5, 4)


def test_the_figure_writes_them_there(study_of):
    axis = figure(study_of()).axes[0]
    shown = {(round(text.get_position()[0]), text.get_position()[1]): text.get_text() for text in axis.texts}
    assert shown.pop((5, 4)) == "0.501\n1e-3"
    assert shown == {
        (first, last): f"{accuracy(first, last, 1e-4 if last == 4 else 1e-3):.3f}\n{'1e-4' if last == 4 else '1e-3'}"
        for last in range(5)
        for first in range(last + 1)
    }
    assert axis.get_title(loc="right") == "best span: everything at 1e-4; test accuracy 0.842"


def test_darker_and_brighter_is_lower_and_higher(study_of):
    found = study_of()
    squares = [patch for patch in figure(found).axes[0].patches if patch.get_facecolor()[3] > 0]
    brightness = {patch.get_xy(): sum(patch.get_facecolor()[:3]) for patch in squares}
    squares = sorted(triangle_of(found).squares, key=lambda square: square.accuracy)
    assert len(brightness) == 16
    levels = [brightness[square.across - 0.5, square.up - 0.5] for square in squares]
    assert levels[0] < levels[len(levels) // 2] < levels[-1]


def test_what_was_not_trained_is_empty_and_what_diverged_is_crossed(study_of):
    study = study_of(keep=lambda first, last: last > 1, diverged={(2, 3)})
    squares = {(square.across, square.up): square for square in triangle_of(study).squares}
    assert {place for place, square in squares.items() if not square.runs} == {(0, 0), (0, 1), (1, 1)}
    assert [place for place, square in squares.items() if square.diverged] == [(2, 3)]
    drawn = figure(study)
    axis = drawn.axes[0]
    texts = {(round(text.get_position()[0]), text.get_position()[1]) for text in axis.texts}
    assert not texts & {(0, 0), (0, 1), (1, 1), (2, 3)}
    (cross,) = [line for line in axis.get_lines() if line.get_marker() == "x"]
    assert (cross.get_xdata()[0], cross.get_ydata()[0]) == (2, 3)
    legend = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert legend == ["best span", "not trained", "linear probe", "diverged, no accuracy"]
    (heat, *_), marks = page_map(study)["data"], {trace.get("name"): trace for trace in page_map(study)["data"]}
    assert [heat["z"][up][across] for across, up in ((0, 0), (0, 1), (1, 1), (2, 3))] == [None] * 4
    assert sorted(zip(marks["not trained"]["x"], marks["not trained"]["y"], strict=True)) == [(0, 0), (0, 1), (1, 1)]
    assert (list(marks["diverged"]["x"]), list(marks["diverged"]["y"])) == ([2], [3])
    assert all("not trained" in text for text in marks["not trained"]["hovertext"])


def test_the_page_has_the_same_values_and_hovering_tells_layers_rate_accuracy_and_loss(study_of):
    heat, head, best = page_map(study_of())["data"]
    for last in range(5):
        values = [accuracy(first, last, 1e-4 if last == 4 else 1e-3) for first in range(last + 1)]
        assert list(heat["z"][last]) == [*values, *[None] * (4 - last)]
    words = heat["hovertext"][2][1]
    assert words.startswith(
        "blocks 4 to 3 from the head (block2_conv1 to block3_conv3)<br>learning rate 1e-3, accuracy"
    )
    value = accuracy(1, 2, 1e-3)
    low, high = wilson(round(500 * value), 500)
    assert f"accuracy {value:.3f} (95 % interval {low:.3f} to {high:.3f}), validation loss {1 - value:.4f}" in words
    assert "block2_conv2 (Conv2D, 147,584 parameters)" in words and "and 1 more" not in words
    assert head["z"] == [[0.501]] or head["z"].tolist() == [[0.501]]
    assert (list(best["x"]), list(best["y"]), best["name"]) == ([0], [4], "best span")


def test_repeats_are_a_mean_at_the_rate_that_is_best_on_the_mean(study_of):
    one, two = study_of("one"), study_of("two", less=0.04)
    for square in triangle_of(one, two).squares:
        value = accuracy(square.across, square.up, 1e-4 if square.up == 4 else 1e-3)
        assert len(square.runs) == 2 and square.accuracy == pytest.approx(value - 0.02)
        low, high = square.interval
        assert low < square.accuracy < high
        # The noise of training is in it
        assert high - low > (lambda ends: ends[1] - ends[0])(wilson(round(500 * square.accuracy), 500))
    drawn = figure(one, two)
    assert drawn.axes[0].get_title(loc="right") == "best span in each of 2 repeats: mean test accuracy 0.822"
    assert "500 images and 2 repeats" in drawn.axes[1].get_ylabel()


def test_merged_blocks_are_fewer_squares_and_told(study_of, only, tmp_path):
    study = study_of(span_blocks=3)
    only("figure12_spans")
    found = triangle_of(study)
    assert (len(found.firsts), len(found.lasts), len(found.squares)) == (3, 3, 6)
    # Of 5 blocks, from the head: one, two, two
    assert [(end.layer, end.block) for end in found.firsts] == [("block1_conv1", 5), ("block3_conv1", 3), (NAMES[4], 1)]
    assert all(square.runs for square in found.squares)
    (path, *_) = [
        path
        for path in draw(study.study, study.backbones, study.search, study.final, tmp_path / "drawn", dpi=50)
        if path.name == "figure12_spans.svg"
    ]
    text = " ".join("".join(node.itertext()) for node in ElementTree.parse(path).iter() if node.tag.endswith("}text"))
    assert "spans of at most 3 merged blocks" in " ".join(text.split())


def test_the_figure_is_made_once_where_spans_are_searched_for(study_of, tmp_path):
    assert "figure12_spans" not in study_figures(["lw", "bw", "bwt", "bwsw", "tail"], 1)
    assert "figure12_spans" in study_figures(["span"], 1) and "figure12_spans" not in study_figures(["span"], 2)
    assert "figure12_spans" in repeated_figures(["span"], 2)
    one, two = study_of("one", repeats=2), study_of("two", repeats=2)
    ranks = {"nemenyi_p": None, "mean_ranks": None, "backbones": 1}
    searches, finals = [one.search, two.search], [one.final, two.final]
    written = draw_repeated(one.study, one.backbones, searches, finals, ranks, tmp_path, dpi=50)
    assert {path.stem for path in written} == {"figure_critical_difference", "figure12_spans"}


def test_a_large_triangle_has_no_numbers_and_few_names(inputs_of, tmp_path):
    table = synthetic.layers("ResNet50V2", synthetic.deep())
    score = synthetic.score(table, "span", 0.5, stage="search", candidate=1, span=(187, 188))
    inputs = inputs_of(tmp_path, [table], [[score]], [synthetic.final(table, {"span": 0.8})], strategies=["span"])
    found = triangle_of(inputs)
    count = len(found.firsts)
    assert count > 50 and len(found.squares) == count * (count + 1) // 2
    assert sum(bool(square.runs) for square in found.squares) == 1
    axis = figure(inputs).axes[0]
    assert not axis.texts and len(axis.get_yticks()) <= 14
    assert re.fullmatch(r".* \(\d+\)", axis.get_yticklabels()[0].get_text())
    assert fmean(square.accuracy for square in found.squares if square.runs) == 0.5
