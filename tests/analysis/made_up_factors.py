"""Made-up tables of a study of factors: synthetic numbers with a known answer, as the workflow collects them.

No training stands behind them: they are for tests, and for looking at figures.
"""

import math
import random

from blocktune.factors.tables import frame
from blocktune.files.factor_tables import DistanceRow, LayerRow, ResponseRow

FACTORS = ["learning_rate", "images", "imbalance", "optimizer", "batch_norm", "target", "source"]
LEVELS = {
    "learning_rate": ["1e-5", "1e-4", "1e-3", "1e-2", "1e-1"],
    "images": ["5", "10", "20", "50", "100", "all"],
    "imbalance": ["1", "2", "5", "10"],
    "optimizer": ["adam", "sgd"],
    "batch_norm": ["layer", "frozen", "adapt"],
    "target": [
        "own",
        *(f"{kind} {s}" for kind in ("rotate", "blur", "noise") for s in ("0.25", "0.5", "1")),
        "invert 1",
    ],
    "source": ["1000 classes"] + [f"{k} classes, same {arm}" for arm in ("total", "per class") for k in (2, 5, 10, 50)],
}
REFERENCE = {
    "learning_rate": "1e-4",
    "images": "all",
    "imbalance": "1",
    "optimizer": "adam",
    "batch_norm": "layer",
    "target": "own",
    "source": "1000 classes",
}
STRATEGIES = ["baseline1", "baseline2", "bw"]
EVERYWHERE = ["baseline1", "baseline2", "lw", "bw", "bwt3", "bwt5", "bwsw"]
SCORED = 1101
KEY = "MobileNet-a0.25"
FEW = ["learning_rate", "optimizer"]
ALL = 514


def value_of(factor, level):
    if level == "all":
        return ALL
    if factor in ("learning_rate", "images", "imbalance"):
        return float(level)
    if factor == "target":
        return float(level.split()[1]) if " " in level else None
    return float(level.split()[0]) if factor == "source" else None


def emd_of(target):
    if " " not in target:
        return 1.0 if target == "own" else 4.0
    kind, strength = target.split()
    return 1.0 + {"rotate": 1.2, "blur": 2.0, "noise": 3.1, "invert": 3.6}[kind] * float(strength)


def runs(design="screening", factors=None, seeds=(1, 2, 3), strategies=STRATEGIES, everywhere=EVERYWHERE, levels=None):
    """(factor, strategy, seed, setting) of every row."""
    levels = {factor: (levels or LEVELS)[factor] for factor in (FACTORS if factors is None else factors)}
    if design == "grid":
        settings = [dict(REFERENCE)]
        for factor, values in levels.items():
            settings = [setting | {factor: value} for setting in settings for value in values]
        return [("grid", s, seed, setting) for setting in settings for s in strategies for seed in seeds]
    found = [
        (factor, strategy, seed, REFERENCE | {factor: level})
        for factor, values in levels.items()
        for level in values
        for strategy in strategies
        for seed in seeds
    ]
    return found + [("where", strategy, seed, dict(REFERENCE)) for strategy in everywhere for seed in seeds]


def responses(
    truth, sd=0.01, key="MobileNet-a0.25", noise=0, diverged=lambda strategy, setting: False, shared=0, **design
):
    """Rows of responses.csv.

    `truth(strategy, setting)` is a run's accuracy before noise; `sd` its standard deviation, a number or a function of
    the same; `diverged` says which settings diverge; `shared` is the part of the noise's variance that runs of a seed
    and setting have in common.
    """
    alone, together, done, found = random.Random(f"{key} {noise}"), random.Random(f"shared {key} {noise}"), {}, []
    plots = {}
    for factor, strategy, seed, setting in runs(**design):
        identity = (key, strategy, seed, *setting.values())
        if identity not in done:
            spread = sd(strategy, setting) if callable(sd) else sd
            common = plots.setdefault((seed, *setting.values()), together.gauss(0, 1))
            own = alone.gauss(0, spread) * math.sqrt(1 - shared) + spread * common * math.sqrt(shared)
            done[identity] = (f"{len(done):012x}{key}", truth(strategy, setting) + own, alone.random())
        run, accuracy, more = done[identity]
        failed = diverged(strategy, setting)
        right = round(min(max(accuracy, 0), 1) * SCORED)
        level = strategy if factor == "where" else "" if factor == "grid" else setting[factor]
        found.append(
            {
                "backbone": key,
                "title": key.replace("-a", " "),
                "factor": factor,
                "level": level,
                "value": None if factor in ("where", "grid") else value_of(factor, level),
                "strategy": strategy,
                "seed": seed,
                "run": run,
                "right": None if failed else right,
                "scored": SCORED,
                "accuracy": None if failed else right / SCORED,
                "calibration_error": None if failed else round(0.02 + 0.2 * (1 - accuracy) + 0.01 * more, 5),
                "calibration_if_perfect": None if failed else 0.03,
                "epochs_to_95": None if failed else 3 + round(8 * more),
                "diverged": int(failed),
                "reference": int(setting == REFERENCE),
                **setting,
            }
        )
    return found


