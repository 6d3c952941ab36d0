"""A study whose search is a race: rounds of whole trainings, resumed anywhere with the same answer to the byte."""

import csv
import io
import shutil

from blocktune.files.rounds_scores import RoundsScores
from blocktune.watch.watcher import Watcher

BACKBONE = "TinyPlain-digits"
# Of spans, and of the blocks among them, at two rates
RACE = """
search: {method: race, strategies: [span, bw], rates: [1.0e-3, 1.0e-2], budget: 6, tolerance: 1.0e-6}
baselines: {also: [probe]}
"""
ANSWER = [f"results/search/{BACKBONE}/scores.csv", "results/tables/recommendation.json"]


def plan_of(number):
    return f"results/plan/{BACKBONE}/round{number}.json"


def test_a_race_ends_within_its_budget_and_resumes_to_the_same_bytes(finished, tmp_path):
    study = finished.copy(tmp_path)
    study.make("--config", "runs_per_job=auto", overlay=RACE)
    found = RoundsScores.read(study.folder / f"results/search/{BACKBONE}/scores-race.json")
    count = len([*(study.folder / f"results/plan/{BACKBONE}").glob("round*.json")])
    plans = [study.json(plan_of(number)) for number in range(1, count + 1)]
    *trained, last = (len(plan["runs"]) for plan in plans)
    assert all(trained) and not last
    assert (found.trainings, found.ended) == (sum(trained), plans[-1]["state"]["ended"])
    assert 4 <= found.trainings <= 6
    # The answer is an arm of the search, and whole wherever it stands
    winner = found.winners["span"]
    chosen = study.json(f"results/search/{BACKBONE}/winners.json")["span"]
    assert study.json(f"results/plan/{BACKBONE}/search.json")["runs"][winner]["unfrozen"] == chosen["layers"]
    # Everything at each rate was trained, too, as a baseline: that is no winner of the spans
    rows = list(csv.DictReader(io.StringIO(study.read(f"results/search/{BACKBONE}/scores.csv"))))
    assert [row["run"] for row in rows if row["strategy"] == "span"] == [winner]
    assert sum(row["strategy"] == "baseline2" for row in rows) == 2
    said = study.json("results/tables/recommendation.json")[BACKBONE]["search"]
    assert (said["trainings"], said["budget"]) == (found.trainings, 6) and said["strategy"] in found.winners
    assert 0 <= said["beats_probe"] <= 1
    for page in ("results/tables/recommendation.md", "results/report.html"):
        assert f"The search by race ended after {found.trainings} of at most 6 trainings" in study.read(page)
    assert "search by race" in study.read("results/tables/table1.md")
    assert (study.folder / "results/figures/figure13_belief.svg").is_file()
    progress = Watcher(study.folder).look()
    assert progress.state == "finished"
    assert progress.runs.done == progress.total.least == progress.total.most
    assert progress.backbones[0].search.startswith(f"ended after {count - 1} rounds, as ")

    study.check_planned_again("--config", "runs_per_job=auto", overlay=RACE)

    # As if it had been killed after its first round, with a run of that lost; and on another number of cores
    (tmp_path / "resumed").mkdir()
    resumed = study.copy(tmp_path / "resumed")
    lost = next(run for run, spec in plans[0]["runs"].items() if spec["unfrozen"])
    shutil.rmtree(resumed.folder / "data/store" / lost[:2] / lost)
    for place in ("results/search", "results/final", "results/tables"):
        shutil.rmtree(resumed.folder / place)
    for number in range(1, count + 1):
        shutil.rmtree(resumed.folder / f"results/runs/{BACKBONE}/round{number}", ignore_errors=True)
    for number in range(2, count + 1):
        (resumed.folder / plan_of(number)).unlink()
    resumed.make("--config", "runs_per_job=1", "--", *ANSWER, overlay=RACE, where=("--cores", "1"))
    assert {*resumed.trained()} == {*study.trained()}
    assert resumed.digests("results/search") == study.digests("results/search")
    for name in ("results/tables/recommendation.json", "results/tables/recommendation.md"):
        assert resumed.read(name) == study.read(name)
    # What jobs are made of is how the study is run, not what it finds
    for stage in ("dependent", *(f"round{number}" for number in range(1, count + 1))):
        first, second = (one.json(f"results/plan/{BACKBONE}/{stage}.json") for one in (study, resumed))
        assert first | {"jobs": {}} == second | {"jobs": {}}
