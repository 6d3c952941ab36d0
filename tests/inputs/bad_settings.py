"""Settings files that can't be: a row is a name, the file's content, and what the one error must say.

tests/settings/test_bad_settings.py has those of single keys; here are whole files, and keys that it leaves out.
"""

NESTED = "study: " + "[" * 5000
# Eight lines of YAML that stand for 9 ** 9 values
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

BROKEN_FILES = [
    ("a list", "- seed\n", ["bad.yaml holds a list", "a mapping of keys is needed"]),
    ("a word", "seed", ["bad.yaml holds a str", "a mapping of keys is needed"]),
    ("no YAML", "seed: 1: 2\n", ["bad.yaml can't be read as YAML", "mapping values are not allowed here"]),
    ("a tab", "data:\n\timage_size: 64\n", ["bad.yaml can't be read as YAML", "'\\t'"]),
    ("two documents", "seed: 1\n---\nseed: 2\n", ["bad.yaml can't be read as YAML", "but found another document"]),
    ("an open bracket", "backbones: [{name: VGG16", ["bad.yaml can't be read as YAML", "line 1"]),
    ("an alias of nothing", "seed: *one\n", ["bad.yaml can't be read as YAML", "undefined alias 'one'"]),
    ("a key twice", "seed: 1\nstudy: x\nseed: 2\n", ["bad.yaml can't be read as YAML", "line 3 gives seed once more"]),
    ("an inner key twice", "head:\n  dropout: 0\n  dropout: 0.1\n", ["line 3 gives dropout once more"]),
    ("another encoding", "study: Gänse\n".encode("latin-1"), ["bad.yaml can't be read", "utf-8"]),
    ("UTF-16", "seed: 1\n".encode("utf-16"), ["bad.yaml can't be read", "utf-8"]),
    ("zeros", b"\0" * 100, ["bad.yaml can't be read as YAML", "special characters are not allowed"]),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ["bad.yaml can't be read", "utf-8"]),
    ("a web page", "<!doctype html>\n<title>404: Not found</title>\n", ["bad.yaml can't be read as YAML"]),
    ("a date that is none", "study: 2024-13-45\n", ["bad.yaml can't be read as YAML", "month must be in 1..12"]),
    ("half a hexadecimal number", "seed: 0x_\n", ["bad.yaml can't be read as YAML", "base 16"]),
    ("a wrong tag", "offline: !!bool perhaps\n", ["bad.yaml can't be read as YAML", "perhaps"]),
    ("a time that is none", "study: !!timestamp now\n", ["bad.yaml can't be read as YAML"]),
    ("code", "study: !!python/object/apply:os.system [id]\n", ["could not determine a constructor for the tag"]),
    ("a list as key", "? [seed, 1]\n: 2\n", ["bad.yaml can't be read as YAML", "unhashable key"]),
    ("a merge of nothing", "<<: 3\nseed: 1\n", ["bad.yaml can't be read as YAML", "merging"]),
    ("too deep", NESTED, ["bad.yaml can't be read: it is nested more than 30 deep"]),
    ("in itself", "head: &head\n  units: *head\n", ["bad.yaml can't be read: it is nested more than 30 deep"]),
    ("a bomb", BOMB + "study: *i\n", ["bad.yaml can't be read: it holds more than 100,000 values"]),
    ("too large", "# " + "x" * 10_000_001, ["bad.yaml is larger than 10 MB"]),
    ("a number too long to read", f"seed: {'9' * 5000}\n", ["bad.yaml can't be read as YAML", "4300 digits"]),
]

