"""A search by halving shows whatever it trained, by how far it came, and its winners stay its winners."""

import json
from xml.etree import ElementTree

import pytest
import synthetic
from made_up import made_candidate, made_halving, made_plan

from blocktune.analysis.figures.draw import draw
from blocktune.analysis.halved import with_dropped
from blocktune.analysis.page.content import page_of
from blocktune.analysis.page.depth_map import depth_map
from blocktune.analysis.page.page import render
from blocktune.errors import BlocktuneError
from blocktune.search.schedule import SEARCHED

EPOCHS = 10


def candidate(row):
    """What a row of scores is about, as plans have it."""
    keys = ("strategy", "first", "last", "parameters", "run")
    names = tuple(row["names"].split(";"))
    return made_candidate(number=row["candidate"], names=names, **{key: row[key] for key in keys})


@pytest.fixture(scope="module")
def halving(tmp_path_factory, inputs_of):
    """VGG16's files: 5 blocks and 13 layers, of which 4 trained to the end, 4 for three epochs, the others for one."""
    folder = tmp_path_factory.mktemp("halving")
    table = synthetic.layers("VGG16", synthetic.vgg16())
    rows = synthetic.search(table)
    candidates, reached = [], {}
    for strategy in ("lw", "bw"):
        mine = sorted((row for row in rows if row["strategy"] == strategy), key=lambda row: row["rank"])
        for place, row in enumerate(mine):
            epochs = EPOCHS if place < 2 else 3 if place < 4 else 1
            candidates.append(candidate(row))
            diverged = strategy == "lw" and place == len(mine) - 1
            accuracy = None if diverged else row["accuracy"] * epochs / EPOCHS
            reached[row["run"]] = row["run"], epochs, accuracy
    kept = [row for row in rows if row["rank"] == 1 and row["strategy"] in ("baseline1", "baseline2", "lw", "bw")]
    plan = made_plan(candidates)
    inputs = inputs_of(folder, [table], [kept], [synthetic.final(table, {"lw": 0.8})], method="halving", epochs=EPOCHS)
    plan.write(folder / "p.json")
    files = [folder / "p.json", folder / "h.json"]
    made_halving(reached.values()).write(files[1])
    return inputs, files


@pytest.fixture(scope="module")
def search(halving):
    inputs, (plan, file) = halving
    return with_dropped(inputs.study, inputs.search, [plan], [file])


def test_every_trained_candidate_is_there_with_how_far_it_came(search):
    layers = search.of("VGG16", "lw")
    assert len(layers) == 13 and len(search.of("VGG16", "bw")) == 5
    assert [sum(row.epochs == epochs for row in layers) for epochs in (None, 3, 1)] == [2, 2, 9]
    assert sum(row.diverged for row in layers) == 1


# With updates of low rank every candidate is trained: halving is refused
@pytest.mark.parametrize("strategy", [strategy for strategy in SEARCHED if strategy != "lora"])
def test_no_strategy_that_chooses_is_left_out(inputs_of, only, tmp_path, strategy):
    table = synthetic.layers("VGG16", synthetic.vgg16())
    rows = [
        synthetic.score(table, strategy, 0.5 + number / 10, stage="search", candidate=number, span=(first, 18))
        for number, first in enumerate((15, 11, 7), 1)
    ]
    reached = [(row["run"], EPOCHS if row["candidate"] == 3 else 1, 0.4) for row in rows]
    made_plan(map(candidate, rows)).write(tmp_path / "plan.json")
    files = [tmp_path / "plan.json", tmp_path / "halved.json"]
    made_halving(reached).write(files[1])
    finals = [synthetic.final(table, {strategy: 0.8})]
    changes = {"method": "halving", "epochs": EPOCHS, "strategies": ["baseline1", "baseline2", strategy]}
    inputs = inputs_of(tmp_path, [table], [rows[-1:]], finals, **changes)
    search = with_dropped(inputs.study, inputs.search, files[:1], files[1:])
    assert sorted((row.candidate, row.epochs) for row in search.of("VGG16", strategy)) == [(1, 1), (2, 1), (3, None)]
    names = {"lw": "figure4_layers", "bw": "figure5_blocks", "bwsw": "figure6_windows"}
    names |= {"tail": "figure11_tails", "span": "figure12_spans"}
    only(names[strategy])
    draw(inputs.study, inputs.backbones, search, inputs.final, tmp_path, dpi=50)
    root = ElementTree.parse(tmp_path / f"{names[strategy]}.svg").getroot()
    assert f"dropped after 1 of {EPOCHS} epochs" in " ".join(root.itertext())


