"""Names of classes, files and labels are only ever names: in tables, pages, reports, spreadsheets and terminals."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from markdown_it import MarkdownIt
from PIL import Image

from blocktune.analysis.evaluation_words import evaluation_parts, mistakes_table
from blocktune.analysis.table import Entry, Table, table_csv
from blocktune.cells import cell, text_of
from blocktune.cli.main import main
from blocktune.cli.new import settings_text, told
from blocktune.data.survey import survey
from blocktune.document import blocks, html, latex, markdown
from blocktune.document.blocks import Bullets, Heading, strong
from blocktune.files.image_tables import ManifestRow
from blocktune.messages import printable
from blocktune.settings.load import load_config
from blocktune.settings.yaml_file import read_yaml

SCRIPT = "<script>alert(1)</script>"
FORMULAS = ["=HYPERLINK(1)", "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "'=1", "'"]
HOSTILE = [
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<!--",
    "]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[click](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    "`code` **bold** _it_ ~gone~",
    "a | b",
    "# heading",
    r"\write18{id} \input{/etc/passwd} $x^2$ 50% & # _ { } ~ ^",
    "[4pt] *{3}",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned #",
    "-rf",
    "--output=x",
    "a 'b' \"c\" \\ d",
    "{wildcard} {input}",
    "%s %d {0}",
    "../../etc",
    "ü 中 🌷",
    *FORMULAS,
]
SHOWN = [name for name in HOSTILE if name.isprintable()]


class Elements(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = [], {}, ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes |= dict(attributes)

    def handle_data(self, data):
        self.text += data


def read(page):
    """What a reader that lets HTML through makes of Markdown."""
    return Elements(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(page))


@pytest.mark.parametrize("name", SHOWN)
def test_a_document_shows_a_name_as_it_is(name):
    """Wherever it stands, in Markdown and in HTML."""
    rows = [[name, "y"], [blocks.Cell(name, mark="group")], [strong(name), (name, " ", name)]]
    table = blocks.Table([name, "x"], rows, name, [[name, "z"]], [name])
    page = [Heading(name), name, Bullets([name]), table]
    own = {"h2", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "strong"}
    for found in (read(markdown.render(page)), Elements(str(html.render(page)))):
        assert set(found.tags) <= own | {"caption", "tfoot", "div"}
        assert set(found.attributes) <= {"style", "class", "scope", "colspan", "tabindex", "role", "aria-label"}
        assert found.text.count(" ".join(name.split())) == 12
        assert found.tags.count("tr") == 5 and found.tags.count("li") == 1


@pytest.mark.parametrize("name", SHOWN)
def test_latex_prints_a_name_as_it_is(name):
    text = latex.escape(name)
    plain = re.sub(r"\\text(backslash|asciitilde|asciicircum|less|greater|bar)\{\}|\\[&%$#_{}]|\{[\[*]\}", "", text)
    assert not re.search(r"[\\&%$#_{}~^\[*]", plain), text
    assert "\n" not in text
    rows = [[name, "y"], [blocks.Cell(name, mark="group")]]
    table = blocks.Table([name, "x"], rows, name, [[name, "z"]], [(name, " ", name)])
    assert latex.render(table, "tab:names").count(text.strip()) == 7


@pytest.mark.parametrize("name", HOSTILE)
def test_no_cell_begins_a_formula(name):
    content = cell(name)
    assert content[0] not in "=+-@\t\r\n\uff1d"
    assert not re.search(r"[\r\n]", content)
    assert text_of(content) == name.replace("\t", "\\t").replace("\r", "\\r")
    text = table_csv(Table((name,), ("lw",), ((Entry(-0.5),),)))
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [content, "-0.500000"]


def test_a_name_without_letters_in_utf8_can_be_written():
    assert cell("a\udcff.jpg") == "a\\udcff.jpg"


def test_only_what_a_terminal_obeys_is_escaped():
    assert printable("a\x1b[2J\x07\u202eb\x9b") == "a\\x1b[2J\\x07\\u202eb\\x9b"
    assert printable("two\nlines\tä 中 🌷") == "two\nlines\tä 中 🌷"


FOLDER_NAMES = [name for name in SHOWN if "/" not in name]


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Class folders of hostile names, with files of hostile names: as many as a file system takes."""
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.default_rng(1)
    files = [*FOLDER_NAMES, "two\nlines", "red\x1b[31m", "\t=1", "ends with space "]
    for number, name in enumerate(FOLDER_NAMES):
        (folder / name).mkdir()
        for file in (files[number], "-x", f"{'ü' * 125}.png"):
            Image.fromarray(generator.integers(0, 256, (9, 9, 3), dtype=np.uint8)).save(folder / name / file, "PNG")
    for file in files[-4:]:
        Image.fromarray(generator.integers(0, 256, (9, 9, 3), dtype=np.uint8)).save(folder / "-rf" / file, "PNG")
    return folder


