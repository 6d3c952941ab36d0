"""The report as a file: what it says, that it asks for nothing, and that no name breaks out of its place."""

import base64
import hashlib
import html
import re

import numpy as np
import pytest
import synthetic

from blocktune.analysis.page.content import Found, page_of
from blocktune.analysis.page.curves import training_curves
from blocktune.analysis.page.page import render
from blocktune.analysis.page.pictures import figure
from blocktune.document.blocks import Heading, Table
from blocktune.errors import BlocktuneError
from blocktune.settings.load import validate
from blocktune.settings.model import Settings

HOSTILE = "</script><script>alert(1)</script> & <b>"
SETTINGS = validate(Settings, {"backbones": [{"name": "VGG16"}]})
HISTORY = (
    "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate\n1,1.0,0.5,1.0,0.5,0.0001\n2,0.9,0.6,0.9,0.6,0.0001\n"
)


def found(inputs, **changes):
    """A made-up study as the page takes it; only the layers of the table were never trained."""
    runs = {
        score.run
        for scores in (inputs.search, inputs.final)
        for b in inputs.backbones
        for s in scores.strategies()
        for score in scores.of(b.key, s)
    }
    record = {"history": HISTORY, "resources": {"cpu_seconds": 12.0, "peak_memory_mb": 500.0, "backend": "jax 1"}}
    records = dict.fromkeys(runs, record)
    keys = [backbone.key for backbone in inputs.backbones]
    content = {
        "study": inputs.study,
        "backbones": inputs.backbones,
        "search": inputs.search,
        "final": inputs.final,
        "settings": SETTINGS.model_copy(update={"study": HOSTILE}),
        "classes": ["rose", "<i>tulip</i>"],
        "answers": dict.fromkeys(keys),
        "final_records": records,
        "search_records": records,
        "digests": {"images": "1" * 64, "parts": "2" * 64, **dict.fromkeys(keys, "3" * 64)},
    }
    return Found(**content | changes)


@pytest.fixture(scope="module")
def text(paper_study):
    return render(page_of(found(paper_study)))


def scripts(text):
    return re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)


def test_it_asks_nobody_for_anything(text):
    outside = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert re.findall(r"""(?:src|href)=["'](?!#|data:)""", outside) == []
    assert "url(" not in outside and "@import" not in outside


def test_only_its_own_scripts_may_run(text):
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1])
    hashes = {
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts(text)
    }
    assert policy.startswith("default-src 'none'")
    assert hashes == set(re.findall(r"'sha256-[^']*'", policy)) and len(hashes) == 2


def test_names_stay_text(make):
    inputs = make(names=("VGG16",), study=HOSTILE, dataset=HOSTILE, titles={"VGG16": HOSTILE})
    page = render(page_of(found(inputs, trust=[Heading(HOSTILE, 1), Table([HOSTILE], [[HOSTILE]], HOSTILE)])))
    assert len(scripts(page)) == 2
    outside = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert "<script>alert" not in page and "<b>" not in outside and "<i>tulip" not in outside
    assert html.escape(HOSTILE) in outside


def test_table_one_beside_the_papers_has_no_difference_and_names_the_misprint(text):
    assert "0.877389, is a misprint" in text
    assert text.count('data-sort="0.0"') >= 14
    assert 'class="higher"' not in text and 'class="lower"' not in text


def test_best_and_second_best_are_marked(text):
    row = re.search(r"<tr><th scope=\"row\">VGG16</th>.*?</tr>", text)[0]
    assert re.findall(r'class="best">([^<]*)', row) == ["0.882"]
    assert len(re.findall(r'class="second">', row)) >= 1


def test_accuracies_have_three_decimals_and_a_variance_as_many_as_it_needs(text):
    table = text[text.index('id="table1"') : text.index('id="trust"')]
    shown = re.findall(r'<td data-sort="(?:0\.\d+)"[^>]*>([^<]+)', table)
    assert len(shown) >= 35 + 7 + 7 + 70
    assert {len(value) for value in shown if "+" not in value} == {5, 8}
    foot = table[table.index("<tfoot>") : table.index("</tfoot>")]
    assert '<th scope="row">Variance</th>' in foot and ">0.001318<" in foot and ">0.852<" in foot


def test_one_backbone_has_no_foot_and_the_title_names_the_study_once(make):
    page = render(page_of(found(make(names=("VGG16",), study="birds", dataset="birds"))))
    assert "<tfoot>" not in page
    assert "<h1>Which layers to unfreeze: study birds</h1>" in page


def test_random_weights_are_said_before_any_number(make):
    inputs = make(names=("VGG16",), about={"VGG16": {"weights_kind": "none"}})
    page = render(page_of(found(inputs)))
    assert page.index('class="warning">VGG16: random weights') < page.index('id="answer"')


