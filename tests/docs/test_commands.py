"""Every command of the documentation: run where that takes no network and no minutes, else looked at and dry-run.

What runs through to the end is in test_walkthrough.py.
"""

import re
import subprocess
import sys
import tarfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import warm
import yaml
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

from documented import PAGES, ROOT, Call, blocks, calls, clone, environment

from blocktune.cli.main import main, parser
from blocktune.errors import BlocktuneError

# What is called on which page; a new program or page needs an entry here, and a look at what tests it
PROGRAMS = {
    "README.md": {"make", "snakemake", "blocktune"},
    "presets/README.md": {"snakemake"},
    "benchmarks/README.md": {"python"},
    "docs/arms.md": {"snakemake", "blocktune"},
    "docs/cluster.md": {
        *("git", "make", "cp", "snakemake", "cat", "docker", "apptainer", "apt-get", "python", "sinfo", "aws"),
    },
    "docs/dvc.md": {"dvc", "git", "cp", "blocktune"},
    "docs/evaluation.md": {"snakemake"},
    "docs/practice.md": {"snakemake"},
    "docs/factors.md": {"snakemake"},
    "docs/findings.md": {"snakemake"},
    "docs/model.md": {"snakemake", "blocktune"},
    "docs/own-backbone.md": {"snakemake", "blocktune"},
    "docs/own-images.md": {"snakemake", "blocktune"},
    "docs/report.md": {"snakemake"},
    "docs/running.md": {"snakemake", "blocktune", "tee", "pip", "snakedeploy", "sed"},
    "docs/searches.md": {"snakemake", "blocktune"},
    "docs/sharing.md": {"snakemake", "blocktune", "hf"},
    "docs/strategies.md": {"snakemake", "blocktune"},
}
# Beginnings of calls that other tests or CI make, or that are none of ours
ELSEWHERE = {
    "tests/cluster": [
        "snakemake --workflow-profile slurm ",
        "python tests/cluster/slurm.py ",
        "sinfo",
        "apt-get install ",
    ],
    "tests/cluster/test_submitted.py": [
        "snakemake --workflow-profile kubernetes",
        "snakemake --workflow-profile aws-batch",
        "aws batch register-job-definition ",
    ],
    "tests/workflow/test_conda.py": ["snakemake --cores 4 --use-conda"],
    "tests/workflow/test_container.py": ["apptainer build ", "docker build ", "docker run "],
    "tests/dvc": [
        *(f"dvc {verb}" for verb in ("pull", "repro", "push", "metrics show", "plots diff HEAD~1", "checkout", "add ")),
        *(
            f"dvc {verb} "
            for verb in ("exp run", "queue start", "exp show", "exp apply", "remote add", "remote modify")
        ),
        "dvc import-url ",
    ],
    "tests/project/test_module.py": ["snakedeploy deploy-workflow "],
    ".ci/run": ["make setup", "make demo", "make test"],
    "benchmarks": ["python benchmarks/"],
    "not ours": [
        *("git clone ", "git add ", "git commit", "git checkout ", "cp ", "cat ", "tee ", "hf upload ", "pip ", "sed "),
    ],
}
# What a page names and this machine does not have: the file that stands for it, or how it is done without
REPLACED = {
    "/path/to/birds": "birds",
    "path: /path/flower_photos.tgz": "path: flower_photos.tgz",
    "weights: /path/x.h5": "weights: mobilenet_2_5_224_tf_no_top.h5",
    "gpus=[0,1]": "gpus=none",
    "gpus=[1]": "gpus=none",
    "gpus=[GPU-8932f937]": "gpus=none",
}
FIRST_PAGES = ("README.md", "docs/own-images.md", "docs/own-backbone.md")
BACKBONES = {"MobileNet-a0.25-imagenet", "birdnet-own", "nets.small-none"}


def replaced(argument):
    for words, ours in REPLACED.items():
        argument = argument.replace(words, ours)
    return argument


def pictures(folder, classes, count, side=40):
    rng = np.random.default_rng(0)
    for place, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = rng.integers(0, 120, (side, side + number, 3), np.uint8)
            pixels[..., place % 3] += 120
            Image.fromarray(pixels).save(folder / name / f"IMG {number}.png")
    return folder