def test_images_of_any_names_are_prepared_and_split(images, tmp_path, capsys):
    settings = {"data": {"source": "folder", "path": str(images), "name": "x", "image_size": 8}, "seed": 1}
    (tmp_path / "data.json").write_text(json.dumps(settings))
    (tmp_path / "split.json").write_text(
        json.dumps({"split": {"search": 0.4, "final": 0.6, "validation": 0.4}, "seed": 1})
    )
    outputs = {name: tmp_path / name for name in ("images.npy", "labels.npy", "manifest.csv", "dataset.json")}
    flags = [f"--{name.split('.')[0]}={path}" for name, path in outputs.items()]
    assert main(["prepare", "--settings", str(tmp_path / "data.json"), *flags]) == 0
    assert json.loads(outputs["dataset.json"].read_text())["classes"] == sorted(FOLDER_NAMES)
    files = {path.relative_to(images).as_posix() for path in images.rglob("*") if path.is_file()}
    escaped = {printable(name).replace("\n", "\\n").replace("\t", "\\t") for name in files}
    assert {row.file for row in ManifestRow.read(outputs["manifest.csv"])} == escaped
    with outputs["manifest.csv"].open(newline="", encoding="utf-8") as lines:
        cells = [content for row in csv.reader(lines) for content in row]
    assert not [content for content in cells if content[:1] in "=+-@\t\r\n" and content]
    arguments = [f"--{name}={outputs[f'{name}.{kind}']}" for name, kind in (("manifest", "csv"), ("dataset", "json"))]
    arguments += [f"--splits={tmp_path / 'splits.csv'}", f"--summary={tmp_path / 'splits.json'}"]
    assert main(["split", "--settings", str(tmp_path / "split.json"), *arguments]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_look_at_them_shows_nothing_that_a_terminal_obeys(images):
    (images / "-rf" / "no\x1b[2Jpicture").write_text("no picture")
    try:
        found = survey(images)
    finally:
        (images / "-rf" / "no\x1b[2Jpicture").unlink()
    assert "\x1b" not in told(found)
    assert "no\\x1b[2Jpicture" in told(found)


@pytest.mark.parametrize("name", [*HOSTILE, "x" * 300, "two\nlines", "\x1b[31mred", "a: b # c", "a\udcff"])
def test_settings_for_a_folder_of_any_name_are_settings(name, tmp_path):
    folder = tmp_path / "ein Ordner"
    folder.mkdir(exist_ok=True)
    for place in ("a", "b"):
        (folder / place).mkdir()
        for number in range(2):
            Image.new("RGB", (9, 9), (number, 0, 0)).save(folder / place / f"{number}.png")
    text = settings_text(name, folder, survey(folder), gpu=False)
    settings, _ = load_config(read_yaml(text, "new"))
    assert settings.data.path == str(folder.resolve())


def evaluation_of(labels):
    found = {
        "labels": labels,
        "right": 1,
        "pictures": len(labels),
        "accuracy": 0.5,
        "interval": [0.1, 0.9],
        "calibration_error": 0.1,
        "confusion": np.eye(len(labels), dtype=int).tolist(),
        "classes": {label: {"pictures": 1, "precision": None, "recall": 0.5} for label in labels},
    }
    mistakes = [{"picture": name, "is": name, "taken_for": name, "probability": 0.5} for name in labels]
    return found, mistakes


def test_scores_of_classes_of_any_names_are_tables():
    found, mistakes = evaluation_of(SHOWN)
    elements = read(markdown.render([*evaluation_parts(found), mistakes_table(mistakes)]))
    assert set(elements.tags) <= {"table", "thead", "tbody", "tr", "th", "td", "p"}
    assert not {"href", "src"} & set(elements.attributes)
    for name in SHOWN:
        assert elements.text.count(" ".join(name.split())) >= 5


def test_the_terminal_is_told_predictions_without_obeying_them(tmp_path, capsys, monkeypatch):
    from blocktune.cli import delivering

    class Classifier:
        labels, size = ("=1+1", SCRIPT), 8

        def probabilities(self, pixels):
            return np.full((len(pixels), 2), 0.5)

    monkeypatch.setattr(delivering, "classifier_of", lambda path: Classifier())
    names = ["red\x1b[31m.png", "=1+1.png", "two\nlines.png", "a\udcff.png", "-x.png"]
    monkeypatch.chdir(tmp_path)
    for name in names:
        Image.new("RGB", (9, 9)).save(tmp_path / name, "PNG")
    (tmp_path / "broken\x1b[31m.png").write_text("")
    assert (
        main(
            ["predict", "model", *(f"./{name}" for name in names), "=1+1.png", "./broken\x1b[31m.png", "--csv", "p.csv"]
        )
        == 0
    )
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err and "broken\\x1b[31m.png" in err
    with Path("p.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))
    assert rows[0] == ["file", "class", "'=1+1", SCRIPT]
    assert {row[0] for row in rows[1:]} >= {"'=1+1.png", "a\\udcff.png", "red\\x1b[31m.png"}
    assert not [content for row in rows for content in row if content[0] in "=+-@\t\r"]
