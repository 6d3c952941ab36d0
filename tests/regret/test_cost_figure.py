"""The figure of accuracy against cost: it is written, it says what it must, and it is the same twice."""

from xml.etree import ElementTree

import pytest
from made_up import made_study
from PIL import Image
from test_regret import BW, LW, claim, exhaustive

from blocktune.analysis.figures.cost import NAME, draw_cost
from blocktune.analysis.regret import regret_report

SIZES = {"search": 367, "final": 2569, "validation": 1101}
STUDY = made_study(study="a_b & 50% $x$", epochs=10, image_size=96, images=SIZES, strategies=("lw", "bw"))


def report(seeds=(1, 2)):
    maps = [exhaustive(seed=seed) for seed in seeds]
    prices = {"prior": 0.0, "graft": 3.0, "halving": 12.0}
    return regret_report(
        maps,
        [claim(LW[::-1], BW, seed=seed, method=name, seconds=cost) for name, cost in prices.items() for seed in seeds],
    )


def words(path):
    return " ".join("".join(node.itertext()) for node in ElementTree.parse(path).iter() if node.tag.endswith("}text"))


def drawn(folder):
    return draw_cost(STUDY, report(), "MobileNet 0.25; seeds 1 and 2", folder)


@pytest.fixture(scope="module")
def figure(tmp_path_factory):
    return drawn(tmp_path_factory.mktemp("figure"))


def test_figure_names_methods_costs_and_yardsticks(figure):
    svg, png = figure
    assert (svg.name, png.name) == (f"{NAME}.svg", f"{NAME}.png")
    with Image.open(png) as picture:
        assert len(picture.convert("L").getcolors(256)) > 10
    text = words(svg)
    for word in (
        "prior (free",
        "graft",
        "halving",
        "exhaustive",
        "oracle",
        "did not choose",
        "(floor)",
        "LW",
        "BW",
        "seeds 1 and 2",
    ):
        assert word in text, word
    assert "study a_b & 50% $x$" in text


def test_one_pair_and_no_method_can_be_drawn(tmp_path):
    draw_cost(STUDY, report(seeds=(1,)), "one seed", tmp_path / "one")
    paths = draw_cost(STUDY, regret_report([exhaustive()], []), "none", tmp_path / "none")
    assert "in the exhaustive map" in words(paths[0])


def test_the_same_numbers_give_the_same_bytes(figure, tmp_path):
    assert [path.read_bytes() for path in drawn(tmp_path)] == [path.read_bytes() for path in figure]
