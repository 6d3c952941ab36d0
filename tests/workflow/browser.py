"""Debian's Chromium, headless, for tests: what a reader sees, and what goes wrong behind it."""

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass
class Visit:
    """A page in a browser, with what its console complained about and whom it asked for something."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def hears(self, kind, text):
        """Keep what the console says if it is a complaint."""
        if kind in ("error", "warning"):
            self.complaints.append(text)


@contextmanager
def visiting(file: Path, scheme="light"):
    """Open a file of this machine in a browser of its own."""
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme=scheme)
        visit = Visit(page)
        page.on(
            "console", lambda said: visit.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("request", lambda request: visit.asked.append(request.url))
        page.goto(file.absolute().as_uri(), wait_until="load")
        page.wait_for_selector(".chart .main-svg")
        yield visit
        browser.close()
