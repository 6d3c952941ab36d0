"""One version of everything: pyproject.toml, the lock and the conda environments agree."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ENVS = sorted((ROOT / "envs").glob("*.yaml"))
REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[(?P<extra>[a-z-]+)\])?(==(?P<version>[^\s;]+))?")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def lock() -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if line and line[0].isalnum():
            found = REQUIREMENT.match(line)
            versions.setdefault(plain(found["name"]), set()).add(found["version"])
    return versions


def declared() -> list[re.Match]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [REQUIREMENT.match(text) for text in project["dependencies"] + project["optional-dependencies"]["dev"]]


def pins(env: Path) -> list[re.Match]:
    content = yaml.safe_load(env.read_text(encoding="utf-8"))["dependencies"]
    return [REQUIREMENT.match(text) for text in next(entry["pip"] for entry in content if isinstance(entry, dict))]


def test_the_lock_holds_what_pyproject_names():
    locked = lock()
    for requirement in declared():
        versions = locked[plain(requirement["name"])]
        assert requirement["version"] is None or versions == {requirement["version"]}


def test_the_lock_is_for_any_machine():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.findall(r"https?:|file:|--index|--find-links|nvidia|^-e", text, flags=re.MULTILINE) == []


@pytest.mark.parametrize("env", ENVS, ids=lambda path: path.stem)
def test_a_conda_environment_has_the_versions_of_the_lock(env):
    locked = lock()
    assert pins(env)
    for pin in pins(env):
        assert pin["version"] in locked[plain(pin["name"])], pin[0]


@pytest.mark.parametrize("env", ENVS, ids=lambda path: path.stem)
def test_a_conda_environment_takes_only_python_and_pip_from_conda(env):
    content = yaml.safe_load(env.read_text(encoding="utf-8"))
    assert content["channels"] == ["conda-forge", "nodefaults"]
    assert [entry for entry in content["dependencies"] if isinstance(entry, str)] == ["python=3.11", "pip"]


def test_the_two_training_environments_differ_in_cuda_only():
    cpu, cuda = pins(ROOT / "envs" / "train-cpu.yaml"), pins(ROOT / "envs" / "train-cuda.yaml")
    assert [(pin["name"], pin["version"]) for pin in cpu] == [(pin["name"], pin["version"]) for pin in cuda]
    assert [pin["extra"] for pin in cuda if pin["extra"]] == ["and-cuda"]
