"""What the documentation says was found stands in files that the workflow and the benchmarks made."""

import json
import re
import tarfile
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from blocktune.analysis.paired import paired_differences
from blocktune.analysis.scores import Score
from blocktune.candidates.further import FURTHER
from blocktune.files.layers import Layer
from blocktune.search.arm_table import read_tables
from blocktune.settings.model import Baselines

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RESULTS = ROOT / "benchmarks" / "results"


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def table_rows(path, heading):
    """Cells of the table below a heading, by the first cell."""
    below = path.read_text(encoding="utf-8").split(heading, 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", below, flags=re.MULTILINE)[0].splitlines()[2:]
    return {cells[0]: cells[1:] for cells in ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)}


@pytest.mark.parametrize("method", ["graft", "prior", "gradient", "halving", "exhaustive"])
def test_the_cheaper_searches_numbers_are_those_of_the_study(method):
    found = read(RESULTS / "regret.json")["methods"][method]
    rows = table_rows(DOCS / "searches.md", "## Seen")
    (regret, correlation, _, epochs) = next(cells for name, cells in rows.items() if name.startswith(method))
    assert found["backbones"] < 5 and found["regret_interval"] is None
    assert regret == f"{found['regret_points']:.2f}"
    assert correlation == f"{found['spearman']:.2f}"
    share = 100 * found["epoch_share"]
    assert epochs in (f"{share:.0f}%", f"{share:.1f}%", f"{share:.0f}")


def test_how_often_noise_is_called_an_effect_is_what_was_made_up():
    found = read(RESULTS / "factors_noise.json")
    text = " ".join((DOCS / "factors.md").read_text(encoding="utf-8").split())
    noise, real = found["wild"]["wild"], found["wild"]["wild_and_effect"]
    told = [100 * noise[test]["learning_rate x strategy"] for test in ("f", "ours")]
    assert f"In {found['studies']} simulated studies" in text
    assert f"in {told[0]:.0f}% where there was nothing to find, this test in {told[1]:.0f}%" in text
    told = [100 * real[test]["optimizer"] for test in ("f", "ours")]
    assert f"by the F test in {told[0]:.0f}%, by this test in {told[1]:.0f}%" in text
    told = 100 * noise["ours"]["learning_rate"], 100 * noise["any"]
    assert f"the rate itself is called an effect in {told[0]:.0f}%, any term at all in {told[1]:.0f}%" in text
    rows = table_rows(DOCS / "factors.md", "how often noise is called an effect")
    for shared in sorted({case["shared"] for case in found["sizes"]}):
        cases = [case for case in found["sizes"] if case["shared"] == shared]
        assert rows[f"{shared:g}"] == [
            least_and_most(cases, test, kind)
            for test, kind in [
                *(("ours", kind) for kind in ("factor", "strategy", "pair")),
                ("pooled", "factor"),
                ("pooled", "strategy"),
            ]
        ]


def least_and_most(cases, test, kind):
    kinds = {"strategy": "strategy"}
    seen = [
        100 * share
        for case in cases
        for term, share in case[test].items()
        if kinds.get(term, "pair" if " x " in term else "factor") == kind
    ]
    return f"{min(seen):.1f} to {max(seen):.1f}"


def test_every_test_of_the_factor_study_has_its_size_whatever_part_of_the_noise_is_shared():
    found = read(RESULTS / "factors_noise.json")
    assert {case["shared"] for case in found["sizes"]} == {0.0, 0.2, 0.5, 0.8}
    assert {(case["design"], case["seeds"]) for case in found["sizes"]} == {
        (design, seeds) for design in ("screening", "grid") for seeds in (2, 3, 5)
    }
    assert all(0.03 <= share <= 0.07 for case in found["sizes"] for share in case["ours"].values())


def test_the_floor_is_that_of_the_study_and_winners_are_scored_by_the_other_seed():
    found = read(RESULTS / "regret.json")
    text = (DOCS / "searches.md").read_text(encoding="utf-8")
    assert f"(the floor) | {found['chance']['regret_points']:.2f} |" in text
    assert found["out_of_seed"] and "Each seed's winners are scored by the other seed" in text
    assert f"loses {found['methods']['exhaustive']['regret_points']:.1f} points itself" in text


