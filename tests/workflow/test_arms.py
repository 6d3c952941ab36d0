"""`snakemake arms`: every arm with every seed becomes one file, and searches are replayed on it."""

from blocktune.cli.main import main
from blocktune.search.arm_table import Table

BACKBONE = "TinyPlain-digits"
OVERLAY = "{repeats: 2, search: {strategies: [bw]}}"


def test_all_arms_are_trained_seed_after_seed_and_become_a_table(finished, tmp_path, capsys):
    study = finished.copy(tmp_path)
    before = study.trained()
    study.make("--config", "runs_per_job=auto", "licence=CC0-1.0", "--", "arms", overlay=OVERLAY)

    # What the search of the first seed had trained was found in the store, and nothing of it was touched
    assert before.items() <= study.trained().items()
    table = Table.load(study.folder / "results/arms/arms.npz")
    assert table.cell == "digits, TinyPlain, 8 px" and table.seeds == (1, 2) and table.trained().all()
    assert table.about["licence"] == "CC0-1.0" and table.methods == ["gradient", "graft", "logme", "prior"]
    for seed, row in zip(table.seeds, (BACKBONE, f"{BACKBONE}~2"), strict=True):
        for entry in study.json(f"results/plan/{row}/arms/all.json")["candidates"]:
            metrics = study.json(f"data/store/{entry['run'][:2]}/{entry['run']}/metrics.json")
            if entry["strategy"] == "probe":
                assert table.probe(seed) == metrics["last_accuracy"]
            else:
                arm = table.arm(f"{entry['strategy']} {entry['candidate']}")
                assert table.accuracy(arm, seed) == metrics["last_accuracy"]

    # The second seed was planned once the first one's jobs were done
    plan = study.folder / f"results/plan/{BACKBONE}~2/arms/all.json"
    jobs = list((study.folder / f"results/runs/{BACKBONE}/arms/all").glob("*.json"))
    assert jobs and all(job.stat().st_mtime_ns <= plan.stat().st_mtime_ns for job in jobs)

    assert "Nothing to be done" in study.make(
        "--config", "runs_per_job=auto", "licence=CC0-1.0", "--", "arms", overlay=OVERLAY
    )
    assert main(["replay", "--table", str(study.folder / "results/arms/arms.npz")]) == 0
    said = capsys.readouterr().out
    assert all(f"| {name} |" in said for name in ("exhaustive", "one-epoch", "halving", "gradient", "oracle"))


def test_seeds_with_images_of_their_own_are_refused(finished, tmp_path):
    study = finished.copy(tmp_path)
    done = study.snakemake("arms", overlay="{repeats: 2, split: {each_repeat: new}}")
    assert done.returncode != 0 and "Traceback" not in done.stdout
    assert "split.each_repeat is new: a table of arms compares the seeds of one split" in done.stdout
