"""Members of a kind of extension are found as files, and what their files say is read without running them."""

import pytest

from blocktune.errors import BlocktuneError
from blocktune.settings.members import Member, listed, members, scorer_looks_at, source_path


def test_a_member_is_a_file_that_is_no_hidden_one(tmp_path):
    (tmp_path / "one.py").write_text('"""A thing: in full."""\n\nPATH = None\nLOOKS_AT = "nothing"\nraise SystemExit\n')
    (tmp_path / "two.py").write_text("PATH = 'file'\n")
    (tmp_path / "__init__.py").write_text("")
    # What macOS and Emacs leave beside files
    (tmp_path / "._one.py").write_bytes(b"\0\0")
    (tmp_path / ".#two.py").symlink_to("nobody@nowhere")
    assert members(tmp_path) == {
        "one": Member("a thing", {"PATH": None, "LOOKS_AT": "nothing"}),
        "two": Member("", {"PATH": "file"}),
    }
    assert listed(tmp_path).startswith("`one` (a thing), ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"^data/sources/mine\.py has no PATH: a line PATH = 'file', 'folder' or None is needed$"),
        ("PATH = 'zip'", r"^data/sources/mine\.py: PATH is 'zip'; allowed: 'file', 'folder' or None$"),
    ],
)
def test_a_source_that_does_not_say_what_its_path_is_is_named(tmp_path, monkeypatch, text, said):
    folder = tmp_path / "data" / "sources"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(text)
    monkeypatch.setattr("blocktune.settings.members._PACKAGE", tmp_path)
    monkeypatch.setattr("blocktune.settings.members.SOURCES", folder)
    with pytest.raises(BlocktuneError, match=said):
        source_path("mine")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"^scorers/mine\.py has no LOOKS_AT: a line LOOKS_AT = 'validation', 'training' or 'nothing' is needed$"),
        ("LOOKS_AT = 1", r"^scorers/mine\.py: LOOKS_AT is 1; allowed: 'validation', 'training' or 'nothing'$"),
    ],
)
def test_a_method_that_does_not_say_what_its_scores_come_from_is_named(tmp_path, monkeypatch, text, said):
    folder = tmp_path / "scorers"
    folder.mkdir()
    (folder / "mine.py").write_text(text)
    monkeypatch.setattr("blocktune.settings.members._PACKAGE", tmp_path)
    monkeypatch.setattr("blocktune.settings.members.SCORERS", folder)
    with pytest.raises(BlocktuneError, match=said):
        scorer_looks_at("mine")
