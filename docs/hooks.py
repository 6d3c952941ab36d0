"""What the site adds to the pages in docs/: pages from elsewhere in the repository, references made from the code."""

import os
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from blocktune.cli.reference import commands_page
from blocktune.files.reference import files_page
from blocktune.settings.reference import settings_page

ROOT = Path(__file__).parents[1]

# Pages that live beside what they are about
_ELSEWHERE = {"README.md": "index.md", "presets/README.md": "presets.md", "benchmarks/README.md": "benchmarks.md"}
_LINK = re.compile(r"\[([^][]*)\]\((?!https?:|#)([^)\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages; the table of contents in docs/README.md is for readers of the repository."""
    files.remove(files.get_file_from_path("README.md"))
    for source, place in _ELSEWHERE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, place, content=_moved(text, ROOT / source)))
    files.append(File.generated(config, "reference/settings.md", content=settings_page()))
    files.append(File.generated(config, "reference/commands.md", content=commands_page()))
    files.append(File.generated(config, "reference/files.md", content=files_page()))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Mend links that lead out of docs/."""
    path = page.file.abs_src_path
    return markdown if path is None else _moved(markdown, Path(path))


def _moved(text: str, source: Path) -> str:
    """Return a page's text with links that hold inside the site; what is only in the repository loses its link.

    The contents of the repository's docs/ are such a page: the site has its own.
    """

    def link(found: re.Match[str]) -> str:
        words, (target, _, place) = found[1], found[2].partition("#")
        path = Path(os.path.normpath(source.parent / target)).relative_to(ROOT)
        if str(path) in _ELSEWHERE:
            inside = _ELSEWHERE[str(path)]
        elif path.parts[0] == "docs" and path.name != "README.md":
            inside = str(path.relative_to("docs"))
        else:
            return words
        return f"[{words}]({inside}{f'#{place}' if place else ''})"

    return _LINK.sub(link, text)
