"""What the pages on searches, factors and BatchNormalization say was seen stands in files that benchmarks made."""

import pytest
from stored import DOCS, RESULTS, read, table_rows


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
