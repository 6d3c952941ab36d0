"""A wrong setting is one BlocktuneError that names the key, what was given and what is allowed."""

import math

import pytest

from blocktune.errors import BlocktuneError
from blocktune.settings.execution import Execution
from blocktune.settings.load import load_config
from blocktune.settings.members import askers, sources

VGG16 = {"name": "VGG16"}


def complaint(**config) -> str:
    config.setdefault("backbones", [VGG16])
    with pytest.raises(BlocktuneError) as raised:
        load_config(config)
    return str(raised.value)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        # misspelt keys: the key, the nearest right one, what is allowed there
        ({"trainin": {}}, ["unknown key trainin", "'training'", "allowed here: study, seed, repeats, data"]),
        (
            {"training": {"epoch": 3}},
            ["unknown key training.epoch", "'epochs'", "learning_rate, schedule, warmup, batch_size, epochs"],
        ),
        ({"training": {"plateau": {"monitr": "val_loss"}}}, ["unknown key training.plateau.monitr", "'monitor'"]),
        ({"data": {"shift": {"rotation": 3}}}, ["unknown key data.shift.rotation", "'rotate'"]),
        (
            {"backbones": [VGG16, {"name": "VGG19", "wieghts": "none"}]},
            ["unknown key backbones[1].wieghts", "'weights'"],
        ),
        ({"runs_per_jobs": 3}, ["unknown key runs_per_jobs", "'runs_per_job'"]),
        ({"zzz": 3}, ["unknown key zzz; allowed here: study"]),
        # wrong types
        ({"training": {"epochs": "many"}}, ["training.epochs: must be a whole number", "'many'"]),
        ({"search": {"window": 2.5}}, ["search.window: must be a whole number", "2.5"]),
        ({"training": {"learning_rate": "fast"}}, ["training.learning_rate: must be a number", "'fast'"]),
        ({"training": {"learning_rate": [1]}}, ["training.learning_rate: must be a number", "[1]"]),
        ({"data": "tfds"}, ["data: must be a mapping of keys", "source, name, path", "'tfds'"]),
        ({"data": None}, ["data: must be a mapping of keys", "None"]),
        ({"backbones": "VGG16"}, ["backbones: must be a list", "'VGG16'"]),
        ({"backbones": ["VGG16"]}, ["backbones[0]: must be a mapping of keys", "name, alpha, weights", "'VGG16'"]),
        ({"backbones": [{"name": "VGG16", "weights": None}]}, ["backbones[0].weights: must be text", "None"]),
        ({"study": 3}, ["study: must be text", "3"]),
        ({"data": {"shift": {"invert": "maybe"}}}, ["data.shift.invert: must be true or false", "'maybe'"]),
        ({"head": {"units": 128}}, ["head.units: must be a list", "128"]),
        ({"head": {"units": [128]}}, ["head.units: must be the units of two hidden layers, or []", "[128]"]),
        ({"head": {"units": [3, 2, 1]}}, ["head.units: must have at most 2 entries, not 3", "[3, 2, 1]"]),
        ({"search": {"strategies": []}}, ["search.strategies: must have at least 1 entr"]),
        ({"search": {"strategies": ["bw", "bw"]}}, ["search.strategies: lists bw more than once"]),
        ({"search": {"strategies": ["bwt"]}}, ["search: strategies has bwt", "add lw", "['bwt']"]),
        ({"search": {"strategies": ["tails"]}}, ["search.strategies[0]", "'tail'", "'tails'"]),
        ({"search": {"rates": []}}, ["search.rates: must have at least 1 entr"]),
        ({"search": {"rates": [1e-3, 0.001]}}, ["search.rates: lists 0.001 more than once"]),
        ({"search": {"rates": [11]}}, ["search.rates[0]: must be less than or equal to 10", "11"]),
        ({"search": {"rates": [0.1], "method": "halving"}}, ["search: rates are tried", "but is halving"]),
        (
            {"search": {"budget": 8}},
            [f"search: budget 8 is only for method {', '.join(askers())},", "method is exhaustive"],
        ),
        ({"search": {"method": "halving", "tolerance": 1}}, ["search: tolerance 1 is only for method", "is halving"]),
        ({"search": {"method": "prior", "seeds": 2}}, ["search: seeds 2 is only for method", "leave seeds at 3"]),
        ({"search": {"method": "race", "budget": 3}}, ["search.budget: must be greater than or equal to 4", "3"]),
        ({"search": {"method": "race", "budget": "all"}}, ["search.budget: must be a whole number", "all"]),
        ({"search": {"method": "race", "tolerance": 0}}, ["search.tolerance: must be greater than 0", "0"]),
        ({"search": {"method": "race", "tolerance": -1}}, ["search.tolerance: must be greater than 0", "-1"]),
        ({"search": {"method": "race", "tolerance": "none"}}, ["search.tolerance: must be a number", "none"]),
        ({"search": {"method": "race", "seeds": 0}}, ["search.seeds: must be greater than or equal to 1", "0"]),
        (
            {"search": {"method": "race"}},
            ["search: strategies has bwt", "method race trains only some", "leave bwt out"],
        ),
        (
            {"search": {"method": "race", "strategies": ["lora"]}},
            ["search: strategies has lora", "method must be exhaustive, but is race"],
        ),
        ({"search": {"candidates": 1}}, ["search.candidates: must be greater than or equal to 2", "1"]),
        ({"search": {"candidates": 2.5}}, ["search.candidates: must be a whole number", "2.5"]),
        ({"search": {"strategies": ["span"], "candidates": 2}}, ["search: candidates is 2", "at least 3", "span"]),
        ({"search": {"span_blocks": 1}}, ["search.span_blocks: must be greater than or equal to 2", "1"]),
        ({"search": {"span_blocks": "all"}}, ["search.span_blocks: must be a whole number", "all"]),
        ({"search": {"candidates": 4}}, ["search: candidates is 4", "top_k", "5"]),
        ({"evaluation": {"choose_by": "error"}}, ["evaluation.choose_by: must be 'accuracy' or 'loss'", "'error'"]),
        (
            {"evaluation": {"choose_by": "loss"}},
            ["evaluation.choose_by is loss", "head.units to []", "now [128, 64]", "now paper", "now 0.1 and 0.7"],
        ),
        (
            {"evaluation": {"choose_by": "loss"}, "head": {"units": []}, "training": {"counts": "best"}},
            ["evaluation.choose_by is loss", "training.counts is best", "counts last"],
        ),
        *(
            (
                {"evaluation": {"choose_by": "loss"}, "search": {"method": method}},
                ["evaluation.choose_by is loss", f"search.method is {method}", "method exhaustive"],
            )
            for method in ("halving", "gradient", "graft", "logme", "prior")
        ),
        (
            {"evaluation": {"protocol": "holdout", "selection": 0.7}, "split": {"search": 0.7}},
            ["evaluation.selection 0.7", "less than 0.7"],
        ),
        # out of range
        ({"training": {"learning_rate": -1}}, ["training.learning_rate: must be greater than 0", "-1"]),
        ({"training": {"learning_rate": 0}}, ["training.learning_rate: must be greater than 0"]),
        ({"training": {"learning_rate": math.nan}}, ["training.learning_rate", "nan"]),
        ({"training": {"plateau": {"min_delta": math.inf}}}, ["training.plateau.min_delta: must be a finite number"]),
        ({"training": {"epochs": 0}}, ["training.epochs: must be greater than or equal to 1", "0"]),
        ({"training": {"batch_size": -4}}, ["training.batch_size", "-4"]),
        ({"training": {"weight_decay": 0.1}}, ["training: weight_decay 0.1 is only for optimizer adamw", "is adam"]),
        ({"training": {"optimizer": "adamw", "weight_decay": 2}}, ["training.weight_decay: must be less than or"]),
        ({"training": {"schedule": "linear"}}, ["training.schedule: must be 'plateau', 'cosine' or 'constant'"]),
        ({"training": {"warmup": 1}}, ["training: warmup 1 is only for the schedules cosine and constant", "plateau"]),
        (
            {"training": {"schedule": "cosine", "warmup": 5, "epochs": 5}},
            ["training: warmup 5 must be less than epochs 5"],
        ),
        ({"training": {"schedule": "constant", "warmup": -1}}, ["training.warmup: must be greater than or equal to 0"]),
        (
            {"training": {"schedule": "cosine", "plateau": {"patience": 3, "factor": 0.5}}},
            ["training: plateau (factor 0.5, patience 3) is only for schedule plateau", "schedule is cosine"],
        ),
        ({"training": {"validate_every": 0}}, ["training.validate_every: must be greater than or equal to 1", "0"]),
        ({"training": {"validate_every": 2.5}}, ["training.validate_every: must be a whole number", "2.5"]),
        (
            {"training": {"validate_every": 6, "epochs": 5, "schedule": "cosine"}},
            ["training: validate_every 6 must be at most epochs 5"],
        ),
        (
            {"training": {"validate_every": 4}},
            ["training: validate_every 4", "schedule plateau", "set validate_every to 1", "cosine or constant"],
        ),
        (
            {"training": {"validate_every": 4, "schedule": "cosine", "counts": "best"}},
            ["training: validate_every 4", "counts best", "set validate_every to 1", "counts to last"],
        ),
        (
            {"training": {"validate_every": 4, "schedule": "constant"}, "search": {"method": "halving"}},
            ["search.method is halving", "training.validate_every is 4", "set validate_every to 1"],
        ),
        ({"training": {"clip_norm": 0}}, ["training.clip_norm: must be greater than 0"]),
        ({"training": {"label_smoothing": 1}}, ["training.label_smoothing: must be less than 1"]),
        (
            {"training": {"schedule": "cosine"}, "search": {"method": "halving"}},
            ["search.method is halving", "training.schedule is cosine"],
        ),
        ({"head": {"start": "probe"}}, ["head: start is probe", "units [128, 64]", "set units to []"]),
        ({"head": {"start": "zero", "units": []}}, ["head.start: must be 'random' or 'probe'"]),
        ({"head": {"dropout": 1}}, ["head.dropout: must be less than 1"]),
        ({"seed": -1}, ["seed: must be greater than or equal to 0", "-1"]),
        ({"search": {"window": 0}}, ["search.window: must be greater than or equal to 1", "0"]),
        ({"split": {"final": 1.2}}, ["split.final: must be less than 1", "1.2"]),
        ({"split": {"search": 0}}, ["split.search: must be greater than 0"]),
        ({"split": {"final": 0.8}}, ["split: final 0.8 and validation 0.3 add up to more than 1"]),
        ({"split": {"search": 0.9}}, ["search 0.9", "can't be larger than 0.7"]),
        ({"data": {"digits": [5, 10]}}, ["data.digits[1]: must be less than or equal to 9", "10"]),
        ({"data": {"digits": [5]}}, ["data.digits: must have at least 2 entries, not 1"]),
        ({"data": {"image_size": 4}}, ["data.image_size: must be greater than or equal to 8", "4"]),
        ({"runs_per_job": 0}, ["runs_per_job: must be a whole number from 1, or auto", "0"]),
        ({"runs_per_job": True}, ["runs_per_job: must be a whole number from 1, or auto", "True"]),
        ({"runs_per_job": "auot"}, ["runs_per_job: must be a whole number from 1, or auto", "auot"]),
        ({"memory_gb": -2}, ["memory_gb: must be greater than 0", "-2"]),
        # choices
        (
            {"data": {"source": "tdfs"}},
            [
                f"data.source: must be {', '.join(map(repr, sources()[:-1]))} or {sources()[-1]!r}",
                "did you mean 'tfds'",
            ],
        ),
        ({"data": {"on_bad_image": "stop"}}, ["data.on_bad_image: must be 'fail' or 'skip'", "'stop'"]),
        ({"pixels": {"range": "nativ"}}, ["pixels.range", "did you mean 'native'"]),
        (
            {"search": {"delimiters": "weightles"}},
            ["search.delimiters", "Keras class names", "did you mean 'weightless'"],
        ),
        ({"search": {"delimiters": []}}, ["search.delimiters", "`weightless`", "[]"]),
        ({"search": {"delimiters": [3]}}, ["search.delimiters", "Keras class names", "[3]"]),
        # data
        ({"data": {"source": "archive"}}, ["source archive needs data.path"]),
        ({"data": {"source": "folder", "path": ""}}, ["source folder needs data.path"]),
        ({"data": {"path": "flowers.tgz"}}, ["path is only for the sources archive and folder", "source is tfds"]),
        ({"data": {"name": "../flowers"}}, ["data.name: must begin with a letter or digit", "'../flowers'"]),
        # backbones
        ({"backbones": []}, ["backbones: must have at least 1 entries"]),
        ({"backbones": [{"weights": "none"}]}, ["backbones[0].name is missing"]),
        (
            {"backbones": [{"name": "MobilNet"}]},
            ["backbones[0].name: unknown backbone 'MobilNet'", "'MobileNet'", "VGG16, VGG19"],
        ),
        ({"backbones": [{"name": "VGG16", "alpha": 0.5}]}, ["backbones[0]", "VGG16 has none", "0.5"]),
        ({"backbones": [{"name": "MobileNet", "alpha": 0}]}, ["backbones[0].alpha: must be greater than 0"]),
        (
            {"backbones": [{"name": "MobileNet", "alpha": 0.3}]},
            ["imagenet weights for alpha 0.25, 0.5, 0.75, 1 only", "0.3"],
        ),
        ({"backbones": [{"name": "TinyPlain"}]}, ["TinyPlain has no imagenet weights", "allowed: digits, none"]),
        ({"backbones": [{"name": "VGG16", "weights": "digits"}]}, ["only for TinyPlain and TinyResidual", "VGG16"]),
        ({"backbones": [VGG16, VGG16]}, ["backbones lists VGG16-imagenet more than once", "[0, 1]"]),
        (
            {"backbones": [{"name": "VGG16", "weights": "a/w.h5"}, {"name": "VGG16", "weights": "b/w.h5"}]},
            ["backbones lists VGG16-w more than once", "rename one"],
        ),
        ({"data": {"image_size": 16}}, ["backbones[0] VGG16 needs data.image_size of at least 32", "16"]),
        (
            {"backbones": [VGG16, {"name": "Xception"}], "data": {"image_size": 64}},
            ["backbones[1] Xception needs data.image_size of at least 71", "64"],
        ),
        # across sections, and listed twice
        (
            {"split": {"method": "tfds-order"}, "data": {"source": "digits"}},
            ["split.method tfds-order needs data.source tfds", "digits"],
        ),
        ({"search": {"top_k": [3, 5, 3]}}, ["search.top_k: lists 3 more than once", "[3, 5, 3]"]),
        ({"data": {"digits": [5, 6, 5]}}, ["data.digits: lists 5 more than once"]),
        # networks of the user's own
        ({"backbones": [{"name": "bird.keras"}]}, ["backbones[0]", "bird.keras needs native", "raw (0 to 255)"]),
        (
            {"backbones": [{"name": "bird.keras", "native": "0..1"}]},
            ["backbones[0].native: must be 'tf', 'caffe', 'torch', 'raw' or 'unit'", "'0..1'"],
        ),
        (
            {"backbones": [{"name": "VGG16", "native": "tf"}]},
            ["only for networks of your own", "VGG16 was trained on caffe"],
        ),
        ({"backbones": [{"name": "VGG16", "weights": "own"}]}, ["weights: own", "not for VGG16"]),
        (
            {"backbones": [{"name": "bird.keras", "native": "tf", "weights": "bird.h5"}]},
            ["has its weights inside", "'bird.h5'"],
        ),
        (
            {"backbones": [{"name": "nets:net", "native": "tf", "weights": "imagenet"}]},
            ["nets:net has no imagenet weights", "own", "none"],
        ),
        ({"backbones": [{"name": "bird.keras", "native": "tf", "alpha": 0.5}]}, ["bird.keras has none", "0.5"]),
        ({"backbones": [{"name": "models/bird.h5"}]}, ["'models/bird.h5'", "a saved model (.keras)"]),
        ({"backbones": [{"name": "nets:3net"}]}, ["'nets:3net'", "module:function"]),
        (
            {"backbones": [{"name": f"{folder}/bird.keras", "native": "tf"} for folder in "ab"]},
            ["lists bird-own more than once", "rename one"],
        ),
        ({"allow_code": "maybe"}, ["allow_code: must be true or false", "'maybe'"]),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, dict) else "",
)
def test_says_what_is_wrong(config, said):
    text = complaint(**config)
    assert [part for part in said if part not in text] == [], text
    assert len(text.splitlines()) == 1, text


