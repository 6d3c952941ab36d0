"""A study that is repeated with parts of its own, its selection optimism, and the range audit."""

import pytest

BACKBONE = "TinyPlain-digits"
AGAIN = f"{BACKBONE}~2"

OVERLAY = """
repeats: 2
split: {each_repeat: new}
search: {method: prior, top_k: [1], window: 1}
baselines: {also: [lpft, probe]}
"""


def by_strategy(study, plan):
    return {entry["strategy"]: entry["run"] for entry in study.json(plan)["candidates"]}


def test_repeats_and_optimism_in_one_study(finished, tmp_path):
    study = finished.copy(tmp_path)
    known = set(study.trained())
    study.make("--config", "runs_per_job=auto", overlay=OVERLAY)

    # The second repeat has parts and a seed of its own
    first, second = (study.json(f"results/plan/{row}/final.json") for row in (BACKBONE, AGAIN))
    trained = [[spec for spec in plan["runs"].values() if spec["training"]] for plan in (first, second)]
    specs = [found[0] for found in trained]
    assert [spec["seed"] for spec in specs] == [1, 2]
    assert specs[0]["train_rows"] != specs[1]["train_rows"]
    assert study.read("results/plan/splits.csv") != study.read("results/plan/splits~2.csv")

    # Both are in the comparison, and the interval knows that their parts overlap
    found = study.json("results/tables/reliability.json")
    for strategy in ("lpft", "probe"):
        accuracies = found["strategies"][strategy]["backbones"][BACKBONE]["accuracies"]
        assert len(accuracies) == 2
        for row, accuracy in zip((BACKBONE, AGAIN), accuracies, strict=True):
            assert f",{accuracy}," in study.read(f"results/final/{row}/scores.csv")
    assert found["differences"]["baseline1"]["bw"][BACKBONE]["interval_over"] == "parts"
    assert study.read("results/tables/table1.csv").splitlines()[0].endswith(",bwsw,lpft,probe")

    # The winners once more: another training than any repeat's, scored on what the search has not seen
    unseen, search = (by_strategy(study, f"results/plan/{BACKBONE}/{stage}.json") for stage in ("unseen", "search"))
    assert list(unseen) == ["baseline1", "baseline2", "lw", "bw", "bwt1", "bwsw"]
    assert unseen["baseline2"] != search["baseline2"]
    of_stage = {stage: study.json(f"results/plan/{BACKBONE}/{stage}.json") for stage in ("unseen", "search")}
    again, before = of_stage["unseen"]["runs"][unseen["baseline2"]], of_stage["search"]["runs"][search["baseline2"]]
    assert again["seed"] > 1000 and before["seed"] == 1 and again["train_rows"] == before["train_rows"]
    runs = unseen["baseline2"], search["baseline2"]
    assert len({study.read(f"data/store/{run[:2]}/{run}/history.csv") for run in runs}) == 2
    sizes = study.json("results/plan/splits.json")["parts"]
    optimism = study.json("results/tables/optimism.json")
    assert set(optimism["backbones"][BACKBONE]) == set(unseen)
    assert "looked at no image" in study.read("results/tables/optimism.md")
    found = optimism["backbones"][BACKBONE]["bw"]
    assert len(found["by_repeat"]) == 2 and found["interval"][0] < found["points"] < found["interval"][1]
    assert optimism["images"] == {
        "chosen_on": sizes["validation"]["images"],
        "unseen": sizes["final"]["images"] - sizes["search"]["images"],
    }

    # Nothing that was there before was trained again, and a second call has nothing to do
    assert known <= set(study.trained())
    assert "Nothing to be done" in study.make("--config", "runs_per_job=auto", overlay=OVERLAY)
    study.check_planned_again("--config", "runs_per_job=auto", overlay=OVERLAY)


@pytest.mark.long
def test_the_audit_of_a_repeated_study(finished, tmp_path):
    study = finished.copy(tmp_path)
    study.make("--config", "runs_per_job=auto", "--", "audit", overlay=OVERLAY)
    plan = study.json(f"results/plan/{BACKBONE}/final.json")
    # The tiny network was trained on 0 to 1, so the audit finds no difference, from runs of its own
    audit = study.json("results/tables/audit.json")["backbones"][BACKBONE]
    assert audit["trained_on"] == "0 to 1" and audit["mismatched"] is False
    assert audit["baseline1"]["native_minus_unit"]["by_repeat"] == [0, 0]
    audited = study.json(f"results/plan/{BACKBONE}@native/final.json")
    assert [entry["strategy"] for entry in audited["candidates"]] == ["baseline1", "bw"]
    assert not set(audited["runs"]) & set(plan["runs"])
