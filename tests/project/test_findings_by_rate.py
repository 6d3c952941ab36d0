"""The findings with the rate chosen for each strategy, and with six seeds, are those of the stored tables."""

import numpy as np
from stored import RESULTS, findings, read, verdicts

from blocktune.search.arm_table import read_tables


def test_the_answer_with_rates_is_that_of_the_benchmark():
    pairs = {
        (pair["strategy"], pair["minus"]): pair["cells"] for pair in read(RESULTS / "practice_findings.json")["pairs"]
    }
    assert {cell["seeds"] for cells in pairs.values() for cell in cells} == {3}
    cells = len(pairs["bw", "probe"])
    numbers = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
    assert f"the linear probe in all {numbers[cells]} cells" in findings()
    assert verdicts(pairs["bw", "probe"]) == [1] * cells
    better = verdicts(pairs["bw", "baseline1"])
    assert f"than the head alone in {numbers[better.count(1)]}." in findings() and -1 not in better
    worse = verdicts(pairs["bw", "baseline2"]).count(-1)
    assert f"better than the best block in {numbers[worse]} of them, and in none worse" in findings()
    assert 1 not in verdicts(pairs["bw", "baseline2"])
    behind = [-cell["points"] for cell in pairs["bw", "baseline2"]]
    assert f"by {min(behind):.0f} to {max(behind):.0f} points" in findings()
    assert f"better than the best block in {numbers[verdicts(pairs['bw', 'tail']).count(-1)]} cells" in findings()
    assert verdicts(pairs["tail", "baseline2"]) == [0] * cells
    assert f"than the best single layer in {numbers[verdicts(pairs['bw', 'lw']).count(1)]}" in findings()
    assert -1 not in verdicts(pairs["bw", "lw"])


def test_the_answer_with_six_seeds_is_that_of_the_table_of_spans():
    found = read(RESULTS / "span_findings.json")
    pairs = {(pair["strategy"], pair["minus"]): pair["cells"] for pair in found["pairs"]}
    assert {cell["seeds"] for cell in found["cells"]} == {6}
    assert verdicts(pairs["one block", "head alone"]) == verdicts(pairs["one block", "linear probe"]) == [1] * 4
    gains = [cell["points"] for cell in pairs["one block", "linear probe"]]
    assert min(gains) > 3.4 and max(gains) < 5.5
    assert "A block gains four or five points over the linear probe" in findings()
    targets = [cell["target"] for cell in found["cells"]]
    behind = {
        target: -cell["points"]
        for target, cell, verdict in zip(
            targets, pairs["one block", "tail"], verdicts(pairs["one block", "tail"]), strict=True
        )
        if verdict == -1
    }
    assert set(behind) == {"sign_digits", "trashnet"}
    points = [-cell["points"] for cell in pairs["one block", "tail"] if cell["target"] in behind]
    assert f"by {min(points):.0f} to {max(points):.0f} points. With 300 images of tf_flowers" in findings()
    everything = dict(zip(targets, verdicts(pairs["one block", "everything"]), strict=True))
    assert [target for target, verdict in everything.items() if not verdict] == ["tf_flowers"]
    better = [cell["backbone"] for cell in pairs["tail", "everything"] if cell["interval"][0] > 0]
    assert better == ["MobileNetV2 0.35"]
    assert verdicts(pairs["tail", "any span"]) == [0] * 4


def test_the_answer_with_six_seeds_and_the_papers_recipe_is_that_of_its_table():
    found = read(RESULTS / "paper_findings.json")
    (cell,) = found["cells"]
    points = {(pair["strategy"], pair["minus"]): pair["cells"][0] for pair in found["pairs"]}
    assert points["one block", "head alone"]["interval"][1] < 0 and max(cell["accuracy"].values()) < cell["probe"]
    gain, loss = points["one block", "everything"]["points"], -points["one block", "linear probe"]["points"]
    assert (
        f"by {gain:.0f} points, as the paper says. But it is worse than the head alone, and {loss:.0f} points worse"
        in findings()
    )
    (table,) = read_tables(RESULTS / "paper_table.npz")
    means = [np.mean([table.accuracy(arm, seed, "test") for seed in table.seeds]) for arm in table.arms]
    assert f"None of the {len(means)} arms" in findings() and f"over all seeds ({max(means):.3f})" in findings()
    block = cell["spread"]["one block"]
    told = block["of_one_training"], block["arms"], block["between_arms"], block["rank_correlation_of_two_seeds"]
    assert (
        "is {:.1f} points, and the means of the {} blocks lie only {:.1f} apart. "
        "So the ranks of the blocks with two seeds hardly agree ({:.2f})".format(*told)
    ) in findings()
    assert len(set(cell["chosen"]["one block"])) == 5 and "choose five different blocks" in findings()
    (flowers,) = [one for one in read(RESULTS / "span_findings.json")["cells"] if one["target"] == "tf_flowers"]
    block = flowers["spread"]["one block"]
    told = block["rank_correlation_of_two_seeds"], block["of_one_training"]
    assert "agree at {:.2f} on tf_flowers, since a training's noise is {:.1f} points there".format(*told) in findings()