def test_the_batch_normalization_table_is_that_of_the_benchmark():
    text = (DOCS / "evaluation.md").read_text(encoding="utf-8")
    assert (RESULTS / "batch_norm.md").read_text(encoding="utf-8") in text
    found = read(RESULTS / "batch_norm.json")
    rows = table_rows(DOCS / "evaluation.md", "Seen with two seeds")
    for policy, entry in found["between_seeds"].items():
        assert rows[policy][0] == ", ".join(map(str, entry["best_block"]))
        assert rows[policy][2] == ", ".join(f"{value:.3f}" for value in entry["mean_accuracy"])
    above = found["above_layer"]["frozen"]
    assert f"is {above['mean']:.1f} points better" in text
    assert f"differs by {above['standard_deviation_between_seeds']:.1f} points" in text
    adapt = found["above_layer"]["adapt"]
    word = "better" if adapt["mean"] > 0 else "worse"
    assert f"With `adapt` a block is {abs(adapt['mean']):.1f} points {word} than with `layer`" in text


FINDINGS = DOCS / "findings.md"
FOUR = RESULTS / "four_networks"


def tables(text):
    """The tables of a page, without the spaces around cells."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    return ["\n".join(re.sub(r"\s*\|\s*", "|", line) for line in block.splitlines()) for block in blocks]


def findings():
    return " ".join(FINDINGS.read_text(encoding="utf-8").split())


def test_every_table_of_the_findings_is_one_that_the_workflow_wrote():
    wrote = {table for file in RESULTS.rglob("*.md") for table in tables(file.read_text(encoding="utf-8"))}
    shown = tables(FINDINGS.read_text(encoding="utf-8"))
    assert len(shown) >= 5
    assert [table for table in shown if table not in wrote] == []


def test_the_answer_is_that_of_the_four_networks():
    found = read(FOUR / "reliability.json")
    titles = ["MobileNet 0.25", "MobileNetV2 0.35", "MobileNetV2 1", "MobileNetV3Small 0.75"]
    for title, entry in zip(titles, found["differences"]["baseline2"]["bw"].values(), strict=True):
        low, high = entry["interval"]
        assert f"{title} {entry['points']:+.1f} ({low:+.1f} to {high:+.1f})" in findings()
        assert low > 0
    strategies, over = found["strategies"], found["over_backbones"]
    means = [f"{strategies[name]['mean']:.4f}" for name in ("baseline1", "bw")]
    assert f"({means[0]} against {means[1]})" in findings()
    variances = {name: f"{entry['variance_over_backbones']:.4f}" for name, entry in strategies.items()}
    assert f"{variances['bw']} for BW, {variances['baseline2']} for Baseline II, and" in findings()
    assert f"and {variances['baseline1']}, the least of all, for Baseline I" in findings()
    for baseline, title in {"baseline1": "Baseline I", "baseline2": "Baseline II"}.items():
        least = min(found["variance_tests"][baseline].values())
        # No verdict on reliability without a test that allows one
        assert least > 0.05
        assert f"{title}'s (p = {least:.2g} at least)" in findings()
    assert (
        min(entry["variance_over_backbones"] for entry in strategies.values())
        == (strategies["baseline1"]["variance_over_backbones"])
    )
    assert f"Wilcoxon: p = {over['least_wilcoxon_p']:g} at best" in findings()
    assert f"Friedman, p = {over['friedman_p']:.2g}" in findings()


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


def verdicts(entries):
    """+1 above, -1 below, 0 not different by more than noise, of every interval."""
    return [(low > 0) - (high < 0) for low, high in (entry["interval"] for entry in entries)]


def test_verdicts_come_from_intervals_with_training_noise():
    differences = read(FOUR / "reliability.json")["differences"]
    entries = [entry for found in differences.values() for cells in found.values() for entry in cells.values()]
    assert {entry["interval_over"] for entry in entries} == {"images and repeats"}
    left = sum(map(abs, verdicts(entries)))
    assert f"{56 - left} of 56 verdicts are gone" in findings()
    # In no cell do both repeats lie outside the interval of their mean
    assert not [
        entry
        for entry in entries
        if all(not entry["interval"][0] <= points <= entry["interval"][1] for points in entry["by_repeat"])
    ]
    assert verdicts(differences["baseline1"]["bw"].values()) == [0, 0, 1, 0]
    assert verdicts(differences["baseline2"]["lw"].values()) == [1, 1, 0, 1]
    gained = read(FOUR / "audit.json")["backbones"].values()
    learnt = [entry[name] for entry in gained for name in ("baseline1", "bw") if not entry[name]["untrained"]]
    assert verdicts(entry["native_minus_unit"] for entry in learnt) == [0] * 6


def test_what_people_do_instead_lies_where_the_findings_say():
    means = {name: entry["mean"] for name, entry in read(FOUR / "reliability.json")["strategies"].items()}
    assert means["decay"] < means["baseline2"]
    for name in ("quarter", "lpft", "gradual"):
        assert means["baseline2"] < means[name] < means["baseline1"]
    above = read(FOUR / "reliability.json")["differences"]["baseline2"]
    below = {name: [entry["points"] < 0 for entry in above[name].values()] for name in ("quarter", "lpft", "gradual")}
    assert below == {
        "quarter": [False, False, True, False],
        "lpft": [False, False, False, False],
        "gradual": [False, False, True, True],
    }
    assert all(-1 not in verdicts(above[name].values()) for name in below)
    layers = (Layer(0, "conv", "Conv2D", 10, 0, True, False, (1, 1, 1)),)
    phases = FURTHER["lpft"].candidate(layers, [], 3, Baselines()).recipe.phases
    assert [(phase.epochs, phase.unfrozen) for phase in phases] == [(2, ()), (1, (0,))]


def test_what_the_range_does_is_what_the_audit_found():
    found = read(FOUR / "audit.json")
    before, after = (found["over_backbones"]["baseline1"][name]["variance"] for name in ("unit", "native"))
    assert f"falls from {before:.6f} to {after:.6f}, to a {before / after:.0f}th" in findings()
    network = next(entry for key, entry in found["backbones"].items() if key.startswith("MobileNetV3Small"))[
        "baseline1"
    ]
    assert network["untrained"] == ["unit"]
    assert f"is untrained ({network['unit']:.4f} under Baseline I" in findings()
    assert f"it is among the best ({network['native']:.4f})" in findings()


def test_the_seed_that_chose_the_block_is_not_the_only_one():
    (found,) = read(RESULTS / "quick_holdout" / "recommendation.json").values()
    runs = {entry["strategy"]: entry["runs"][0] for entry in [found["best"], *found["others"]]}
    specs, metrics = stored_runs(RESULTS / "quick_holdout" / "runs.tar.xz")
    by_seed = {
        strategy: {
            spec["seed"]: run
            for run, spec in specs.items()
            if {**spec, "seed": None} == {**specs[runs[strategy]], "seed": None}
        }
        for strategy in ("bw", "baseline2")
    }
    pairs, right = [], {}
    for seed in (1, 2, 3):
        scores = []
        for strategy in ("bw", "baseline2"):
            run = by_seed[strategy][seed]
            test = metrics[run]["test"]["last"]
            bits = np.frombuffer(bytes.fromhex(test["right"]), np.uint8)
            right[run] = np.unpackbits(bits, count=1101).astype(bool)
            scores.append(Score("A", strategy, 1, None, None, 1, 1, run, test["accuracy"], 1))
        pairs.append(tuple(scores))
    above = paired_differences({"A": pairs}, right)["A"]
    low, high = above["interval"]
    assert (
        f"{above['points']:+.1f} ({low:+.1f} to {high:+.1f}) points above Baseline II, with training noise"
        in findings()
    )
    levels = {strategy: means("images", strategy)[-1] for strategy in ("bw", "baseline2")}
    assert above["points"] == pytest.approx(100 * (levels["bw"] - levels["baseline2"]))


def stored_runs(pack):
    """Specifications and metrics of a pack's runs by id."""
    found = {"spec.json": {}, "metrics.json": {}}
    with tarfile.open(pack) as files:
        for member in files:
            path = PurePosixPath(member.name)
            if path.name in found:
                found[path.name][path.parent.name] = json.load(files.extractfile(member))
    return found["spec.json"], found["metrics.json"]


