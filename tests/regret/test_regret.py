"""Regret out of seed, correlation, cost and the oracle, on maps made by hand."""

import json
from argparse import ArgumentParser

import numpy as np
import pytest

from blocktune.analysis.bootstrap import bootstrap_interval
from blocktune.analysis.claims import Claim, ExhaustiveMap, scores_by_layers, scores_by_ranking
from blocktune.analysis.regret import regret_report, spearman
from blocktune.analysis.regret_table import regret_page
from blocktune.cli.main import main
from blocktune.document.markdown import render
from blocktune.errors import BlocktuneError
from blocktune.files.regret import RegretReport
from blocktune.steps.signature import register

LW = [0.5, 0.9, 0.7, 0.6, 0.8]
BW = [0.4, 0.95]


def regret_markdown(report):
    return render(regret_page(report))


def rows(**strategies):
    return [
        {
            "strategy": strategy,
            "candidate": number,
            "run": f"{strategy}{number}",
            "layers": [number],
            "accuracy": accuracy,
            "diverged": int(accuracy is None),
        }
        for strategy, accuracies in strategies.items()
        for number, accuracy in enumerate(accuracies, 1)
    ]


def exhaustive(backbone="A", seed=1, lw=LW, bw=BW):
    return ExhaustiveMap(backbone, seed, rows(lw=lw, bw=bw, baseline1=[0.3]), 100.0, 50)


def claim(lw, bw=BW, backbone="A", seed=1, method="m", seconds=4.0, epochs=10):
    scores = {("lw", number): score for number, score in enumerate(lw, 1)}
    scores |= {("bw", number): score for number, score in enumerate(bw, 1)}
    return Claim(method, backbone, seed, scores, seconds, epochs)


def test_method_that_says_the_same_has_no_regret_and_full_correlation():
    report = regret_report([exhaustive()], [claim(LW)])
    method = report["methods"]["m"]
    assert (method["regret_points"], method["spearman"]) == (0, pytest.approx(1))
    assert (method["cost_share"], method["epoch_share"], method["pairs"]) == (0.04, 0.2, 1)
    assert method["per_strategy"]["lw"]["top_overlap"] == {"3": 1.0, "5": 1.0}
    assert method["regret_interval"] is None
    assert report["out_of_seed"] is False and set(report["methods"]) == {"m"}
    assert report["strategies"] == ["lw", "bw"]


def test_reversed_method_is_as_wrong_as_can_be():
    report = regret_report([exhaustive()], [claim([-value for value in LW], [-value for value in BW])])
    method = report["methods"]["m"]
    assert method["spearman"] == pytest.approx(-1)
    lw, bw = method["per_strategy"]["lw"], method["per_strategy"]["bw"]
    assert (lw["regret_points"], bw["regret_points"]) == (40, 55)
    assert method["regret_points"] == 47.5
    assert lw["winners"] == [{"backbone": "A", "seed": 1, "candidate": 1, "oracle_candidate": 2, "regret_points": 40.0}]
    assert (lw["accuracy"], lw["oracle_accuracy"]) == (0.5, 0.9)
    assert report["oracle"]["per_strategy"] == {"lw": {"accuracy": 0.9}, "bw": {"accuracy": 0.95}}


def test_equal_scores_go_to_the_search_order_and_no_score_is_worst():
    lw = regret_report([exhaustive()], [claim([0, 0, 0, 0, 0])])["methods"]["m"]["per_strategy"]["lw"]
    assert lw["winners"][0]["candidate"] == 1
    assert lw["spearman"] is None
    lw = regret_report([exhaustive()], [claim([None, None, 1, 1, None])])["methods"]["m"]["per_strategy"]["lw"]
    assert lw["winners"][0]["candidate"] == 3
    assert lw["top_overlap"]["3"] == pytest.approx(1 / 3)


def test_winner_that_diverged_loses_everything():
    lw = [None, 0.9, 0.7]
    report = regret_report([exhaustive(lw=lw)], [claim([1, 0, 0])])
    assert report["methods"]["m"]["per_strategy"]["lw"]["regret_points"] == 90
    hopeless = regret_report([exhaustive(lw=[None, None, None])], [claim([1, 0, 0])])
    assert list(hopeless["methods"]["m"]["per_strategy"]) == ["bw"]
    assert RegretReport.of_text(RegretReport(hopeless).text().encode(), "regret.json").found == hopeless


def paired(backbones):
    """Two seeds of each backbone; the method is right about the first, and backwards about lw of the second."""
    maps = [exhaustive(backbone, seed) for backbone in backbones for seed in (1, 2)]
    claims = [claim(LW if entry.seed == 1 else LW[::-1], BW, entry.backbone, entry.seed) for entry in maps]
    return maps, claims


