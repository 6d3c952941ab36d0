"""A whole made-up study of factors, from its files to words, tables, figures and the report's section."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import made_up_factors as made_up
import pytest
import synthetic
from PIL import Image
from test_page import found as page_found

from blocktune.analysis.page.content import page_of
from blocktune.analysis.page.page import render
from blocktune.analysis.page.pictures import figure
from blocktune.analysis.scores import Scores, read_scores
from blocktune.document.blocks import Heading, Table
from blocktune.errors import BlocktuneError
from blocktune.factors.effects_words import answer, by_importance, sentences
from blocktune.factors.movement import movement
from blocktune.factors.names import figure_names
from blocktune.factors.report_section import factors_section
from blocktune.factors.study import analyse_factors, write_factors
from blocktune.factors.tables import Tables
from blocktune.files.design import Design
from blocktune.files.factor_results import FactorResults

KEY = "MobileNet-a0.25"
TABLE = synthetic.vgg16()
HOSTILE = "a_b & 50% $x$ <b>"


def diverges(strategy, setting):
    return strategy == "baseline2" and setting["learning_rate"] == "1e-1"


def write(folder, rows, searched=True, distances=True, **changes):
    """Write the files of a study, analyse it, and return its record and the names of its figures."""
    table = synthetic.layers(KEY, TABLE)
    scores = [synthetic.write_scores(folder / "scores.csv", synthetic.search(table))] if searched else []
    tables = Tables(
        responses=made_up.responses_frame(rows),
        layers=made_up.layers_frame(made_up.layers(rows, TABLE)),
        distances=made_up.distances_frame(made_up.distances() if distances else []),
        design=Design(**made_up.design(rows, **changes)),
        search=read_scores(scores, "search", [KEY]),
    )
    names = write_factors(
        tables,
        output_json=folder / "factors.json",
        markdown=folder / "factors.md",
        latex=folder / "factors.tex",
        figure_folder=folder / "figures",
        dpi=50,
    )
    return FactorResults.read(folder / "factors.json"), names


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Every factor, three seeds; everything tuned at the highest rate diverges."""
    folder = tmp_path_factory.mktemp("factors")
    rows = made_up.responses(made_up.realistic, sd=made_up.realistic_spread, diverged=diverges)
    record, names = write(folder, rows, study=HOSTILE, notes=[HOSTILE])
    return folder, record, names


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """One seed, one factor, no search and no distances."""
    folder = tmp_path_factory.mktemp("small")
    record, names = write(
        folder,
        made_up.responses(made_up.realistic, factors=["optimizer"], seeds=(7,), everywhere=[]),
        searched=False,
        distances=False,
    )
    return folder, record, names


def text_of(path):
    return " ".join("".join(node.itertext()) for node in ElementTree.parse(path).iter() if node.tag.endswith("}text"))


def test_the_figures_are_those_that_the_plan_expects(whole, small):
    folder, _, names = whole
    assert names == figure_names([*made_up.FACTORS, "where"]) and len(names) == 12
    assert sorted(path.name for path in (folder / "figures").iterdir()) == sorted(
        f"{name}.{ending}" for name in names for ending in ("svg", "png")
    )
    folder, _, names = small
    expected = ["figure_factors_effects", "figure_factors_optimizer", "figure_factors_cka", "figure_factors_map"]
    assert names == figure_names(["optimizer"]) == expected
    assert len(list((folder / "figures").iterdir())) == 8


def test_without_other_targets_there_is_no_figure_of_distances():
    assert "figure_factors_distance" not in figure_names(["images"])
    assert "figure_factors_distance" in figure_names(["target"])


def test_every_figure_says_what_study_and_reference_it_is_of(whole):
    folder, _, names = whole
    for name in names:
        with Image.open(folder / "figures" / f"{name}.png") as picture:
            assert len(picture.convert("L").getcolors(256)) > 10
        text = text_of(folder / "figures" / f"{name}.svg")
        assert "study a_b & 50% $x$" in text and "seeds 1, 2, 3" in text and "mathdefault" not in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("learning_rate", ["1e-5", "1e-1", "BW", "diverged", "x strategy: p < 0.001", "share of 1101 images"]),
        ("images", ["100", "all", "(514)", "reference level"]),
        ("source", ["same total", "same per class", "1000"]),
        ("target", ["rotate", "blur", "noise", "invert", "earth mover's distance", "least squares"]),
        ("distance", ["maximum mean discrepancy", "gap of a linear probe", "from the study's own target"]),
        ("cka", ["Baseline II by learning rate", "1e-2", "BWSW"]),
        ("map", ["block5_conv3", "rank correlation of both", "Baseline I", "best block", "relative change"]),
        ("effects", ["learning rate x strategy", "not larger than noise"]),
        ("where", ["BWT5", "95 % interval over seeds"]),
    ],
)
def test_a_figure_has_its_levels_and_verdict(whole, name, words):
    text = text_of(whole[0] / "figures" / f"figure_factors_{name}.svg")
    assert [word for word in words if word not in text] == []