def layers(rows, table, noise=0):
    """Rows of layers.csv for rows of responses.csv and a backbone's layers [(name, type, parameters)]."""
    weighted = [(index, *layer) for index, layer in enumerate(table) if layer[2]]
    depth = len(table) - 1
    found = []
    for row in rows:
        if row["diverged"]:
            continue
        made = random.Random(f"{row['run']} {noise}")
        start = int({"lw": 0.8, "bw": 0.5, "bwt3": 0.7, "bwt5": 0.4, "bwsw": 0.6}.get(row["strategy"], 0) * depth)
        rate = float(row["learning_rate"])
        for index, name, kind, parameters in weighted:
            inside = start <= index < start + 3
            tuned = {"baseline1": False, "baseline2": True}.get(row["strategy"], inside)
            change = tuned * (0.02 + 0.3 * (index / depth) ** 2) * (rate / 1e-4) ** 0.5 * math.exp(made.gauss(0, 0.15))
            change *= 0.3 if kind == "BatchNormalization" else 1
            normal = kind == "BatchNormalization"
            away = 0 if row["strategy"] == "baseline1" else max(0, (index - start) / depth)
            fall = away**1.5 * min(1, (rate / 1e-4) ** 0.3 * 0.4)
            found.append(
                {
                    **{name: row[name] for name in ("backbone", "factor", "level", "strategy", "seed", "run")},
                    "layer": index,
                    "name": name,
                    "type": kind,
                    "depth": round(index / depth, 5),
                    "parameters": parameters,
                    "unfrozen": int(tuned),
                    "relative_change": round(change, 7),
                    "cosine": round(1 - change**2 / 2, 7),
                    "bn_mean_shift": round(change / 2, 6) if normal else None,
                    "bn_variance_shift": round(change / 3, 6) if normal else None,
                    "cka": round(1 - fall * (1 + made.gauss(0, 0.03)), 6),
                }
            )
    return found


def distances(keys=("MobileNet-a0.25",), targets=tuple(LEVELS["target"])):
    """Rows of distances.csv."""
    found = []
    for key in keys:
        for target in targets:
            kind, strength = target.split() if " " in target else ("", None)
            away = emd_of(target)
            found.append(
                {
                    "backbone": key,
                    "target": target,
                    "shift": kind,
                    "strength": strength and float(strength),
                    "source": "own target",
                    "emd": round(away - 1.0, 4),
                    "mmd": round(0.2 * (away - 1) ** 1.2, 5),
                    "probe_accuracy": round(0.85 - 0.1 * (away - 1), 5),
                    "probe_gap": round(0.1 * (away - 1), 5),
                    "images": 1101,
                }
            )
    return found


def design(rows, kind="screening", **changes):
    """What is in the design that fits rows of responses.csv."""
    factors = [name for name in FACTORS if len({row[name] for row in rows}) > 1]
    levels = {name: [level for level in LEVELS[name] if any(row[name] == level for row in rows)] for name in factors}
    if where := [row["level"] for row in rows if row["factor"] == "where"]:
        levels["where"] = list(dict.fromkeys(where))
    return {
        "design": kind,
        "runs": len({row["run"] for row in rows}),
        "grid_runs": math.prod(len(levels[name]) for name in factors) * 9,
        "estimated_seconds": 3600,
        "seeds": sorted({row["seed"] for row in rows}),
        "reference": REFERENCE,
        "levels": levels,
        "strategies": list(dict.fromkeys(row["strategy"] for row in rows if row["factor"] != "where")),
        "study": "made-up numbers",
        "notes": ["these numbers are made up"],
        "classes": 5,
    } | changes


def responses_frame(rows):
    """Rows of responses.csv as they are analysed, and so on."""
    return frame(ResponseRow, (ResponseRow(**row) for row in rows))


def layers_frame(rows):
    return frame(LayerRow, (LayerRow(**row) for row in rows))


def distances_frame(rows):
    return frame(DistanceRow, (DistanceRow(**row) for row in rows))


def realistic(strategy, setting):
    """An accuracy that looks like those of real studies: rates interact with strategies, images help."""
    rate, tuned = math.log10(float(setting["learning_rate"])), {"baseline1": 0, "baseline2": 2}.get(strategy, 1)
    value = 0.72 + 0.06 * (tuned > 0) + 0.02 * (strategy == "bw")
    value -= (0.004, 0.012, 0.05)[tuned] * max(0, rate + 3.5) ** 2 + 0.015 * max(0, -4 - rate) ** 2
    count = ALL if setting["images"] == "all" else float(setting["images"])
    value -= (0.05, 0.085, 0.06)[tuned] * math.log(ALL / count) / 1.2
    value -= 0.012 * math.log(float(setting["imbalance"])) + 0.04 * (setting["optimizer"] == "sgd") * (tuned > 0)
    value += 0.02 * (setting["batch_norm"] == "frozen") * (tuned > 0)
    value -= (0.09, 0.03, 0.05)[tuned] * (emd_of(setting["target"]) - 1)
    if setting["source"] != REFERENCE["source"]:
        value -= (
            0.05
            * math.log10(1000 / float(setting["source"].split()[0]))
            * (1.2 if "total" in setting["source"] else 0.8)
        )
    return max(value, 0.2)


def realistic_spread(strategy, setting):
    return 0.05 if setting["learning_rate"] == "1e-1" else 0.02 if setting["images"] in ("5", "10") else 0.008


def flat(strategy, setting):
    """An accuracy that nothing changes."""
    return 0.7


def only_tuning_everything_breaks(strategy, setting):
    """An accuracy that the highest rate lowers where everything is tuned."""
    return 0.7 - 0.3 * (strategy == "baseline2" and setting["learning_rate"] == "1e-1")


def verdicts(tests):
    """Which terms are larger than noise."""
    return {" x ".join(entry["term"]): entry["larger_than_noise"] for entry in tests}
