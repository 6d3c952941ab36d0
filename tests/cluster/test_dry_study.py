"""A rehearsal of a whole search, without a cluster: everything lies in results/dry, the study stays as it is."""


def test_a_rehearsal_leaves_the_study_alone(finished, tmp_path):
    study = finished.copy(tmp_path)
    before, trained = study.digests("results/runs", "results/tables"), study.trained()
    study.make("--config", "runs_per_job=5", "dry_seconds=0", "--", "searched")
    plan = study.json("results/plan/TinyPlain-digits/search.json")
    slept = {file.stem: file.read_text() for file in study.folder.glob("results/dry/store/*/*.dry")}
    assert set(slept) == {run for job in plan["jobs"].values() for run in job}
    assert set(slept.values()) == {"dry 0 s\n"}
    assert (study.digests("results/runs", "results/tables"), study.trained()) == (before, trained)
    # The rest of the study can't be made of it
    done = study.snakemake("--config", "runs_per_job=5", "dry_seconds=0")
    assert done.returncode != 0
    assert "is the record of a dry job (dry_seconds): nothing was trained" in done.stdout