WRONG_VALUES = [
    ("a number too long to show", f"seed: 0x{'f' * 5000}\n", ["seed: must be less than", "about 6000 digits"]),
    ("a zero in a text", 'study: "a\\0b"\n', ["study: must not hold line ends or other control", "'a\\x00b'"]),
    ("a line end in a title", "study: |\n  two\n  lines\n", ["study: must not hold line ends", "'two\\nlines\\n'"]),
    ("colours in a title", 'study: "\\e[31mred"\n', ["study: must not hold line ends", "\\x1b[31mred"]),
    ("half a letter", 'study: "\\ud800"\n', ["study: must be a valid string", "'\\ud800'"]),
    ("a long title", f"study: {'x' * 81}\n", ["study: must have at most 80 characters, not 81"]),
    ("an empty title", "study: ''\n", ["study: must not be empty"]),
    ("no repeats", "repeats: 0\n", ["repeats: must be greater than or equal to 1", "0"]),
    ("a million repeats", "repeats: 1000000\n", ["repeats: must be less than or equal to 1000", "1000000"]),
    ("a seed too large", "seed: 2147483648\n", ["seed: must be less than 2147483648", "2147483648"]),
    (
        "epochs without end",
        "training: {epochs: 1000000000000}\n",
        ["training.epochs: must be less than or equal to 100000"],
    ),
    ("a batch too large", "training: {batch_size: 99999999999}\n", ["training.batch_size: must be less than"]),
    ("a head too large", "head: {units: [128, 1000000]}\n", ["head.units[1]: must be less than or equal to 65536"]),
    (
        "no pooling of that name",
        "head: {pooling: mean}\n",
        ["head.pooling: must be 'flatten', 'average', 'max' or 'token'"],
    ),
    ("flip", "training: {augmentation: {flip: sideways}}\n", ["training.augmentation.flip: must be true or false"]),
    ("crop", "training: {augmentation: {crop: 1}}\n", ["training.augmentation.crop: must be less than", "1"]),
    ("color", "training: {augmentation: {colour: 0.1}}\n", ["training.augmentation.colour", "it is called color now"]),
    ("batch_norm", "training: {batch_norm: froze}\n", ["training.batch_norm", "did you mean 'frozen'?"]),
    ("counts", "training: {counts: first}\n", ["training.counts: must be 'last' or 'best'", "'first'"]),
    ("monitor", "training: {plateau: {monitor: loss}}\n", ["training.plateau.monitor: must be 'val_accuracy'"]),
    ("factor", "training: {plateau: {factor: 1}}\n", ["training.plateau.factor: must be less than 1"]),
    ("patience", "training: {plateau: {patience: 0}}\n", ["training.plateau.patience", "equal to 1"]),
    ("halving slowly", "search: {halving: {factor: 1.0001}}\n", ["search.halving.factor", "equal to 1.1", "1.0001"]),
    ("halving late", "search: {method: halving, halving: {first_epochs: 51}}\n", ["first_epochs is 51", "epochs 50"]),
    ("a method", "search: {method: roulette}\n", ["search.method: must be 'exhaustive', 'halving'", "'roulette'"]),
    ("no top", "search: {top_k: []}\n", ["search.top_k: must have at least 1 entries, not 0"]),
    ("a baseline", "baselines: {also: [half]}\n", ["baselines.also[0]: must be 'probe', 'quarter', 'lpft'", "'half'"]),
    ("a baseline twice", "baselines: {also: [lpft, lpft]}\n", ["baselines.also: lists lpft more than once"]),
    (
        "phases in an epoch",
        "training: {epochs: 1}\nbaselines: {also: [gradual]}\n",
        ["training.epochs must be at least 2"],
    ),
    ("a share of nothing", "baselines: {head_share: 0}\n", ["baselines.head_share: must be greater than 0"]),
    ("a rate that rises", "baselines: {lowest_rate: 2}\n", ["baselines.lowest_rate: must be less than or equal to 1"]),
    ("a protocol", "evaluation: {protocol: test}\n", ["evaluation.protocol: must be 'paper' or 'holdout'"]),
    ("no room to choose", "evaluation: {protocol: holdout, selection: 0.6}\n", ["selection 0.6", "less than 0.6"]),
    ("figures too fine", "figures: {dpi: 5000}\n", ["figures.dpi: must be less than or equal to 1200", "5000"]),
    ("digits of the source", "pretraining: {digits: [0]}\n", ["pretraining.digits: must have at least 2 entries"]),
    ("a shift", "data: {shift: {rotate: 270}}\n", ["data.shift.rotate: must be less than or equal to 180"]),
    ("a picture too large", "data: {image_size: 4096}\n", ["data.image_size: must be less than or equal to 2048"]),
    ("a name too long", f"data: {{name: {'n' * 151}}}\n", ["data.name: must have at most 150 characters, not 151"]),
    ("a name of the shell", "data: {name: $(id)}\n", ["data.name: must begin with a letter or digit", "'$(id)'"]),
    ("a date as key", "2024-01-01: 3\n", ["a key must be text", "2024"]),
    ("a key of two lines", '"se\\ned": 1\n', ["unknown key 'se\\ned'", "allowed here: study"]),
    ("an empty key", "'': 1\n", ["unknown key ''", "allowed here: study"]),
    ("a long key", f"{'x' * 1000}: 1\n", ["unknown key 'xxx", "allowed here: study"]),
    (
        "a label of two lines",
        'backbones: [{name: VGG16, label: "a\\nb"}]\n',
        ["backbones[0].label: must not hold line"],
    ),
    ("a label too long", f"backbones: [{{name: VGG16, label: {'x' * 4097}}}]\n", ["at most 4096 characters, not 4097"]),
    (
        "infinite width",
        "backbones: [{name: MobileNet, alpha: .inf}]\n",
        ["backbones[0].alpha: must be a finite number"],
    ),
    (
        "new parts in an order",
        "split: {method: tfds-order, each_repeat: new}\n",
        ["each_repeat new gives each repeat a split of its own"],
    ),
]