def test_the_exhaustive_search_of_one_network_is_quoted_rightly():
    (found,) = read(RESULTS / "quick_holdout" / "recommendation.json").values()
    block = next(entry for entry in found["others"] if entry["strategy"] == "bw")
    above = block["above_baseline2"]
    low, high = above["interval"]
    assert f"{above['points']:+.1f} ({low:+.1f} to {high:+.1f}) points above Baseline II" in findings()
    names, values = (
        line.split(",")[1:] for line in (RESULTS / "quick_holdout" / "table1.csv").read_text().splitlines()[:2]
    )
    accuracy = dict(zip(names, map(float, values), strict=True))
    assert f"{accuracy['bw']:.3f} against {accuracy['baseline2']:.3f}" in findings()
    assert f"the head alone ({accuracy['baseline1']:.3f})" in findings()
    assert f"fall to {accuracy['bwt5']:.3f}" in findings()


def means(factor, strategy):
    (found,) = read(RESULTS / "factors_images" / "effects.json")["backbones"].values()
    return [level["mean"] for level in found["levels"][factor][strategy]]


@pytest.mark.parametrize("factor", ["learning_rate", "images"])
def test_accuracies_by_rate_and_images_are_those_of_the_factor_study(factor):
    text = FINDINGS.read_text(encoding="utf-8")
    for strategy, title in {"baseline1": "Baseline I", "baseline2": "Baseline II", "bw": "BW"}.items():
        assert f"- {title}: {', '.join(f'{mean:.3f}' for mean in means(factor, strategy))}\n" in text


