import json

import pytest
from made_up import made_backbone, made_candidate, made_parts, made_plan, made_spec

from blocktune.files.layers import Layer, LayerTable
from blocktune.runs.store import Store
from blocktune.settings.load import validate
from blocktune.settings.model import Settings
from blocktune.settings.sections import write_sections

BACKBONE = "TinyPlain-digits"


class Study:
    """A study's files as the workflow leaves them on its way, without any training."""

    def __init__(self, folder):
        self.folder = folder
        self.settings = validate(
            Settings,
            {
                "study": "pretended",
                "data": {"source": "digits", "image_size": 8},
                "backbones": [
                    {"name": "TinyPlain", "weights": "digits"},
                    {"name": "TinyResidual", "weights": "digits"},
                ],
                "search": {"top_k": [2]},
                "training": {"epochs": 2, "batch_size": 4},
            },
        )
        self.store = Store(folder / "data" / "store")
        write_sections(self.settings, folder / "results" / "plan" / "settings")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def inspect(self, backbone=BACKBONE):
        """The layer table and the parts: what time is reckoned from."""
        layers = tuple(Layer(i, f"l{i}", "Conv2D", 10 * (i > 0), 0, True, False, (4, 4, 2)) for i in range(5))
        entry = made_backbone(backbone, name="TinyPlain", weights="digits", weights_kind="digits")
        folder = self.folder / "results" / "plan" / backbone
        folder.mkdir(parents=True, exist_ok=True)
        LayerTable(entry, "tensorflow", "a" * 64, 8, 1, layers).write(folder / "layers.json")
        made_parts(search=40, final=280, validation=120).write(self.folder / "results" / "plan" / "splits.json")

    def plan(self, stage, jobs, strategies, backbone=BACKBONE, pause_after=None, state=None):
        """A plan; `strategies` names the runs of each strategy's candidates."""
        candidates = [
            made_candidate(name, number, run, (1 + number % 4,))
            for name, members in strategies.items()
            for number, run in enumerate(members)
        ]
        probes = {run: made_spec(training={}, unfrozen=()) for run in strategies.get("probe", [])}
        seconds = 10 * len({entry.run for entry in candidates})
        fields = {"stage": stage, "backbone": backbone, "pause_after": pause_after, "estimated_seconds": seconds}
        fields["state"] = state
        plan = made_plan(candidates, probes, jobs={job: tuple(runs) for job, runs in jobs.items()}, **fields)
        plan.write(self.folder / f"results/plan/{backbone}/{stage}.json")

    def finish(self, run, seconds=2.0):
        """A run in the store."""
        place = self.store.path(run)
        place.mkdir(parents=True)
        (place / "resources.json").write_text(json.dumps({"seconds": seconds}))

    def log(self, job, text):
        return self.write(f"results/logs/{job}.log", text)

    def files(self):
        """Everything in the folder and when it was changed."""
        return {path: path.stat().st_mtime_ns for path in self.folder.rglob("*")}


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study in which nothing has run yet; no other study holds GPU slots."""
    monkeypatch.setenv("BLOCKTUNE_SLOTS", str(tmp_path / "slots"))
    return Study(tmp_path / "study")


RUNS = [f"{number:016x}" for number in range(8)]


@pytest.fixture
def planned(study):
    """The same with a planned search of the first backbone: three jobs of seven runs."""
    study.inspect()
    study.plan(
        "search",
        {"j0": RUNS[:2], "j1": RUNS[2:4], "j2": RUNS[4:7]},
        {"baseline1": RUNS[:1], "lw": RUNS[1:5], "bw": [RUNS[4], RUNS[5]], "bwsw": RUNS[5:7]},
    )
    return study
