"""Known archives: a copy is the published one, or it is said how it differs."""

import hashlib

import pytest

from blocktune.cli.main import main
from blocktune.data.origins import Origin, check_copy, origins
from blocktune.errors import BlocktuneError

CONTENT = b"images"
KNOWN = {"photos.tgz": Origin("flowers", 3, "http://x", "CC", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())}


def test_the_papers_archive_is_known_by_address_licence_size_and_digest():
    origin = origins()["flower_photos.tgz"]
    assert origin.url.startswith("http")
    assert "Creative Commons" in origin.licence
    assert (origin.images, origin.size, len(origin.sha256)) == (3670, 228813984, 64)


def test_a_right_copy(tmp_path):
    (tmp_path / "photos.tgz").write_bytes(CONTENT)
    assert check_copy(tmp_path / "photos.tgz", KNOWN) == KNOWN["photos.tgz"]


def test_an_archive_of_another_name_is_nobodys_copy(tmp_path):
    assert check_copy(tmp_path / "mine.tgz", KNOWN) is None


@pytest.mark.parametrize(("content", "how"), [(CONTENT[:-1], "5 bytes instead of 6"), (b"Images", "sha256")])
def test_a_wrong_copy_is_named_with_what_differs(tmp_path, content, how):
    (tmp_path / "photos.tgz").write_bytes(content)
    with pytest.raises(BlocktuneError, match=how):
        check_copy(tmp_path / "photos.tgz", KNOWN)


def test_in_the_terminal(tmp_path, capsys):
    assert main(["origin"]) == 0
    assert "flower_photos.tgz: 3670 images" in capsys.readouterr().out
    (tmp_path / "flower_photos.tgz").write_bytes(CONTENT)
    assert main(["origin", str(tmp_path / "flower_photos.tgz")]) == 2
    assert "6 bytes instead of 228813984" in capsys.readouterr().err
    assert main(["origin", str(tmp_path / "mine.tgz")]) == 2
