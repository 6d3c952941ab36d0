"""Cases 3 and 6a: a change makes anew what depends on it and nothing else, and going back finds everything."""

import pytest
from PIL import Image

from blocktune.tracking.places import TRACKED


def test_another_learning_rate_by_hand_and_back(pulled):
    """Also case 5 (nothing twice, whoever called Snakemake) and case 6 (older commits)."""
    old, first, shown = pulled.planned(), pulled.trained(), pulled.shown()
    pulled.change(training={"learning_rate": 0.01})
    pulled.snakemake()
    assert not pulled.planned() & old
    assert set(pulled.trained()) == old | pulled.planned()
    assert pulled.rates() == {0.01}
    # Snakemake by hand, then repro: only packed
    both = pulled.trained()
    assert pulled.jobs_run(pulled.dvc("repro")) == set()
    assert pulled.trained() == both
    pulled.commit("Another learning rate")
    changed = pulled.shown()
    assert changed != shown
    # An older commit and back: the numbers belong to the settings, and neither tool has anything to do
    for commit, rate, results in [("HEAD~1", 0.001, shown), ("main", 0.01, changed)]:
        pulled.git("checkout", "--quiet", commit)
        pulled.dvc("checkout")
        assert pulled.shown() == results
        assert "Nothing to be done" in pulled.snakemake("-n")
        assert "up to date" in pulled.dvc("status")
        assert pulled.rates() == {rate}
    # The old rate in the new commit: the store has it all. Then Snakemake by hand: nothing again
    pulled.change(training={"learning_rate": 0.001})
    pulled.dvc("repro")
    assert pulled.trained() == both
    assert {run: both[run] for run in old} == first
    assert pulled.digests("results/tables") == {
        name: shown[name] for name in shown if name.startswith("results/tables")
    }
    assert "Nothing to be done" in pulled.snakemake()
    assert pulled.damaged_objects() == []


def test_looks_and_labels_train_and_rank_nothing(pulled):
    runs, before = pulled.trained(), pulled.digests("results", "data/packs")
    pulled.change(figures={"dpi": 80})
    assert pulled.jobs_run(pulled.dvc("repro")) == {"figures", "page"}
    after = pulled.digests("results", "data/packs")
    changed = {
        name for name in after if before.get(name) != after[name] and not name.startswith("results/plan/settings")
    }
    assert {name.rsplit(".", 1)[1] for name in changed if name.startswith("results/figures/")} == {"png"}
    assert {name for name in changed if name.startswith("results/tables/")} == set()
    (backbone,) = pulled.params()["backbones"]
    pulled.change(backbones=[backbone | {"label": "Das Kleine"}])
    assert pulled.jobs_run(pulled.dvc("repro")) == {
        *("study", "table", "figures", "recommend", "page", "metrics", "compare")
    }
    assert "Das Kleine" in (pulled.folder / "results/tables/table1.csv").read_text(encoding="utf-8")
    assert pulled.trained() == runs


@pytest.mark.long
def test_another_backbone_trains_only_its_own_runs(pulled):
    before = pulled.trained()
    pulled.change(backbones=[*pulled.params()["backbones"], {"name": "TinyResidual", "weights": "none"}])
    out = pulled.dvc("repro")
    after = pulled.trained()
    assert {run: after[run] for run in before} == before
    assert set(after) - set(before) == pulled.planned(backbone="TinyResidual-none")
    assert not {"prepare", "split", "pretrain"} & pulled.jobs_run(out)
    # And without it again: what belongs to it leaves the results, its runs stay in the store
    pulled.change(backbones=pulled.params()["backbones"][:1])
    pulled.dvc("repro")
    assert pulled.trained() == after
    assert not [place for place in TRACKED if (pulled.folder / place / "TinyResidual-none").exists()]


@pytest.mark.long
def test_another_image_makes_the_split_and_what_follows_anew(pulled):
    # Pulled pictures have other dates than those that were published, and nothing runs
    assert "didn't change, skipping" in pulled.dvc("repro")
    first, before = pulled.trained(), pulled.planned()
    Image.new("RGB", (9, 9)).save(pulled.folder / "data/raw/pictures/two/3.png")
    ran = pulled.jobs_run(pulled.dvc("repro"))
    assert {"prepare", "split", "candidates", "train"} <= ran
    assert not {"pretrain", "inspect"} & ran
    assert not pulled.planned() & before
    after = pulled.trained()
    assert set(after) == set(first) | pulled.planned()
    assert {run: after[run] for run in first} == first
    assert pulled.damaged_objects() == []
