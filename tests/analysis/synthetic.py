"""Made-up studies with the shapes of real ones: written as the other rooms write them, without any training."""

import csv
import json
import random

COLUMNS = ["backbone", "title", "stage", "strategy", "candidate", "first", "last", "names", "weighted_layers"]
COLUMNS += ["parameters", "run", "accuracy", "diverged", "rank", "learning_rate", "loss"]
STRATEGIES = ["baseline1", "baseline2", "lw", "bw", "bwt3", "bwt5", "bwsw"]


def vgg16():
    """(name, type, parameters) of VGG16's 19 layers."""
    layers, channels = [("input_layer", "InputLayer", 0)], 3
    for block, (depth, width) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1):
        for number in range(1, depth + 1):
            layers.append((f"block{block}_conv{number}", "Conv2D", 9 * channels * width + width))
            channels = width
        layers.append((f"block{block}_pool", "MaxPooling2D", 0))
    return layers


def mobilenet():
    """(name, type, parameters) of MobileNet's 86 layers."""
    layers = [("input_layer", "InputLayer", 0), *_conv_bn_relu("conv1", "Conv2D", 864, 32)]
    width = 32
    for block in range(1, 14):
        if block in (2, 4, 6, 12):
            layers.append((f"conv_pad_{block}", "ZeroPadding2D", 0))
        layers += _conv_bn_relu(f"conv_dw_{block}", "DepthwiseConv2D", 9 * width, width)
        wider = {1: 64, 2: 128, 4: 256, 6: 512, 12: 1024}.get(block, width)
        layers += _conv_bn_relu(f"conv_pw_{block}", "Conv2D", width * wider, wider)
        width = wider
    return layers


def deep(blocks=21):
    """(name, type, parameters) of a residual-like network of 190 layers."""
    layers = [("input_layer", "InputLayer", 0)]
    for block in range(1, blocks + 1):
        for part in "123":
            layers += _conv_bn_relu(f"conv{block}_block1_{part}_conv", "Conv2D", 64**2 * block, 64 * block)
    return layers


def _conv_bn_relu(name, kind, parameters, width):
    return [(name, kind, parameters), (f"{name}_bn", "BatchNormalization", 2 * width), (f"{name}_relu", "ReLU", 0)]


def study(**changes):
    images = changes.get("images", {"search": 367, "final": 2569, "validation": 1101})
    return {
        "study": "paper",
        "seed": 1,
        "repeats": 1,
        "epochs": 50,
        "batch_size": 4,
        "learning_rate": 1e-4,
        "image_size": 224,
        "range": "unit",
        "counts": "last",
        "batch_norm": "layer",
        "optimizer": "adam",
        "rates": [],
        "candidates": None,
        "span_blocks": None,
        "delimiters": "weightless",
        "recipe": "",
        "changes": {},
        "protocol": "paper",
        "choose_by": "accuracy",
        "augmentation": "",
        "each_repeat": "same",
        "dataset": "tf_flowers",
        "source": "tfds",
        "images": images,
        # A fifth, as if all classes were equally frequent
        "most_frequent": {part: round(count / 5) for part, count in images.items()},
        "classes": ["daisy", "dandelion", "roses", "sunflowers", "tulips"],
        "strategies": STRATEGIES,
        "top_k": [3, 5],
        "method": "exhaustive",
        "titles": {},
    } | changes


def layers(key, rows, **changes):
    backbone = {"key": key, "name": key, "alpha": None, "weights": "imagenet", "weights_kind": "imagenet"}
    backbone |= {"native": None, "label": None}
    return {
        "backbone": backbone | {"title": changes.get("title", key)} | changes,
        "backend": "tensorflow",
        "weights_digest": "0" * 64,
        "image_size": 224,
        "seed": 1,
        "layers": [
            {"index": index, "name": layer, "type": kind, "parameters": parameters, "state": 0, "cut": True}
            | {"random": False, "output_shape": [7, 7, 8], "weighted": parameters > 0}
            for index, (layer, kind, parameters) in enumerate(rows)
        ],
    }


