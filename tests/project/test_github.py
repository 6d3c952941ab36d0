"""GitHub's Actions and the development container: nothing of them runs here, so what they name has to be there."""

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def steps(file):
    # `on` is true for YAML 1.1
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [step for job in content["jobs"].values() for step in job["steps"]]


def test_the_actions_run_what_ci_runs_and_build_the_site():
    commands = {step["run"] for file in WORKFLOWS for step in steps(file) if "run" in step}
    assert commands == {".ci/run", "make docs"}
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert re.search(r"^docs:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_actions_are_pinned_may_only_read_and_cache_nothing(file):
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert content["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in content["jobs"].values())
    assert all(job["timeout-minutes"] <= 60 for job in content["jobs"].values())
    used = [step["uses"] for step in steps(file) if "uses" in step]
    assert used and all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in used)
    assert "cache" not in {key for step in steps(file) for key in step.get("with", {})}
    checkouts = [step for step in steps(file) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_the_python_of_the_actions_is_one_that_is_supported():
    supported = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    versions = [step["with"]["python-version"] for file in WORKFLOWS for step in steps(file) if "setup" in str(step)]
    assert versions
    for version in versions:
        # A number would lose the zero of 3.10
        assert isinstance(version, str)
        assert int(supported[1]) <= int(version.removeprefix("3.")) < int(supported[2])


def test_the_development_container_is_that_of_the_dockerfile():
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    content = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    folder = ROOT / ".devcontainer"
    dockerfile = folder / content["build"]["dockerfile"]
    assert (folder / content["build"]["context"]).resolve() == dockerfile.resolve().parent == ROOT
    docker = dockerfile.read_text(encoding="utf-8")
    assert re.search(rf"useradd .* {content['remoteUser']}$", docker, re.MULTILINE)
    python = Path(content["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"])
    assert f"ENV PATH={python.parent}:$PATH" in docker
