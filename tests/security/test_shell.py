"""What Snakemake hands to a shell: names of files are quoted, and no name of a user's is more than a name."""

import re
import tarfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

RULES = Path(__file__).parents[2] / "workflow" / "rules"
# Numbers, words that the settings or the wildcards' patterns choose from, and what shlex joined
PLAIN = {
    *("{params.repeat}", "{params.planning}", "{params.runs_per_job}", "{params.memory_gb}", "{params.round}"),
    *("{params.pretrained}", "{params.proxy}", "{params.stage}", "{params.cores}", "{params.compare}"),
    *("{wildcards.name}", "{wildcards.job}", "{wildcards.method}", "{wildcards.strategy}", "{wildcards.round}"),
}
NAME = "-rf 'q' \"d\" $(touch pwned) `touch pwned` ; touch pwned # {x} {{y}} * \\ %s ü"


def shells():
    """(file, text of a rule's shell command)."""
    for file in sorted(RULES.glob("*.smk")):
        for block in re.findall(r"\n    shell:\n((?:        .*\n)+)", file.read_text(encoding="utf-8")):
            yield file.name, block


def test_every_name_in_a_command_is_quoted():
    found = list(shells())
    assert len(found) >= 15
    for file, block in found:
        for placeholder in re.findall(r"(?<!{){[^{}]+}", block):
            named = placeholder.replace(":q}", "}")
            assert placeholder.endswith(":q}") or named in PLAIN or _joined(file, named), f"{file}: {placeholder}"


def _joined(file, placeholder):
    """Whether a param of this file is made by `optional` or `flags_of`, which quote."""
    name = placeholder[1:-1].removeprefix("params.")
    text = (RULES / file).read_text(encoding="utf-8")
    return re.search(rf"\b{name}=(lambda wildcards, input: optional|flags_of)\(", text) is not None


@pytest.fixture
def hostile(new_study, tmp_path):
    """A study in a folder, of an archive, with a store and a name, that a shell would act on."""
    study = new_study(tmp_path / NAME.replace("/", ""))
    generator = np.random.default_rng(1)
    for place in ("$(touch pwned)", "-x; touch pwned"):
        (tmp_path / "photos" / place).mkdir(parents=True)
        for number in range(12):
            picture = Image.fromarray(generator.integers(0, 256, (9, 9, 3), dtype=np.uint8))
            picture.save(tmp_path / "photos" / place / f"`touch pwned` {number}.png")
    with tarfile.open(study.folder / f"{NAME}.tgz", "w:gz") as packed:
        packed.add(tmp_path / "photos", arcname="photos")
    overlay = {
        "study": NAME,
        "data": {"source": "archive", "path": f"{NAME}.tgz", "name": "x", "image_size": 8},
        "backbones": [{"name": "TinyPlain", "weights": "digits", "label": NAME}],
        "split": {"search": 0.3, "final": 0.6, "validation": 0.4},
        "store": f"store {NAME}",
    }
    return study, yaml.safe_dump(overlay, allow_unicode=True)


def nothing_ran(study):
    return not [path for path in study.folder.parent.rglob("pwned*") if path.is_file()]


def test_a_study_of_names_that_a_shell_would_act_on(hostile):
    study, overlay = hostile
    study.make("results/plan/splits.csv", overlay=overlay)
    assert nothing_ran(study)
    assert "$(touch pwned)" in study.json("results/plan/splits.json")["parts"]["search"]["classes"]


@pytest.mark.long
def test_a_whole_study_of_names_that_a_shell_would_act_on(hostile):
    study, overlay = hostile
    weights = f"{NAME}.weights.h5"
    study.make("results/plan/pretrained/TinyPlain.weights.h5", overlay=overlay)
    (study.folder / "results/plan/pretrained/TinyPlain.weights.h5").rename(study.folder / weights)
    settings = yaml.safe_load(overlay)
    settings["backbones"][0]["weights"] = weights
    study.make(overlay=yaml.safe_dump(settings, allow_unicode=True))
    assert nothing_ran(study)
    assert (study.folder / f"store {NAME}").is_dir()
    assert (study.folder / "results" / "report.html").is_file()
    study.make("models", overlay=yaml.safe_dump(settings, allow_unicode=True))
    assert nothing_ran(study)
