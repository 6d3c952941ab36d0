"""Plan a factor study that varies the example of docs/extending.md, make up its runs, and analyse them: no training.

Called by `test_extending` with the folder to write, in a copy of the package that has the examples.
"""

import json
import sys
from pathlib import Path

import numpy as np

from blocktune.analysis.page.pictures import figure
from blocktune.analysis.scores import Scores
from blocktune.factors.arms import arms
from blocktune.factors.collect import responses
from blocktune.factors.design import design_of
from blocktune.factors.plan import arm_plan
from blocktune.factors.study import write_factors
from blocktune.factors.tables import Tables, frame
from blocktune.files.factor_tables import DistanceRow, LayerRow, ResponseRow
from blocktune.files.layers import Layer, LayerTable
from blocktune.search.schedule import Planner
from blocktune.settings.load import validate
from blocktune.settings.model import Settings
from blocktune.settings.varied import VARIED

BACKBONE = {"name": "TinyPlain", "weights": "digits"}
SECTIONS = {"imbalance": {"ratios": []}, "targets": {"shifts": []}, "source": {"classes": []}}


folder = Path(sys.argv[1])
others = {factor.setting or factor.key: [] for factor in VARIED.values()} | SECTIONS
asked = {**others, "dropout": [0, 0.25], "seeds": 3}
settings = validate(Settings, {"backbones": [BACKBONE], "data": {"image_size": 8}, "factors": asked})
layers = tuple(Layer(index, f"conv{index}", "Conv2D", 10, 0, True, False, (4, 4, 2)) for index in range(3))
table = LayerTable(settings.backbones[0].described, "tensorflow", "a" * 64, 8, 1, layers)
parts = {"search": np.arange(4), "final": np.arange(20), "validation": np.arange(20, 120)}
study = Planner(settings, "d" * 64, 2, parts)
(own,) = arms(settings, settings.backbones[0])
plan = arm_plan(study, own, table, (2,), np.arange(120) % 2)

records, noise = {}, np.random.default_rng(0)
for run, spec in plan.runs.items():
    accuracy = float(round(0.6 + spec.head["dropout"] / 2 + noise.normal(0, 0.01), 4))
    history = f"epoch,loss,accuracy,val_loss,val_accuracy,learning_rate\n1,1,{accuracy + 0.1},1,{accuracy},0.1\n"
    records[run] = {"run": run, "metrics": {"diverged": False, "last_accuracy": accuracy}, "history": history}
design = design_of(settings, [plan])
del design.levels["where"]
design.write(folder / "design.json")
found = responses([plan], records, "last")
names = write_factors(
    Tables(frame(ResponseRow, found), frame(LayerRow, []), frame(DistanceRow, []), design, Scores([])),
    *(folder / name for name in ("effects.json", "factors.md", "factors.tex", "figures")),
    50,
)
captions = {name: figure(folder / "figures" / f"{name}.svg").caption for name in names}
(folder / "captions.json").write_text(json.dumps(captions), encoding="utf-8")