def test_strategies_have_the_colours_of_the_other_figures(whole):
    svg = (whole[0] / "figures" / "figure_factors_learning_rate.svg").read_text()
    assert all(colour in svg.upper() for colour in ("#9A9A9A", "#3A3A3A", "#D55E00"))


def test_the_page_has_the_answer_first_and_says_what_is_noise(whole):
    page = (whole[0] / "factors.md").read_text()
    assert page.index("has the largest effect") < page.index("## In plain words") < page.index("## Effects")
    assert "with Baseline II" in page and "diverged" not in page.lower().split("## in plain words")[0]
    assert "Diverged: learning rate 1e-1 with Baseline II (3 of 3 runs); counted as guessing, accuracy 0.2." in page
    assert re.search(r"These effects differ between strategies by more than noise: [^.]*the learning rate \(5\d", page)
    assert "settings do not spread alike" in page and "does not show how two factors act together" in page
    assert re.search(r"Interactions that are not larger than noise: [^.]*source classes x strategy", page)
    assert "that needs at least 5 backbones, and there is one" in page
    assert page.count("| learning rate | 1e-1 | 0.") == 1
    assert r"a\_b & 50% $x$ \<b\>" in page


def test_the_table_for_a_paper_escapes_names(whole):
    text = (whole[0] / "factors.tex").read_text()
    assert r"a\_b \& 50\% \$x\$ \textless{}b\textgreater{}" in text
    rows = re.findall(r"^    (learning rate x strategy|imbalance) & (.*) \\\\$", text, flags=re.MULTILINE)
    assert len(rows) == 2 and all(row.count("&") == 5 for _, row in rows)
    assert text.count(r"\begin") == text.count(r"\end")


def test_the_same_numbers_give_the_same_bytes(small, tmp_path):
    folder, _, names = small
    rows = made_up.responses(made_up.realistic, factors=["optimizer"], seeds=(7,), everywhere=[])
    write(tmp_path, rows, searched=False, distances=False)
    for name in [*(f"figures/{name}.svg" for name in names), "factors.json", "factors.md", "factors.tex"]:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_one_seed_and_no_search_are_said_not_guessed(small):
    folder, record, _ = small
    told = record.words[KEY]
    assert told["answer"].startswith("No effect can be distinguished from noise (with one seed")
    assert "There is one seed, so every difference may be noise." in record.limits
    assert record.movement[KEY]["map"] is None
    assert "no block of this backbone was searched" in text_of(folder / "figures" / "figure_factors_map.svg")
    assert "no tests" in text_of(folder / "figures" / "figure_factors_effects.svg")
    assert "no tests: with one seed" in (folder / "factors.tex").read_text()


def test_the_section_keeps_the_order_of_backbones_and_factors(whole):
    _, record, _ = whole
    two = replace(
        record,
        order=("Z", KEY),
        backbones=record.backbones | {"Z": record.backbones[KEY] | {"title": "Z"}},
        words=record.words | {"Z": record.words[KEY]},
    )
    section = factors_section(two, [])
    headings = [block.words for block in section.said if isinstance(block, Heading)]
    assert headings[:2] == ["Z", "MobileNet 0.25"] and headings[2:4] == [
        f"In plain words: {title}" for title in headings[:2]
    ]
    tables = [block for block in section.said if isinstance(block, Table)]
    factors = [row[0] for row in tables[1].rows]
    assert list(dict.fromkeys(factors))[:3] == ["learning rate", "images per class", "imbalance"]


def test_what_was_not_measured_is_left_out():
    rows = made_up.responses(made_up.realistic, factors=["optimizer"], seeds=(1, 2), everywhere=[])
    rows = [row | {"calibration_error": None} for row in rows]
    design = Design(**made_up.design(rows))
    nothing = made_up.layers_frame([]), made_up.distances_frame([])
    tables = Tables(made_up.responses_frame(rows), *nothing, design, Scores([]))
    found = analyse_factors(tables)
    assert list(found.backbones[KEY]["responses"]) == ["epochs_to_95"]
    assert found.movement[KEY]["change"] is None and found.movement[KEY]["cka"] == {}
    assert not any("CKA" in sentence or "alibration" in sentence for sentence in found.words[KEY]["sentences"])


def test_a_factor_without_runs_is_an_error(tmp_path):
    rows = made_up.responses(made_up.realistic, factors=["optimizer"], seeds=(1,), everywhere=[])
    levels = {"optimizer": ["adam", "sgd"], "imbalance": ["1", "2"]}
    with pytest.raises(BlocktuneError, match="the design varies imbalance, but no response is of it"):
        write(tmp_path, rows, levels=levels)


def test_the_report_has_the_section_and_no_name_breaks_out(whole, make):
    folder, record, names = whole
    pictures = [figure(folder / "figures" / f"{name}.svg") for name in names]
    assert all(len(picture.alt) > 30 for picture in pictures)
    page = render(page_of(page_found(make(("VGG16",)), factors=factors_section(record, pictures))))
    section = re.search(r'<section id="factors">.*?</section>', page, flags=re.DOTALL)[0]
    assert section.index("has the largest effect") < section.index("In plain words")
    assert section.count("<img ") == len(names) and section.count('<table class="sortable">') == 4
    # Sorted by the number, not by what is written
    (rate,) = [entry for entry in record.backbones[KEY]["tests"] if entry["term"] == ["learning_rate"]]
    assert f'<td data-sort="{rate["F"]:.16g}'[:30] in section
    assert "<b>" not in section and "&lt;b&gt;" in section
    assert '<a href="#factors">' in page
    without = render(page_of(page_found(make(("VGG16",)))))
    assert 'id="factors"' not in without and "#factors" not in without


