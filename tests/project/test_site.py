"""The documentation as a site: it builds without a broken link, and reading it asks nobody for anything."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from blocktune.files.reference import kinds
from blocktune.settings.model import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [Path(sys.executable).with_name("mkdocs"), "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


def text_of(page):
    return re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))


def test_no_page_loads_anything_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) >= 15
    for page in pages:
        loads = re.findall(
            r"<(?:script|link|img)[^>]*(?:src|href)=[\"']?(https?:[^\"' >]+)", page.read_text(encoding="utf-8")
        )
        assert loads == [], page.name


def test_every_page_of_the_repository_is_in_the_contents(site):
    content = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = set(re.findall(r": ([\w/-]+)\.md$", content, flags=re.MULTILINE))
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} - {"README"} <= named
    assert yaml.safe_load(content)["strict"] is True


def test_the_reference_has_every_setting_and_command(site):
    settings = text_of(site / "reference" / "settings.html")
    for section in Settings.model_fields:
        assert section in settings
    for key in ("top_k", "min_learning_rate", "first_epochs", "each_repeat", "max"):
        assert key in settings
    commands = text_of(site / "reference" / "commands.html")
    for command in ("recommend", "predict", "train", "convert", "report"):
        assert f"blocktune {command}" in commands


def test_the_reference_has_every_kind_of_file(site):
    page = text_of(site / "reference" / "files.html")
    for kind in kinds():
        assert kind.called.capitalize() in page and kind.place in page
