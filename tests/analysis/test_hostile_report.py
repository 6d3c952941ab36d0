"""The report with names that try everything: a parser finds the page's own elements and scripts, no others."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from markdown_it import MarkdownIt
from test_page import SETTINGS, found

from blocktune.analysis.page.content import page_of
from blocktune.analysis.page.page import render
from blocktune.analysis.recommend_words import page as recommendation
from blocktune.document.markdown import render as render_markdown
from blocktune.settings.training import Training

NAMES = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" autofocus onfocus=alert(1) x="',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "<!--<script>",
    "</style><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;script&gt;",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "\u2028alert(1)\u2029",
    "</code></pre><base href='https://example.org/'>",
]


class Parsed(HTMLParser):
    """Elements with their attributes, and the text of scripts."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self.text, self._in_script = [], [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._in_script = False

    def handle_data(self, data):
        self.text += data
        if self._in_script:
            self.scripts[-1] += data


def evaluation():
    one = {"pictures": 2, "precision": None, "recall": 0.5}
    mistakes = [
        {"row": 0, "picture": f"{name}/{name}.jpg", "is": name, "taken_for": name, "probability": 0.9} for name in NAMES
    ]
    return {
        "strategy": "bw",
        "scored": "test",
        "right": 3,
        "pictures": 4,
        "accuracy": 0.75,
        "interval": [0.3, 0.95],
        "calibration_error": 0.1,
        "labels": NAMES,
        "confusion": np.eye(len(NAMES), dtype=int).tolist(),
        "classes": dict.fromkeys(NAMES, one),
        "mistakes": mistakes,
    }


@pytest.fixture(scope="module")
def pages(make):
    """The page of an ordinary study, and that of one in which every name is hostile."""

    def text(names, label):
        inputs = make(
            names=("VGG16",), study=label, dataset=label, titles={"VGG16": label}, about={"VGG16": {"title": label}}
        )
        facts = {**evaluation(), "labels": names, "classes": dict.fromkeys(names, evaluation()["classes"][NAMES[0]])}
        facts["mistakes"] = [
            {**entry, "picture": f"{name}.jpg", "is": name, "taken_for": name}
            for entry, name in zip(facts["mistakes"], names, strict=True)
        ]
        images = np.zeros((1, 8, 8, 3), np.uint8)
        settings = SETTINGS.model_copy(update={"study": label})
        content = found(inputs, classes=names, settings=settings, models={"VGG16": facts}, images=images)
        return render(page_of(content))

    plain = text([f"name{number}" for number in range(len(NAMES))], "plain")
    return Parsed(plain), Parsed(text(NAMES, " ".join(NAMES)))


def test_hostile_names_add_no_element_and_no_attribute(pages):
    plain, hostile = pages
    shape = [(tag, set(attributes)) for tag, attributes in plain.elements]
    assert [(tag, set(attributes)) for tag, attributes in hostile.elements] == shape
    assert not {name for _, attributes in hostile.elements for name in attributes if name.startswith("on")}


def test_no_script_runs_but_the_pages_own(pages):
    _, hostile = pages
    policy = next(about["content"] for tag, about in hostile.elements if tag == "meta" and "http-equiv" in about)
    assert re.match(r"default-src 'none'; script-src( 'sha256-[A-Za-z0-9+/=]+'){2};", policy)
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0] and "unsafe-eval" not in policy
    allowed = set(re.findall(r"'sha256-([^']*)'", policy))
    kinds = [about.get("type") for tag, about in hostile.elements if tag == "script"]
    running = [text for text, kind in zip(hostile.scripts, kinds, strict=True) if kind != "application/json"]
    assert {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in running} == allowed
    for text, kind in zip(hostile.scripts, kinds, strict=True):
        assert kind != "application/json" or "<" not in text


def test_nothing_leads_outside(pages):
    _, hostile = pages
    for tag, attributes in hostile.elements:
        for name in ("src", "href", "action", "srcdoc", "data", "background"):
            if name in attributes and tag != "script":
                assert attributes[name].startswith(("#", "data:image/")), (tag, attributes[name][:80])


@pytest.mark.parametrize("name", NAMES)
def test_the_recommendation_is_markdown_with_names_in_it(make, name):
    inputs = make(names=("VGG16",), dataset=name, about={"VGG16": {"title": name}})
    (backbone,) = inputs.backbones
    # A network of the user's own has layers of any name
    layers = tuple(replace(layer, name=f"{name}{layer.index}") for layer in backbone.layers)
    best = {"strategy": "bw", "candidate": 1, "names": [layers[1].name, layers[2].name], "accuracy": 0.8}
    best |= {"interval": [0.7, 0.9], "accuracies": [0.8], "repeats": 1, "untrained": 0}
    answer = {"best": best, "others": [], "ranked_first": "bw", "scored": "test", "diverged": 0, "final_runs": 1}
    augmented = Training(augmentation={"flip": True})
    settings = SETTINGS.model_copy(update={"training": augmented})
    told = [(replace(backbone, layers=layers), answer), (backbone, None)]
    text = render_markdown(recommendation(inputs.study, told, settings, 5, timed=False))
    read = Parsed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))
    assert {tag for tag, _ in read.elements} == {"h1", "h2", "p", "code"}, text
    assert f"from {' '.join(layers[1].name.split())}" in read.text
