"""An example of every kind of file."""

import numpy as np
from made_up import (
    made_backbone,
    made_candidate,
    made_dataset,
    made_metrics,
    made_parts,
    made_plan,
    made_rounds,
    made_spec,
    made_study,
)

from blocktune.analysis.classification import evaluation
from blocktune.files.answer import Optimism, Recommendation
from blocktune.files.compare import ComparedCell, ComparedEpoch, ComparedRank, ComparedTable
from blocktune.files.dataset import AppliedShift, Dataset, Skipped, SplitSummary
from blocktune.files.design import Design
from blocktune.files.distances import Distances, TargetDistance
from blocktune.files.exported import ExportedRuns
from blocktune.files.factor_results import FactorResults
from blocktune.files.factor_tables import DistanceRow, LayerRow, ResponseRow
from blocktune.files.headline import (
    BackboneNumbers,
    EndLayer,
    Headline,
    OverBackbones,
    StageScore,
    StagesOverBackbones,
    StrategyNumbers,
)
from blocktune.files.history import Epoch
from blocktune.files.image_tables import ManifestRow, SplitRow
from blocktune.files.layers import Layer, LayerTable
from blocktune.files.measures import MeasuresFile
from blocktune.files.model import Labels, ModelEvaluation, StudyImages
from blocktune.files.plan import ArmPlan, Plan, ScoredImages
from blocktune.files.record import JobRecord, MetricsFile, ResourcesFile, Seal, ValidationFile
from blocktune.files.regret import RegretReport
from blocktune.files.reliability import Audit, Reliability
from blocktune.files.replayed import Replayed
from blocktune.files.rounds_scores import RoundsScores
from blocktune.files.scores import ScoreRow
from blocktune.files.search_scores import (
    HalvedRun,
    HalvingDetails,
    HalvingRound,
    HalvingScores,
    LayersScore,
    ScorerScores,
)
from blocktune.files.spec import RunSpec
from blocktune.files.study import Study
from blocktune.files.winners import Winner, Winners
from blocktune.walk import LeftOut

