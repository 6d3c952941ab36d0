"""What the documentation says was found stands in files that the workflow and the benchmarks made."""

import json
import re
import tarfile
from pathlib import PurePosixPath

import numpy as np
import pytest
from stored import FINDINGS, RESULTS, findings, read, verdicts

from blocktune.analysis.paired import paired_differences
from blocktune.analysis.scores import Score
from blocktune.candidates.further import FURTHER
from blocktune.files.layers import Layer
from blocktune.settings.model import Baselines

FOUR = RESULTS / "four_networks"


def tables(text):
    """The tables of a page, without the spaces around cells."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    return ["\n".join(re.sub(r"\s*\|\s*", "|", line) for line in block.splitlines()) for block in blocks]


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
