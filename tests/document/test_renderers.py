"""One document, three formats: what stands out, how tables look, and what is left of a text's own characters."""

from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from blocktune.document import html, latex, markdown
from blocktune.document.blocks import (
    Bullets,
    Cell,
    Code,
    Heading,
    Paragraph,
    Table,
    Varied,
    code,
    strong,
    superscript,
)

ALL = "".join(chr(number) for number in range(33, 127))
PAGE = [
    Heading("A title", 1),
    Paragraph(("One ", strong(("bold ", code("code_1"), superscript("a"))), " & more"), look="answer"),
    "A paragraph of words alone.",
    Heading("Below", 2),
    Bullets(["first", ("second ", code("x | y"))]),
    Code("if a < b:\n    print(`c`)\n", "python"),
    Table(["Name", "Share"], [["a", Cell("0.5", 0.5, "best")], ["b", "n/a"]], "What it shows", notes=["Read *this*"]),
]


class Read(HTMLParser):
    """Texts of HTML with the elements that they stand in."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found = [], []
        self.feed(str(text))
        self.close()

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.found.append((data.strip(), self.open[-1]))

    @property
    def text(self):
        return "".join("".join(data for data, _ in self.found).split())


def read(text):
    """What a reader of Markdown, other than ours, makes of it."""
    return Read(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


def row(cells, width=None):
    """A row of cells in LaTeX."""
    table = Table(["x"] * (width or len(cells)), [cells])
    return latex.render(table, "tab:x").split("\\midrule\n")[1].splitlines()[0].strip()


def test_markdown_and_html_say_the_same():
    one, other = read(markdown.render(PAGE)), Read(html.render(PAGE))
    # Markdown has no captions: there a caption is a sentence
    assert one.text == other.text.replace("Whatitshows", "Whatitshows.")
    for text, tag in (("A title", "h1"), ("Below", "h2"), ("code_1", "code"), ("first", "li"), ("x | y", "code")):
        assert (text, tag) in one.found and (text, tag) in other.found
    assert ("a", "sup") in one.found and ("a", "sup") in other.found


def test_html_can_go_below_other_headings():
    assert str(html.render([Heading("x", 1), Heading("y", 3)], deeper=1)) == "<h2>x</h2>\n<h4>y</h4>"
    assert str(html.render([Paragraph("x", "note"), "y"])) == '<p class="note">x</p>\n<p>y</p>'


@pytest.mark.parametrize("character", sorted(ALL))
def test_every_character_stays_itself(character):
    texts = [character, f"a{character}b", f"{character} a {character}", character * 3, f"[x]{character}(y)"]
    page = [*texts, Bullets(texts), Table(texts, [texts, [code(f"a{character}b")]], text=())]
    shown = "".join(texts * 4 + [f"a{character}b"]).replace(" ", "")
    for found in (read(markdown.render(page)), Read(html.render(page))):
        assert found.text == shown
        assert {tag for _, tag in found.found} <= {"p", "li", "th", "td", "code"}


@pytest.mark.parametrize("text", ["1. a", "12) a", "- a", "+ a", "# a", "> a", "---", "===", "    a", "~~~", "```"])
def test_no_text_begins_a_block_of_its_own(text):
    for page in ([text], [Bullets([text])], ["above", text]):
        found = read(markdown.render(page)).found
        assert found[-1] == (text.strip(), "li" if isinstance(page[0], Bullets) else "p")


@pytest.mark.parametrize("text", ["`", "``", "a`b", "`a", "b``", "*a*", "<b>", "&amp;"])
def test_code_may_hold_its_own_fence(text):
    page = [("say ", code(text)), Table(["x"], [[code(f"{text}|y")]]), Code(f"```\n{text}\n````\n", "")]
    found = read(markdown.render(page)).found
    assert [told for told, tag in found if tag == "code"] == [text, f"{text}|y", f"```\n{text}\n````"]
    assert Read(html.render(page)).text == "say" + "".join([text, "x", text, "|y```", text, "````"])


def test_an_interval_needs_no_backslash_and_a_link_does():
    page = markdown.render([Table(["x"], [["+1.2 [+0.3, +2.1]"], ["[1, 2](https://example.org)"], ["[1, 2]: x"]])])
    assert "| +1.2 [+0.3, +2.1] |" in page
    assert not {"a"} & {tag for _, tag in read(page).found} and page.count("\\[") == 2


def test_a_terminal_is_shown_names_as_they_are():
    page = [Heading("a_b"), ("1. *x* ", code("y")), Table(["c|d"], [["e_f"]])]
    assert markdown.render(page, plain=True) == "## a_b\n\n1. *x* `y`\n\n| c|d |\n| :-- |\n| e_f |\n"


def test_marks_in_latex():
    assert row([("a_1 ", strong(("b% ", code("c|d"), superscript("e"))))]) == (
        r"a\_1 \textbf{b\% \texttt{c\textbar{}d}\textsuperscript{e}} \\"
    )
    assert row([Cell("0.5", mark="best"), Cell("0.4", mark="second"), Cell("1", mark="higher")]) == (
        r"\textbf{0.5} & \underline{0.4} & 1 \\"
    )


def test_words_of_a_format():
    words = (Varied("in <italics>", latex=r"\emph{x}", html="under<lined>"), Varied(" F_1", latex="$F_1$"))
    assert row([words]) == r"\emph{x}$F_1$ \\"
    assert markdown.render([words]) == "in \\<italics\\> F\\_1\n"
    assert str(html.render([words])) == "<p>under&lt;lined&gt; F_1</p>"


ROWS = [
    [Cell("first_1", mark="group")],
    ["a", Cell("0.5", 0.5, "best"), "x"],
    [Cell("second", mark="group")],
    ["no tests"],
]
TABLE = Table(
    ["Name", "Share", "Kind"],
    ROWS,
    "Shares",
    foot=[["Mean", Cell("0.4", 0.4, "second"), ""]],
    notes=["One.", "Two."],
    text=(0, 2),
)


def test_a_table_in_markdown():
    assert markdown.render([TABLE]).splitlines() == [
        "Shares.",
        "",
        "| Name | Share | Kind |",
        "| :-- | --: | :-- |",
        "| **first\\_1** |  |  |",
        "| a | **0.5** | x |",
        "| **second** |  |  |",
        "| no tests |  |  |",
        "| Mean | *0.4* |  |",
        "",
        "One.  ",
        "Two.  ",
    ]


def test_a_table_in_latex():
    body = latex.render(TABLE, "tab:shares").split("\\begin{tabular}")[1].splitlines()
    assert [line.strip() for line in body] == [
        "{lrl}",
        r"\toprule",
        r"Name & Share & Kind \\",
        r"\midrule",
        r"\multicolumn{3}{l}{\textit{first\_1}} \\",
        r"a & \textbf{0.5} & x \\",
        r"\midrule",
        r"\multicolumn{3}{l}{\textit{second}} \\",
        r"\multicolumn{3}{l}{no tests} \\",
        r"\midrule",
        r"Mean & \underline{0.4} &  \\",
        r"\bottomrule",
        r"\end{tabular}",
        "",
        r"\smallskip",
        r"\footnotesize",
        r"One. \\",
        "Two.",
        r"\end{table}",
    ]


def test_a_table_in_html():
    text = str(html.render([TABLE]))
    assert text.startswith('<div class="wide" tabindex="0" role="region" aria-label="Shares"><table class="sortable">')
    assert '<th scope="row" colspan="3" class="group">first_1</th>' in text
    assert '<th scope="col">Share</th><th scope="col" class="text">Kind</th>' in text
    assert '<th scope="row">a</th><td data-sort="0.5" class="best">0.5</td><td class="text">x</td>' in text
    assert '<th scope="row" colspan="3">no tests</th>' in text
    assert '<tfoot><tr><th scope="row">Mean</th>' in text and text.endswith('<p class="note">Two.</p>')
    # What has nothing to sort by has no buttons; a zero is something
    assert 'class="sortable"' not in str(html.render([Table(["a"], [["b"]])]))
    assert 'class="sortable"' in str(html.render([Table(["a"], [[Cell("0", 0.0)]])]))
    assert 'class="many"' in str(html.render([Table(["a"] * 10, [])]))


def test_a_table_without_rows():
    empty = Table(["a", "b"], [])
    assert markdown.render([empty]) == "| a | b |\n| :-- | --: |\n"
    assert Read(html.render([empty])).found == [("a", "th"), ("b", "th")]
    lines = latex.render(empty, "tab:x").splitlines()
    assert [line.strip() for line in lines[6:9]] == [r"\toprule", r"a & b \\", r"\bottomrule"]