def test_backbones_are_averaged_with_an_interval_around_the_mean():
    maps, claims = paired("ABCDE")
    # Of two backbones the method is right about both seeds
    claims = [claim(LW, BW, one.backbone, one.seed) if one.backbone in "AB" else one for one in claims]
    first, second = (regret_report(maps, claims)["methods"]["m"] for _ in range(2))
    assert first == second
    # Backwards, lw's winner has 0.6 instead of 0.9: 30 points, halved by bw's zero, in three of ten pairs
    assert first["regret_points"] == pytest.approx(4.5)
    low, high = first["regret_interval"]
    # Bootstrap means over five backbones of 0, 0, 7.5, 7.5 and 7.5
    assert 0 <= low < 4.5 < high <= 7.5
    assert (first["pairs"], first["backbones"]) == (10, 5)
    assert first["per_strategy"]["lw"]["regret_interval"] == pytest.approx([2 * low, 2 * high])


def intervals(report):
    """Every interval of a report, wherever it stands."""
    if isinstance(report, list):
        return [found for entry in report for found in intervals(entry)]
    if not isinstance(report, dict):
        return []
    mine = [report["regret_interval"]] if "regret_interval" in report else []
    return mine + intervals(list(report.values()))


def test_many_seeds_of_few_backbones_have_no_interval_and_the_page_says_so():
    maps = [exhaustive(backbone, seed) for backbone in "ABCD" for seed in range(1, 6)]
    report = regret_report(maps, [claim(LW, backbone=entry.backbone, seed=entry.seed) for entry in maps])
    assert (report["methods"]["m"]["pairs"], report["methods"]["m"]["backbones"]) == (20, 4)
    assert set(intervals(report)) == {None}
    assert any("fewer than five backbones" in note for note in report["notes"])
    assert regret_markdown(report).count("n/a") >= 1


def test_five_backbones_have_one():
    maps = [exhaustive(backbone) for backbone in "ABCDE"]
    report = regret_report(maps, [claim(LW, backbone=entry.backbone) for entry in maps])
    assert report["methods"]["m"]["regret_interval"] == [0, 0]
    assert not any("five backbones" in note for note in report["notes"])


def test_a_winner_is_scored_by_the_seeds_that_did_not_choose_it():
    # Seed 1 praises candidate 2, seeds 2 and 3 candidate 1, which is best over all
    maps = [exhaustive(seed=seed, lw=lw) for seed, lw in enumerate(([0.7, 0.9], [0.8, 0.5], [0.9, 0.4]), 1)]
    report = regret_report(maps, [claim([0, 1], seed=1)])
    lw = report["methods"]["m"]["per_strategy"]["lw"]
    assert lw["winners"][0]["candidate"] == 2 and lw["winners"][0]["oracle_candidate"] == 1
    assert lw["accuracy"] == pytest.approx(0.45) and lw["oracle_accuracy"] == pytest.approx(0.85)
    assert lw["regret_points"] == pytest.approx(40)
    assert report["out_of_seed"] is True
    # The exhaustive search is scored in the same way: seed 1 loses 40 points, the others answer candidate 1
    exhaustively = report["methods"]["exhaustive"]
    assert exhaustively["per_strategy"]["lw"]["regret_points"] == pytest.approx(40 / 3)
    assert (exhaustively["cost_share"], exhaustively["epoch_share"]) == (1, 1)
    # Whatever seeds score, the oracle's mean over them is its mean over all
    assert report["oracle"]["per_strategy"]["lw"]["accuracy"] == pytest.approx(0.8)


def test_a_backbone_with_one_seed_is_scored_by_its_own_map_and_the_page_says_so():
    report = regret_report([exhaustive(seed=1), exhaustive(seed=2), exhaustive("B", 1)], [])
    assert report["out_of_seed"] is False
    assert report["methods"]["exhaustive"]["backbones"] == 1
    assert "One seed only: B. Its own map is the truth there" in regret_markdown(report)


def test_seeds_with_other_candidates_are_one_error():
    with pytest.raises(BlocktuneError, match="A: seeds 1 and 2 have different candidates of lw"):
        regret_report([exhaustive(), exhaustive(seed=2, lw=LW[:3])], [])


def test_floor_is_the_mean_candidate():
    chance = regret_report([exhaustive(lw=[0.5, 0.9, None], bw=[0.4, 0.95])], [])["chance"]
    assert chance["per_strategy"]["lw"]["regret_points"] == pytest.approx(100 * (0.9 - 1.4 / 3))
    assert chance["per_strategy"]["bw"]["regret_points"] == pytest.approx(27.5)
    assert chance["per_strategy"]["bw"]["accuracy"] == pytest.approx(0.675)