def own_networks(place):
    """Make the files that the how-to on a network of one's own makes, by its own blocks."""
    page, study = "docs/own-backbone.md", place / "studies" / "birds"
    study.mkdir(parents=True, exist_ok=True)
    for name, text in zip(("own.yaml", "own_function.yaml"), blocks(page, "yaml"), strict=True):
        (place / name).write_text(text, encoding="utf-8")
    (cut, module) = blocks(page, "python")
    (study / "nets.py").write_text(module, encoding="utf-8")
    return cut


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder like the repository, with pictures, archives and weights that the pages name."""
    place = clone(tmp_path_factory.mktemp("docs"))
    pictures(place / "birds", ["blue tit", "robin"], 12)
    with tarfile.open(place / "flower_photos.tgz", "w:gz") as archive:
        archive.add(place / "birds", "flower_photos")
    weights = place / "keras" / "models" / "mobilenet_2_5_224_tf_no_top.h5"
    weights.parent.mkdir(parents=True)
    for file in (weights, place / weights.name):
        h5py.File(file, "w").close()
    dataset = place / "tfds" / "tf_flowers" / "3.0.1" / "dataset_info.json"
    dataset.parent.mkdir(parents=True)
    dataset.touch()
    own_networks(place)
    return place


@pytest.fixture(scope="module")
def called(place):
    return [call for page, programs in PROGRAMS.items() for call in calls(page, place, programs)]


def test_every_command_of_every_page_is_accounted_for(called):
    assert {page for page in PAGES if blocks(page, "bash")} == set(PROGRAMS)
    known = tuple(beginning for beginnings in ELSEWHERE.values() for beginning in beginnings)
    ours = ("snakemake ", "blocktune ")
    assert [str(call) for call in called if not str(call).startswith((*known, *ours))] == []
    # Nor is a page's program, or an entry here, that no page has any more
    assert {(call.page, call.program) for call in called} == {
        (page, program) for page, programs in PROGRAMS.items() for program in programs
    }
    assert [words for words in known if not any(str(call).startswith(words) for call in called)] == []
    assert [file for file in ELSEWHERE if "/" in file and not (ROOT / file).exists()] == []


def test_commands_outside_of_bash_blocks_are_none():
    """A block without a language would not be looked at."""
    for page in PAGES:
        assert not re.search(
            r"^```(sh|shell|console)?\n(\$ )?(snakemake|blocktune|make|dvc) ", PAGES[page].read_text(), re.M
        )


def test_targets_of_make_and_scripts_exist(called):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    for call in called:
        if call.program == "make":
            assert set(call.arguments) <= set(targets), call
        if call.program == "python":
            assert (ROOT / call.arguments[0]).is_file(), call


def test_blocktunes_commands_and_flags_are_there(called):
    read, reader = 0, parser()
    for call in called:
        if call.program == "blocktune":
            try:
                reader.parse_args(call.arguments)
            except SystemExit:
                pytest.fail(f"{call.page}: blocktune {' '.join(call.arguments)}")
            read += 1
    assert read > 15


def test_models_are_named_after_backbones_that_there_are():
    for page in PAGES:
        named = re.findall(r"results/(?:models|search)/([^/`\s)]+)", PAGES[page].read_text(encoding="utf-8"))
        keys = {name.partition("~")[0] for name in named if not name.startswith(("*", "BACKBONE", "<"))}
        assert keys <= BACKBONES, page


# ------------------------------------------------------------------------------------------------------------------
# run


@pytest.fixture
def user(place, monkeypatch):
    """`user("new", ...)` runs a command of blocktune in the folder, as a user does who has downloaded nothing."""
    monkeypatch.chdir(place)
    for name, value in environment(place).items():
        monkeypatch.setenv(name, value)
    # Restored afterwards: `--allow-code` sets it
    monkeypatch.setenv("BLOCKTUNE_ALLOW_CODE", "0")

    def run(*arguments, folder=None, status=0):
        monkeypatch.chdir(folder or place)
        assert main([replaced(argument) for argument in arguments]) == status

    return run


def check_dry_runs(called, place, pages):
    """Let Snakemake plan what the pages' commands ask for, whose results are not there yet."""
    ours = [call for call in called if call.program == "snakemake" and call.page in pages and not elsewhere(call)]
    user = environment(place, PATH="/usr/bin:/bin") | warm.environment()
    snakemake = Path(sys.executable).with_name("snakemake")
    failed = []
    # How many cores there are changes no plan
    different = {(call.folder, re.sub(r"--cores \d+", "", str(call))): call for call in ours}
    for call in different.values():
        words = [snakemake, "--dry-run", *map(replaced, call.arguments)]
        done = subprocess.run(
            words, cwd=call.folder, env=user, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode or "This was a dry-run" not in done.stdout:
            failed.append(f"{call.page}: {call}\n{done.stdout}")
    assert not failed, "\n\n".join(failed)
    assert {call.page for call in ours} == set(pages)


def elsewhere(call: Call):
    return any(str(call).startswith(words) for beginnings in ELSEWHERE.values() for words in beginnings)


def test_a_folder_of_pictures_becomes_settings_and_then_all_commands_have_a_plan(
    user, place, called, capsys, monkeypatch
):
    from blocktune.training import speed

    def nothing_to_measure(*_):
        raise BlocktuneError("no time for it in a test")

    monkeypatch.setattr(speed, "measure", nothing_to_measure)
    (new, *again) = [call for call in called if call.arguments[:1] == ("new",)]
    assert [replaced(argument) for argument in again[0].arguments] == list(new.arguments) or len(again) == 1
    user(*new.arguments)
    said = capsys.readouterr().out
    assert "24 images in 2 classes" in said
    assert "not measured, so operations are counted instead: no time for it in a test\n" in said
    # It prints the command that the page has
    printed = next(line.strip() for line in said.splitlines() if line.strip().startswith("snakemake "))
    cores = re.compile(r"--cores \d+")
    assert cores.sub("", printed) in {cores.sub("", str(call)) for call in called}
    settings = yaml.safe_load((place / "birds.yaml").read_text(encoding="utf-8"))
    assert settings["backbones"] == [{"name": "MobileNet", "alpha": 0.25}]
    # The how-to's saved model, whose inside its own test looks at
    import keras

    inputs = keras.Input((None, None, 3))
    keras.Model(inputs, keras.layers.Conv2D(2, 3)(inputs)).save(place / "studies" / "birds" / "birdnet.keras")
    check_dry_runs(called, place, FIRST_PAGES)


@pytest.mark.long
def test_the_other_pages_commands_have_a_plan(place, called):
    pages = {page for page, programs in PROGRAMS.items() if "snakemake" in programs} - set(FIRST_PAGES)
    # What they need of SLURM, conda and containers is tested where these are
    check_dry_runs(called, place, pages - {"docs/cluster.md"})


def test_what_can_be_fetched_is_named(user, called, capsys):
    offline = [call for call in called if call.arguments[:1] == ("fetch",) and "--offline" in call.arguments]
    for call in offline:
        user(*call.arguments)
        assert "dataset tf_flowers" in capsys.readouterr().out
    assert offline


def test_networks_can_be_planned(user, place, called, capsys):
    exec(own_networks(place).replace("classifier.keras", str(classifier(place))), {})
    planned = [call for call in called if call.arguments[:1] == ("plan",)]
    for call in planned:
        user(*call.arguments, folder=call.folder)
        assert re.search(r"\d+ distinct runs", capsys.readouterr().out)
    assert {call.arguments[1] for call in planned} == {
        *("MobileNetV2", "studies/birds/birdnet.keras", "nets:small"),
    }


def classifier(place, side=None):
    """A classifier that Keras saved, as the how-to has it."""
    import keras

    inputs = x = keras.Input((side, side, 3))
    for number in (1, 2, 3, 4, 5):
        x = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name=f"conv{number}")(x)
        x = keras.layers.MaxPooling2D(name="last_map" if number == 5 else f"pool{number}")(x)
    scores = keras.layers.Dense(7)(keras.layers.GlobalAveragePooling2D()(x))
    keras.Model(inputs, scores).save(place / "classifier.keras")
    return place / "classifier.keras"