METRICS = made_metrics(
    None, parameters_backbone=0, parameters_trained=10, test=None, probe={"strength": 0.1, "folds": 3}
)
CHANGE = {"layer": 1, "relative_change": 0.5, "cosine": None, "bn_mean_shift": None, "bn_variance_shift": None}
ENTRY = {
    **{"strategy": "bw", "candidate": 1, "names": ["a"], "learning_rate": 1e-3, "parameters": 10, "runs": ["r1"]},
    **{"same_in_repeats": 1, "repeats": 1, "validation": 0.5, "validation_loss": None, "accuracy": None},
    **{"interval": None, "accuracies": [None], "untrained": 0},
    "above_probe": {"points": 1.5, "by_repeat": [1.5], "interval": [0.5, 2.5], "interval_over": "images"},
}
OPTIMISM = {"selected": 0.5, "unseen": 0.4, "points": None, "by_repeat": None, "interval": None}
DIFFERENCE = {"points": 1.5, "by_repeat": [1.0, 2.0], "interval": None, "interval_over": None}
SPREAD = {
    **{"mean": 0.5, "worst_backbone": "net", "worst_mean": 0.5, "variance_over_backbones": None},
    **{"variance_over_repeats": 0.02, "backbones": {"net": {"accuracies": [0.4, 0.6], "mean": 0.5, "sd": 0.141}}},
}
RANKS = {
    **{"backbones": 1, "friedman_p": None, "least_wilcoxon_p": 1.0, "mean_ranks": None, "critical_difference": None},
    **{"greatest_difference": 2.0, "nemenyi_p": None},
}
STABILITY = {"winners": [1, 2], "most_frequent": 1, "share": 0.5, "jaccard": 0.25, "rank_correlation": None}
AUDITED = {"unit": 0.5, "native": None, "untrained": ["unit"], "native_minus_unit": DIFFERENCE}
TERM = {
    **{"term": ["images", "strategy"], "kind": "interaction", "rank": 2, "F": 3.5, "df": 1.5, "df_residual": 8.0},
    **{"p": 0.01, "p_adjusted": 0.02, "larger_than_noise": True, "omega_squared": 0.3, "interval": [0.0, 0.5]},
}
LEVEL = {
    **{"level": "5", "value": 5.0, "reference": False, "seeds": 1, "mean": 0.5, "interval": None},
    **{"lowest": 0.5, "highest": 0.5},
}
RANGE = {
    **{"range": 0.1, "highest": "all", "lowest": "5", "highest_mean": 0.6, "lowest_mean": 0.5, "levels": 2},
    **{"noise": None, "larger_than_noise": None},
}
SLOPE = {"change": -0.1, "interval": [-0.2, 0.0], "p": None}
BACKBONE_EFFECTS = {
    **{"title": "Net", "runs": 4, "seeds": ["1", "2"], "images": [30], "tests": [TERM], "why_no_tests": None},
    **{"unknown": [["source"]], "levels": {"images": {"bw": [LEVEL]}}, "ranges": {"images": {"bw": RANGE}}},
    "residuals": {"p": 0.5, "widest": {"strategy": "bw", "images": "5"}, "widest_sd": 0.1, "median_sd": 0.05},
    "diverged": [{"factor": "images", "level": "5", "strategy": "bw", "runs": 1, "of": 2}],
    "distance": {
        **{"targets": ["own"], "unknown": [], "why_not": None, "span": [0.0, 1.0], "slopes": {"bw": SLOPE}},
        "tests": [TERM],
    },
    "where": {"tests": [], "range": RANGE, "levels": [LEVEL], "same_runs": [["bw", "lw"]]},
    "responses": {
        "cka": {
            **{"tests": [], "why_no_tests": "one setting", "runs": 4, "ranges": {"images": {"bw": RANGE}}},
            **{"at_reference": {"bw": 0.9}, "if_perfect": {}},
        }
    },
}
OVER_BACKBONES = {
    **{"backbones": 5, "runs": 20, "between_sd": None, "within_sd": None, "tests": []},
    "why_no_tests": "with one seed the noise between seeds is unknown",
}
CHANGED = {"layer": "conv", "depth": 0.5, "mean": 0.01}
MOVEMENT = {
    **{"frozen_moved": {"layers": 0, "runs": 0}, "change": {"most": CHANGED, "least": CHANGED}},
    **{"map": {"blocks": 1, "correlation": None, "interval": None}, "cka": {"bw": [1.0, None, 0.9]}},
}
REGRET = {
    **{"regret_points": 1.5, "regret_interval": [0.5, 2.5], "spearman": None, "accuracy": 0.5, "oracle_accuracy": 0.6},
    **{"top_overlap": {"3": 0.5}, "pairs": 1, "backbones": 1},
}
WINNER = {"backbone": "net", "seed": 1, "candidate": 2, "oracle_candidate": 1, "regret_points": 1.5}
CHANCE = {"regret_points": 3.0, "accuracy": None}
REPLAYED = {"out_of_seed_regret_points": 1.5, "cost_share": None, "beats_probe_share": 0.5, "accuracy": 0.5}
REPLAYED |= {"model_accuracy": 0.6}
REPLAYED_CELL = {**REPLAYED, "answer": "tail 1", "replays": 6, "answer_share": 0.5}
RUN = {"backbone": "net", "factor": "images", "level": "5", "strategy": "bw", "seed": 1, "run": "r1"}
SCORES = (LayersScore((1, 2), 0.5), LayersScore((3,), None))
CELL = {
    **{"factor": "images", "level": "5", "value": 5, "reference": False, "strategy": "bw", "seed": 1},
    # A level of each factor, whatever factors there are
    **{"run": "bw1", "learning_rate": 1e-3, "images": 5, "imbalance": None},
}
ARM = {"stage": "factors", "backbone": "VGG16", "title": "VGG16", "arm": "own", "factor": "own", "level": "own"}
OVER = OverBackbones(0.5, None, 1)
NUMBERS = StrategyNumbers(
    candidates=2,
    weighted_layers=1,
    parameters=10,
    first=EndLayer(1, "a"),
    last=None,
    search=StageScore(0.5, False, "r1", 1.5, None),
    final=StageScore(None, None, None, None, None),
)
EXAMPLES = {
    Dataset: made_dataset(
        skipped=(Skipped("a.jpg", "empty"),), left_out=(LeftOut("b", "hidden", 2),), shift=AppliedShift("blur", 0.5, 1)
    ),
    SplitSummary: made_parts(search=10, final=70, validation=30),
    Study: made_study(changes={"training.optimizer": "sgd", "data.image_size": 96}),
    Winners: Winners({"bw": Winner(**vars(made_candidate("bw", layers=(1, 2))), learning_rate=None)}),
    MetricsFile: MetricsFile(METRICS),
    ResourcesFile: ResourcesFile({"seconds": 1.5, "cut": None, "versions": {"keras": "3"}}),
    ValidationFile: ValidationFile({"losses": [0.5], "right": "80", "temperature": 1.25}),
    Seal: Seal({"spec.json": "0" * 64}),
    MeasuresFile: MeasuresFile({"layers": [CHANGE]}, "0" * 64),
    JobRecord: JobRecord(
        "j",
        (
            {"run": "r1", "metrics": METRICS, "history": "", "resources": {}, "measures": {}, "measures_version": 2},
            {"run": "r2", "dry": True},
        ),
    ),
    ScorerScores: ScorerScores(
        method="prior", backbone="net", seed=1, epochs=0, scores=SCORES, cpu_seconds=0.5, details={"x": [1, None]}
    ),
    HalvingScores: HalvingScores(
        method="halving",
        backbone="net",
        seed=1,
        epochs=3,
        scores=SCORES,
        details=HalvingDetails((HalvingRound(1, 2),), ("round 1",), (HalvedRun("r1", (1,), 1, None),)),
    ),
    RoundsScores: made_rounds({"r1": (1e-3, (0.5, 0.6)), "r2": (1e-3, (None,)), "r3": (1e-4, ())}),
    ModelEvaluation: ModelEvaluation(
        {
            **evaluation(["a", "b"], np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])),
            **{"strategy": "bw", "run": "r1", "repeated": True, "scored": "test"},
            "mistakes": [{"picture": "c.jpg", "is": "b", "taken_for": "a", "probability": 0.7, "row": 2}],
        }
    ),
    Recommendation: Recommendation(
        {
            "net": {
                **{"backbone": "net", "title": "Net", "scored": "test", "ranked_first": "bw", "final_runs": 1},
                **{"diverged": 0, "against_probe": None, "best": ENTRY, "others": []},
            },
            "other": None,
        }
    ),
    Optimism: Optimism({"images": {"chosen_on": 10, "unseen": 20}, "backbones": {"net": {"bw": OPTIMISM}}}),
    Distances: Distances("net", 0.9, (TargetDistance("own", "", 0.0, "source digits", 0.5, 0.1, 0.8, 0.1, 30),)),
    Headline: Headline(
        study="x",
        seed=1,
        validation_images=10,
        test_images=None,
        random_weights=("net",),
        strategies={"bw": StagesOverBackbones(OVER, OVER)},
        backbones={"net": BackboneNumbers("Net", "none", True, {"bw": NUMBERS})},
    ),
    ComparedTable: ComparedTable({"net": {"bw": 0.5, "lw": None}, "mean": {"bw": None, "lw": None}}),
    ComparedCell: [ComparedCell("net bw", "net", "bw", 0.5), ComparedCell("net lw", "net", "lw", None)],
    ComparedRank: [ComparedRank("net bw", 1, 0.5, 1, 2, "r1"), ComparedRank("net bw", 2, None, None, None, "r2")],
    ComparedEpoch: [ComparedEpoch("net bw", "r1", epoch, 0.5, 1.0, 1 / 3, 2.0) for epoch in (1, 2)],
    Reliability: Reliability(
        {
            **{"repeats": 2, "strategies": {"bw": SPREAD}, "winners": {"bw": {"net": STABILITY}}},
            **{"over_backbones": RANKS, "variance_tests": {"baseline1": {"bw": None}}},
            "differences": {"baseline1": {"bw": {"net": {**DIFFERENCE, "untrained": ["bw"]}}}},
        }
    ),
    Audit: Audit(
        {
            "fed": "unit",
            "backbones": {"net": {"trained_on": "0 to 255", "mismatched": True, "baseline1": AUDITED, "bw": AUDITED}},
            "over_backbones": {"bw": {"unit": {"mean": 0.5, "variance": None}}},
        }
    ),
    RegretReport: RegretReport(
        {
            **{"strategies": ["bw"], "out_of_seed": False, "notes": ["a note"]},
            "methods": {
                "prior": {
                    **{**REGRET, "cost_share": 0.1, "epoch_share": 0.0},
                    "per_strategy": {"bw": {**REGRET, "winners": [WINNER]}},
                }
            },
            "oracle": {"regret_points": 0.0, "accuracy": 0.6, "per_strategy": {"bw": {"accuracy": 0.6}}, "pairs": 1},
            "chance": {**CHANCE, "per_strategy": {"bw": CHANCE}, "pairs": 1},
        }
    ),
    Replayed: Replayed(
        {"race": {**REPLAYED, "interval": None, "cells": {"x, Net": REPLAYED_CELL}}},
        oracle={**REPLAYED, "interval": None, "cells": {"x, Net": {**REPLAYED, "answer": "tail 1"}}},
        probe=None,
        cells={"x, Net": {"arms": 3, "seeds": 2, "truth": "test", "images": 30, "exhaustive_cpu_seconds": 60.0}},
        replays=6,
    ),
    Design: Design(
        **{"study": "x", "design": "screening", "classes": 3, "runs": 4, "grid_runs": 9, "estimated_seconds": 60},
        **{"seeds": (1, 2), "strategies": ("bw",), "reference": {"images": "all"}, "levels": {"images": ("5", "all")}},
        notes=("a note",),
    ),
    FactorResults: FactorResults(
        **{"study": "x", "order": ("net",), "conditions": "4 runs", "notes": (), "movement": {"net": MOVEMENT}},
        **{"backbones": {"net": BACKBONE_EFFECTS}, "over_backbones": OVER_BACKBONES, "words_over": ("none",)},
        **{"words": {"net": {"answer": "images", "sentences": []}}, "limits": ("few",)},
    ),
    Labels: Labels(("a", "b")),
    ExportedRuns: ExportedRuns("csv", "x", runs=3, missing=1, look="runs.csv"),
    StudyImages: StudyImages(4095, {"training": ("a" * 16,)}),
    ManifestRow: [
        ManifestRow(0, "=a/1.jpg", "'a'", "0" * 64, "1" * 64),
        ManifestRow(1, "b/ü 2.jpg", "-b", "2" * 64, "3" * 64),
    ],
    SplitRow: [SplitRow(0, True, True, False, False), SplitRow(1, False, False, False, True)],
    Epoch: [
        Epoch(epoch=1, loss=1 / 3, accuracy=0.5, learning_rate=1e-5),
        Epoch(epoch=2, loss=1e300, accuracy=1.0, val_loss=0.1 + 0.2, val_accuracy=0.25, learning_rate=0.0),
    ],
    ScoreRow: [
        ScoreRow("net", "Net", "final", "lw", 2, None, None, "", 0, 0, "r1", None, True, None, None, 0.25),
        ScoreRow("net", "Net", "final", "bw", 1, 1, 2, "a;b", 2, 10, "r2", 1 / 3, False, 1, 1e-4),
    ],
    ResponseRow: [
        ResponseRow(
            **RUN, title="Net", value=None, right=None, scored=9, accuracy=None, diverged=True, reference=False
        ),
        ResponseRow(**RUN, title="Net", value=0.5, right=3, scored=9, accuracy=1 / 3, diverged=False, reference=True),
    ],
    LayerRow: [
        LayerRow(**RUN, **{**CHANGE, "layer": layer}, name="a", type="X", depth=0.5, parameters=9, unfrozen=layer > 1)
        for layer in (1, 2)
    ],
    DistanceRow: [
        DistanceRow("net", name, "", strength, "source digits", 0.5, 0.1, 0.8, 0.1, 30)
        for name, strength in (("own", 0.0), ("other", None))
    ],
    LayerTable: LayerTable(
        made_backbone(alpha=0.25), "tensorflow", "0" * 64, 8, 1, (Layer(0, "in", "X", 0, 0, True, False, (8, 8, 3)),)
    ),
    RunSpec: made_spec(probe=1, phases=((1, ()), (1, (1,))), rates=((1, 0.5),)),
    Plan: made_plan([made_candidate("lw"), made_candidate("bw")], jobs={"j": ("lw1",)}, scored=ScoredImages(10, 3)),
    ArmPlan: ArmPlan(**ARM, cells=(CELL,), rows={"0": (1, 2)}, runs={"bw1": made_spec()}, jobs={}, estimated_seconds=0),
}