def record_of(ranges, tests, **changes):
    """What the words need to know of a backbone."""
    return {
        "ranges": ranges,
        "tests": tests,
        "why_no_tests": None,
        "distance": None,
        "where": None,
        "responses": {},
        "diverged": [],
        "residuals": None,
        "unknown": [],
    } | changes


def entry(points, noise=1.0, highest="a", lowest="b"):
    share = points / 100
    means = {"highest_mean": 0.8, "lowest_mean": 0.8 - share}
    about = {"highest": highest, "lowest": lowest, "levels": 2, "noise": noise / 100}
    return {"range": share, **about, **means, "larger_than_noise": points > noise}


def term_test(*term, sure):
    kind = "effect" if len(term) == 1 else "interaction"
    return {"term": list(term), "kind": kind, "larger_than_noise": sure}


def test_what_matters_is_named_with_its_points_and_what_does_not_beside_noise():
    rows = made_up.responses(made_up.realistic, factors=["optimizer"], everywhere=[])
    design = Design(**made_up.design(rows))
    found = record_of(
        {
            "optimizer": {"bw": entry(3.0, noise=4.0), "every": entry(2.0, noise=2.5)},
            "learning_rate": {
                "bw": entry(12.0, highest="1e-4", lowest="1e-1"),
                "baseline1": entry(0.5),
                "every": entry(9.0),
            },
        },
        [
            term_test("learning_rate", sure=True),
            term_test("optimizer", sure=False),
            term_test("learning_rate", "strategy", sure=True),
            term_test("optimizer", "strategy", sure=False),
        ],
    )
    assert by_importance(found) == ["learning_rate", "optimizer"]
    assert answer(found) == (
        "Within the levels tried, the learning rate has the largest effect: 12.0 points between its best level (1e-4) "
        "and its worst (1e-1) with BW; 0.5 (a, b) with Baseline I, which is not more than noise."
    )
    assert sentences(found, design) == [
        "Not larger than noise: the optimizer (2.0 points between its levels; noise alone reaches 2.5).",
        "These effects differ between strategies by more than noise: the learning rate (12.0 points with BW, 0.5 with "
        "Baseline I).",
        "Interactions that are not larger than noise: optimizer x strategy.",
    ]


@pytest.mark.parametrize(
    ("of", "level", "named"),
    [
        # Where another factor is varied, classes are as they are: that is no ratio, not even 1
        ("imbalance", "", "the reference"),
        ("imbalance", "1", "imbalance 1"),
        ("imbalance", "2", "imbalance 2"),
        ("learning_rate", "0.01", "learning rate 0.01"),
    ],
)
def test_the_setting_that_spreads_most_is_named_by_the_levels_that_are_not_the_reference(of, level, named):
    rows = made_up.responses(made_up.flat, factors=["imbalance", "learning_rate"], everywhere=[])
    reference = {"imbalance": "1", "learning_rate": "0.0001"}
    levels = {"imbalance": ["1", "2"], "learning_rate": ["0.0001", "0.01"]}
    design = Design(**made_up.design(rows, reference=reference, levels=levels))
    own = dict.fromkeys(made_up.FACTORS, "own") | reference | {"imbalance": ""}
    spread = {"p": 0.01, "widest": own | {"strategy": "bw", of: level}, "widest_sd": 0.07, "median_sd": 0.02}
    (sentence,) = sentences(record_of({}, [], residuals=spread), design)
    assert f"2.0 points in the median setting, 7.0 at {named} with BW)" in sentence


def test_noise_has_no_most_important_factor():
    found = record_of({"optimizer": {"bw": entry(0.5)}}, [term_test("optimizer", sure=False)])
    assert answer(found) == "No factor has an effect larger than noise, within the levels tried."


def test_a_frozen_layer_that_moved_is_called_wrong():
    rows = made_up.responses(made_up.realistic, factors=["optimizer"], everywhere=[])
    layers = made_up.layers(rows, TABLE)
    responses = made_up.responses_frame(rows)
    still = movement(responses, made_up.layers_frame(layers), Scores([]))
    assert still[KEY]["frozen_moved"] == {"layers": 0, "runs": 0}
    frozen = next(row for row in layers if not row["unfrozen"])
    frozen["relative_change"] = 1e-7
    moved = movement(responses, made_up.layers_frame(layers), Scores([]))
    assert moved[KEY]["frozen_moved"]["runs"] == 1
    assert moved[KEY]["change"]["most"]["layer"] == "block5_conv3"
    assert [round(value, 2) for value in moved[KEY]["cka"]["baseline1"]] == [1, 1, 1]
    assert moved[KEY]["cka"]["baseline2"][0] > moved[KEY]["cka"]["baseline2"][2]