def score(table, strategy, accuracy, *, stage="final", candidate=1, span=(), rank=1, diverged=False):
    """One row of scores.csv; `span` is the (first, last) layer."""
    about, rows = table["backbone"], table["layers"]
    inside = [row for row in rows[span[0] : span[1] + 1] if row["weighted"]] if span else []
    return {
        "backbone": about["key"],
        "title": about["title"],
        "stage": stage,
        "strategy": strategy,
        "candidate": candidate,
        "first": span[0] if span else "",
        "last": span[1] if span else "",
        "names": ";".join(row["name"] for row in inside),
        "weighted_layers": len(inside),
        "parameters": sum(row["parameters"] for row in inside),
        "run": f"{strategy}-{candidate}",
        "accuracy": "" if diverged else accuracy,
        "diverged": int(diverged),
        "rank": rank,
    }


def search(table, base=0.5, top=0.8, diverged=(), top_k=(3, 5)):
    """Rows of a whole search: accuracy rises toward the middle of the network, with noise from a seed."""
    noise = random.Random(table["backbone"]["key"])
    rows = table["layers"]
    depth = len(rows)

    def accuracy(middle):
        value = base + (top - base) * (1 - ((middle / depth - 0.6) / 0.6) ** 2) + noise.gauss(0, 0.012)
        return round(round(min(max(value, 0.2), 1) * 1101) / 1101, 6)

    found = [
        score(table, "baseline1", base, stage="search"),
        score(table, "baseline2", top - 0.01, stage="search", span=(0, depth - 1)),
        score(table, "random3", (base + top) / 2, stage="search", span=(2, depth - 3)),
    ]
    found += [
        score(table, f"bwt{k}", top - 0.03 + k / 250, stage="search", span=(depth // 2, depth - 1)) for k in top_k
    ]
    for strategy, spans in _spans(rows).items():
        scored = [(span, accuracy(sum(span) / 2)) for span in reversed(spans)]
        ranks = sorted(range(len(scored)), key=lambda place: -scored[place][1])
        for number, (span, value) in enumerate(scored, 1):
            failed = (strategy, span[0]) in diverged
            place = ranks.index(number - 1) + 1
            found.append(
                score(table, strategy, value, stage="search", candidate=number, span=span, rank=place, diverged=failed)
            )
    return found


def _spans(rows):
    weighted = [row["index"] for row in rows if row["weighted"]]
    blocks = [[weighted[0], weighted[0]]]
    for index in weighted[1:]:
        if index == blocks[-1][1] + 1:
            blocks[-1][1] = index
        else:
            blocks.append([index, index])
    windows = [(start, start + 2) for start in range(len(rows) - 2) if {start, start + 1, start + 2} & set(weighted)]
    return {"lw": [(index, index) for index in weighted], "bw": [tuple(block) for block in blocks], "bwsw": windows}


def chosen_by_loss(rows, strategy="lw", keep=lambda row: True):
    """A search's rows of which some are left, ranked by a loss that prefers the lowest accuracy of one strategy."""
    kept = [row for row in rows if keep(row)]
    for row in kept:
        row["loss"] = "" if row["diverged"] else row["accuracy"] + 0.25
    mine = sorted((row for row in kept if row["strategy"] == strategy), key=lambda row: row["loss"] or 9.0)
    for rank, row in enumerate(mine, 1):
        row["rank"] = rank
    return kept


def final(table, accuracies, diverged=()):
    """Rows of the final stage from {strategy: accuracy}."""
    return [
        score(table, key, value, span=() if key == "baseline1" else (1, 2), diverged=key in diverged)
        for key, value in accuracies.items()
    ]


def write_json(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def write_scores(path, rows):
    with path.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_study(folder, tables, searches, finals, **changes):
    """Write a whole study's inputs and return the paths: study, layers, search scores, final scores."""
    keys = [table["backbone"]["key"] for table in tables]
    return (
        write_json(folder / "study.json", study(**changes)),
        [write_json(folder / f"{key}-layers.json", table) for key, table in zip(keys, tables, strict=True)],
        [write_scores(folder / f"{key}-search.csv", rows) for key, rows in zip(keys, searches, strict=True)],
        [write_scores(folder / f"{key}-final.csv", rows) for key, rows in zip(keys, finals, strict=True)],
    )