def test_mistakes_are_shown_as_images(make):
    inputs = make(names=("VGG16",))
    evaluation = {
        "strategy": "bw",
        "scored": "test",
        "right": 3,
        "pictures": 4,
        "accuracy": 0.75,
        "interval": [0.3, 0.95],
        "calibration_error": 0.1,
        "labels": ["rose", "tulip"],
        "confusion": [[2, 0], [1, 1]],
        "classes": {name: {"pictures": 2, "precision": None, "recall": 0.5} for name in ("rose", "tulip")},
        "mistakes": [{"row": 1, "picture": "tulip/<1>.jpg", "is": "tulip", "taken_for": "rose", "probability": 0.9}],
    }
    images = np.zeros((2, 8, 8, 3), np.uint8)
    page = render(page_of(found(inputs, models={"VGG16": evaluation}, images=images)))
    assert "tulip, taken for rose (0.90)" in page and "tulip/&lt;1&gt;.jpg" in page
    assert '<img src="data:image/jpeg;base64,' in page
    assert re.search(r'class="share5">1</td><td class="share5">1', page)


def test_a_picture_that_is_none_of_the_figures_is_named(tmp_path):
    with pytest.raises(
        BlocktuneError, match=r"--figures: holiday.svg is no figure of a study; there are figure1_schemes"
    ):
        figure(tmp_path / "holiday.svg")


def test_other_images_are_not_set_beside_the_papers(make):
    page = render(page_of(found(make(names=("VGG16",), dataset="birds"))))
    assert "so there is no comparison" in page and "Not like for like" not in page


def test_a_cheaper_search_says_what_its_map_lacks(make):
    assert "search by gradient trained few candidates" in render(
        page_of(found(make(names=("VGG16",), method="gradient")))
    )


@pytest.mark.parametrize(
    ("strategies", "shown", "repeated"),
    [
        (["lw", "bw", "bwsw"], "Accuracy when only this layer, block or window is unfrozen", "Figures 9 and 10 repeat"),
        (["bw", "span"], "Accuracy when only this block is unfrozen", "Figure 9 repeats"),
        (["bw", "tail"], "Accuracy when only this block is unfrozen", "Figure 9 repeats"),
        (["tail"], "Accuracy when everything from a layer up to the head is unfrozen", None),
        (["span"], "Accuracy of every span of blocks at its best learning rate", None),
    ],
)
def test_the_page_speaks_of_what_was_searched_for(make, strategies, shown, repeated):
    inputs = make(names=("VGG16",), strategies=["baseline1", "baseline2", *strategies])
    page = render(page_of(found(inputs)))
    assert shown in page
    assert ("Shaded: every other block" in page) == ("bw" in strategies)
    assert ("Triangle of spans of VGG16" in page) == ("span" in strategies)
    assert ("Depth map of VGG16" in page) == (strategies != ["span"])
    if repeated:
        assert f"{repeated} the search" in page
    else:
        assert "the search: " not in page[page.index('id="figures"') :]


def test_the_figure_of_tails_says_how_to_read_it(make, tmp_path):
    (tmp_path / "figure11_tails.svg").write_text("<svg/>")
    page = render(page_of(found(make(names=("VGG16",)), figures=[figure(tmp_path / "figure11_tails.svg")])))
    assert "Figure 11. " in page and "Where a line no longer rises, unfreezing more gains nothing" in page


def test_a_search_chosen_by_loss_shows_it_and_how_many_it_tried(inputs_of, tmp_path, make):
    table = synthetic.layers("VGG16", synthetic.vgg16())
    rows = synthetic.chosen_by_loss(synthetic.search(table), keep=lambda row: row["candidate"] in (1, 7, 13))
    finals = [synthetic.final(table, {"lw": 0.8})]
    page = render(page_of(found(inputs_of(tmp_path, [table], [rows], finals, choose_by="loss", candidates=3))))
    best = next(row for row in rows if row["strategy"] == "lw" and row["rank"] == 1)
    assert "3 of 13 layers" in page and "At most 3 candidates of each strategy were tried" in page
    assert f"accuracy {best['accuracy']:.3f}, validation loss {best['loss']:.4f}" in page
    assert "Validation loss (lower is better)" in page and f">{best['loss']:.4f}</td>" in page
    assert "Winners are chosen by validation loss" in page
    paper = render(page_of(found(make(names=("VGG16",)))))
    assert "alidation loss (lower" not in paper and "Winners are chosen" not in paper and "were tried" not in paper


def test_rounds_in_which_halving_could_tell_nobody_apart_stand_beside_the_search_s_cost(make):
    said = {"VGG16": ["round 1 (epoch 1): lw: no candidate discarded: 2 candidates can't be distinguished"]}
    page = render(page_of(found(make(names=("VGG16",), method="halving"), undecided=said)))
    assert "VGG16, round 1 (epoch 1): lw: no candidate discarded: 2 candidates can" in page


def test_curves_go_through_the_epochs_that_were_validated(paper_study):
    rows = ["1,1.0,0.5,,,0.1", "2,1.0,0.5,1.0,0.25,0.1", "3,1.0,0.5,,,0.1", "4,1.0,0.5,1.0,0.75,0.1"]
    text = "\n".join([HISTORY.splitlines()[0], *rows]) + "\n"
    records = found(paper_study).final_records
    curves = training_curves(
        paper_study.study,
        paper_study.backbones[0],
        paper_study.final,
        {run: record | {"history": text} for run, record in records.items()},
    )["data"]
    assert len(curves) == len(paper_study.study.strategies)
    assert all((list(curve["x"]), list(curve["y"])) == ([2, 4], [0.25, 0.75]) for curve in curves)