MISSING_FILES = [
    ("no archive", "data: {source: archive, path: none.tgz}\n", ["data.path", "archive none.tgz", "not in /"]),
    ("no folder", "data: {source: folder, path: no where}\n", ["data.path", "folder no where", "not in /"]),
    ("a folder's name too long", f"data: {{source: folder, path: {'p' * 256}}}\n", ["data.path", "File name too long"]),
    ("no weights", "backbones: [{name: VGG16, weights: w.h5}]\n", ["backbones[0].weights", "not in /"]),
    (
        "weights' name too long",
        f"backbones: [{{name: VGG16, weights: {'w' * 256}}}]\n",
        ["weights", "File name too long"],
    ),
]

EXECUTION = [
    ("gpus as a mapping", "gpus: {first: 1}\n", ["gpus: must be auto, none, how many", "{'first': 1}"]),
    ("no such digit", "gpus: '²'\n", ["gpus: must be auto, none, how many", "'²'"]),
    ("gpus without end", f"gpus: 0x{'f' * 999}\n", ["gpus: must be auto, none, how many", "digits"]),
    ("gpus in figures", f"gpus: '{'9' * 5000}'\n", ["gpus: must be auto, none, how many", "99 ..."]),
    ("a GPU twice", "gpus: [0, 0]\n", ["gpus: lists 0 more than once"]),
    ("memory without end", f"gpu_memory: 0x{'f' * 400}\n", ["gpu_memory: must be grow, or a number of GB above 0"]),
    ("memory that is no number", "memory_gb: .nan\n", ["memory_gb: must be greater than 0", "nan"]),
    ("runs in another script", "runs_per_job: '²'\n", ["runs_per_job: must be a whole number from 1, or auto", "'²'"]),
    (
        "a store of nowhere",
        "store: $NO_SUCH_VARIABLE/store\n",
        ["store: the environment variable NO_SUCH_VARIABLE is not set"],
    ),
    ("a store of two lines", 'store: "a\\nb"\n', ["store: must not hold line ends", "'a\\nb'"]),
    ("no container", "container: ''\n", ["container: must not be empty"]),
    ("a rehearsal without end", "dry_seconds: .inf\n", ["dry_seconds: must be a finite number"]),
    ("an environment", "training_env: gpu\n", ["training_env: must be 'cpu' or 'cuda'", "'gpu'"]),
]

BAD_SETTINGS = [*BROKEN_FILES, *WRONG_VALUES, *MISSING_FILES, *EXECUTION]