def test_correlation_shares_ranks_among_equals():
    assert spearman(np.array([1, 2, 2, 4.0]), np.array([1, 2, 3, 4.0])) == pytest.approx(0.9486833)
    assert spearman(np.array([1, 2, 3.0]), np.array([-np.inf, 0, 9.0])) == pytest.approx(1)
    assert spearman(np.array([1.0]), np.array([1.0])) is None


def test_interval_covers_the_mean_about_as_often_as_it_says():
    generator = np.random.default_rng(0)
    hits = 0
    for trial in range(60):
        low, high = bootstrap_interval(generator.normal(2, 1, 30).tolist(), trial)
        hits += low <= 2 <= high
    assert 51 <= hits <= 60


def test_scores_come_from_layers_and_from_rankings():
    found = rows(lw=[0.1, 0.2], baseline1=[0.3])
    assert scores_by_layers(found, {(1,): 5.0, (2,): None}) == {("lw", 1): 5.0, ("lw", 2): None}
    assert scores_by_ranking({"lw": [found[1], found[0]]}) == {("lw", 2): -1.0, ("lw", 1): -2.0}


@pytest.mark.parametrize(
    ("maps", "claims", "message"),
    [
        ([exhaustive()], [claim(LW, seed=9)], "no exhaustive map of A with seed 9"),
        ([exhaustive()], [claim(LW[:4])], "candidate 5 of lw has no score"),
        ([exhaustive()], [claim(LW), claim(LW)], "given twice"),
        ([exhaustive(), exhaustive()], [], "given twice"),
        ([ExhaustiveMap("A", 1, rows(lw=LW), 0.0, 50)], [], "no cost"),
    ],
)
def test_what_does_not_fit_together_is_named(maps, claims, message):
    with pytest.raises(BlocktuneError, match=message):
        regret_report(maps, claims)


def test_after_a_search_by_loss_it_says_that_it_scores_accuracy():
    by_loss = regret_report([exhaustive()], [claim(LW)], choose_by="loss")
    assert "the study's own search ranked by validation loss, so its winners may be others" in regret_markdown(by_loss)
    by_accuracy = regret_report([exhaustive()], [claim(LW)])
    assert "loss" not in regret_markdown(by_accuracy)
    assert by_loss["methods"] == by_accuracy["methods"]


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({"method": "prior"}, "search.method is prior: regret is measured against an exhaustive search"),
        ({"rates": [1e-3, 1e-2]}, r"search.rates is \[0.001, 0.01\], but cheaper searches know one learning rate"),
    ],
)
def test_a_study_that_it_does_not_fit_is_one_error(tmp_path, search, message):
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"backbones": [{"name": "VGG16"}], "search": search}))
    flags = ("--settings", "--study", "--plans", "--runs", "--proxies", "--output", "--markdown", "--figure-folder")
    parser = ArgumentParser()
    register(parser.add_subparsers())
    options = parser.parse_args(["regret", *(part for flag in flags for part in (flag, str(settings)))])
    with pytest.raises(BlocktuneError, match=message):
        options.func(options)


def test_markdown_shows_methods_by_price_the_oracle_and_the_floor():
    pairs = [(backbone, seed) for backbone in "ABCDE" for seed in (1, 2)]
    maps = [exhaustive(*pair) for pair in pairs]
    claims = [
        claim(LW, backbone=backbone, seed=seed, method=name, seconds=cost)
        for name, cost in (("b", 9), ("a", 0))
        for backbone, seed in pairs
    ]
    text = regret_markdown(regret_report(maps, claims))
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in table[:7]}) == 1
    assert [line.split("|")[1].strip() for line in table[2:7]] == [
        "a",
        "b",
        "exhaustive",
        "oracle",
        "a candidate at random (floor)",
    ]
    assert "| 9 % | 20 % | 10 |" in text
    assert "0.00 to 0.00" in text
    assert "| oracle | 0.00 | n/a | 0.9250 |" in text


def test_epochs_that_were_not_validated_can_not_be_replayed(tmp_path, capsys):
    file = tmp_path / "any.json"
    training = {"schedule": "cosine", "validate_every": 4}
    file.write_text(json.dumps({"backbones": [{"name": "MobileNet"}], "training": training}))
    inputs = ("settings", "study", "plans", "runs", "proxies", "output", "markdown", "figure-folder")
    assert main(["regret", *(word for name in inputs for word in (f"--{name}", str(file)))]) == 2
    said = capsys.readouterr().err
    assert "training.validate_every is 4" in said and "run the study with training.validate_every 1" in said