@pytest.mark.parametrize("key", [5, True, None])
def test_a_key_that_is_no_text(key):
    with pytest.raises(BlocktuneError, match="a key must be text"):
        load_config({"backbones": [VGG16], "training": {key: 3}})


def test_missing_backbones():
    with pytest.raises(BlocktuneError, match="backbones is missing"):
        load_config({})


def test_lists_every_problem_on_a_line_of_its_own():
    lines = complaint(training={"epochs": 0, "batchsize": 2}, serach={}).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("settings: ") for line in lines)


def test_a_long_value_is_cut_short():
    assert len(complaint(study={"text": "x" * 10_000})) < 400


@pytest.mark.parametrize(
    "config",
    [
        {"seed": True},
        {"search": {"window": True}},
        {"training": {"learning_rate": False}},
        {"head": {"units": [True, 64]}},
        {"memory_gb": True},
        {"backbones": [{"name": "MobileNet", "alpha": True}]},
    ],
)
def test_true_and_false_are_no_numbers(config):
    assert "a number is needed here, not true or false" in complaint(**config)


def test_numbers_may_come_as_text_from_the_command_line():
    settings, execution = load_config(
        {
            "seed": "7",
            "data": {"image_size": "96", "shift": {"invert": "false", "noise": "0.5"}},
            "training": {"learning_rate": "1e-4"},
            "head": {"units": ["32", "16"]},
            "backbones": [{"name": "MobileNet", "alpha": "0.25"}],
            "search": {"top_k": ["2", "4"]},
            "runs_per_job": "12",
        }
    )
    assert (settings.seed, settings.data.image_size, settings.training.learning_rate) == (7, 96, 1e-4)
    assert (settings.head.units, settings.search.top_k, settings.backbones[0].alpha) == ((32, 16), [2, 4], 0.25)
    assert (settings.data.shift.invert, settings.data.shift.noise) == (False, 0.5)
    assert execution == Execution(runs_per_job=12)


def test_execution_settings_are_kept_apart():
    settings, execution = load_config({"backbones": [VGG16], "store": "elsewhere", "memory_gb": 4})
    assert (execution.store, execution.memory_gb, execution.runs_per_job) == ("elsewhere", 4.0, 1)
    assert not set(type(settings).model_fields) & set(Execution.model_fields)


LONG = "x" * 4000


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"search": {"delimiters": LONG}}, ["search.delimiters: must be `weightless` or a list", "(given: 'xxx"]),
        ({"backbones": [{"name": LONG}]}, ["backbones[0].name: unknown backbone 'xxx", "module:function"]),
        ({"factors": {"rates": [0.1] * 4000}}, ["factors"]),
        ({LONG: 1}, ["unknown key 'xxx", "; allowed here: study"]),
        ({"training": {LONG: 1}}, ["unknown key training.'xxx", "allowed here"]),
    ],
)
def test_what_was_given_may_be_long_but_the_error_is_not(config, said):
    message = complaint(**config)
    assert [words for words in said if words not in message] == []
    assert max(map(len, message.splitlines())) < 1500