def test_what_the_findings_say_of_rate_and_images_holds():
    everything = means("images", "baseline2")
    others = [means("images", name) for name in ("baseline1", "bw")]
    behind = [min(pair) - own for pair, own in zip(zip(*others, strict=True), everything, strict=True)]
    assert min(behind) > 0
    assert behind.index(max(behind)) == 3 and behind.index(min(behind)) == 5 and max(behind[5], 0) < 0.03
    for strategy in ("baseline1", "baseline2", "bw"):
        images, rates = means("images", strategy), means("learning_rate", strategy)
        assert images == sorted(images) and images[-1] - images[0] > 0.4
        assert rates[4] < 0.25
    assert means("learning_rate", "baseline2")[3] < 0.25
    assert min(means("learning_rate", name)[3] for name in ("baseline1", "bw")) > 0.4
    found = read(RESULTS / "factors_images" / "effects.json")
    (tests,) = [entry["tests"] for entry in found["backbones"].values()]
    assert len(tests) == 5 and all(test["larger_than_noise"] for test in tests)
    pairs = {test["term"][0]: test for test in tests if test["kind"] == "interaction"}
    rate, count = pairs["learning_rate"], pairs["images"]
    assert f"act together is more than noise (p = {rate['p_adjusted']:.3f}, Holm)" in findings()
    assert count["p_adjusted"] < 0.001 and "is more than noise, too (p < 0.001, Holm)" in findings()
    assert abs(count["omega_squared"] - rate["omega_squared"]) < 0.1
    (movement,) = found["movement"].values()
    low, high = movement["map"]["interval"]
    assert f"rank correlation {movement['map']['correlation']:+.2f} ({low:+.2f} to {high:+.2f})" in findings()
    assert movement["change"]["most"]["layer"] == "conv_pw_13"
    assert movement["frozen_moved"] == {"layers": 0, "runs": 0}