def test_the_winners_stay_the_winners(halving, search):
    inputs, _ = halving
    for strategy in ("lw", "bw", "baseline1", "baseline2"):
        assert search.winner("VGG16", strategy) == inputs.search.winner("VGG16", strategy)


def test_the_depth_map_shows_them_fainter_the_shorter_they_trained(halving, search):
    inputs, _ = halving
    traces = depth_map(inputs.study, inputs.backbones[0], search)["data"]
    layers = {trace["name"]: trace for trace in traces if trace["name"].startswith("LW")}
    assert list(layers) == [
        "LW: layers",
        "LW: layers dropped after 3 of 10 epochs",
        "LW: layers dropped after 1 of 10 epochs",
    ]
    assert [len(trace["x"]) for trace in layers.values()] == [2, 2, 8]
    opacities = [trace["opacity"] for trace in layers.values()]
    assert opacities == sorted(opacities, reverse=True) and len(set(opacities)) == 3
    assert all("dropped after 1 of 10 epochs" in text for text in traces[2]["hovertext"])
    blocks = [trace for trace in traces if trace["name"].startswith("BW") and trace["mode"] == "markers"]
    assert sum(len(trace["x"]) for trace in blocks) == 5


def figures(inputs, scores, folder):
    """Figures 4 and 5: how many marks they hold, and their words."""
    draw(inputs.study, inputs.backbones, scores, inputs.final, folder, dpi=50)
    for name in ("figure4_layers", "figure5_blocks"):
        root = ElementTree.parse(folder / f"{name}.svg").getroot()
        yield sum(node.tag.endswith("}use") for node in root.iter()), " ".join(root.itertext())


def test_figures_4_and_5_draw_them_and_their_legend_says_so(halving, search, only, tmp_path):
    inputs, _ = halving
    only("figure4_layers", "figure5_blocks")
    whole, winners = (list(figures(inputs, scores, tmp_path)) for scores in (search, inputs.search))
    for (marks, words), (few, plain), more in zip(whole, winners, (11, 4), strict=True):
        assert marks - few >= more
        assert "dropped after 3 of 10 epochs" in words and "dropped after 1 of 10 epochs" in words
        assert "dropped" not in plain


def test_the_page_lists_them_with_their_epochs_and_says_what_faint_means(halving, search):
    from test_page import found

    inputs, _ = halving
    content = found(inputs)
    page = render(page_of(type(content)(**{**vars(content), "search": search})))
    assert "the legend gives their epochs" in page
    table = page[page.index("every candidate that the search trained") : page.index('id="curves"')]
    assert table.count("<tr>") == 1 + 13 + 5
    assert '<td data-sort="3">3</td>' in table and '<td data-sort="10">10</td>' in table


def test_files_that_do_not_fit_together_are_named(halving, tmp_path):
    inputs, (plan, file) = halving
    with pytest.raises(BlocktuneError, match="--halved: 0 files, but there are 1 plans"):
        with_dropped(inputs.study, inputs.search, [plan], [])
    other = synthetic.write_json(tmp_path / "o.json", {**json.loads(file.read_text()), "backbone": "MobileNet"})
    with pytest.raises(BlocktuneError, match="is of MobileNet, scores of VGG16 are needed here"):
        with_dropped(inputs.study, inputs.search, [plan], [other])
