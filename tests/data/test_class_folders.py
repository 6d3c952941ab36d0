"""Sources `archive` and `folder`."""

import io
import tarfile
from pathlib import Path

import pytest

from blocktune.data.archive import open_archive
from blocktune.data.folder import open_folder
from blocktune.errors import BlocktuneError

ORDER = ["daisy/a.jpg", "daisy/b.jpg", "roses/1.jpg", "roses/inner/0.jpg", "tulips/1.jpg", "tulips/2.jpg"]


def read(source):
    images = sorted(source.images, key=lambda image: image.row)
    assert [image.row for image in images] == list(range(source.count))
    return images


def files(source):
    return [image.file for image in read(source)]


@pytest.mark.parametrize("name", ["a.tgz", "a.tar.gz", "a.tar", "a.tar.bz2", "a.zip"])
@pytest.mark.parametrize("top", ["", "flower_photos/", "./flower_photos/"])
def test_archive_of_class_folders(make_archive, flowers, name, top):
    archive = make_archive({top + file: content for file, content in flowers.items()}, name)
    found = read(open_archive(str(archive)))
    assert [image.file for image in found] == ORDER
    assert {image.file: image.content for image in found} == flowers
    assert all(image.class_name == image.file.split("/")[0] for image in found)


def test_folder_and_archive_agree(make_archive, make_folder, flowers):
    assert read(open_folder(str(make_folder(flowers)))) == read(open_archive(str(make_archive(flowers))))


LITTER = ["LICENSE.txt", "__MACOSX/daisy/._a.jpg", "daisy/._a.jpg", "daisy/.DS_Store", ".DS_Store", "roses/Thumbs.db"]


def test_litter_and_files_beside_the_class_folders_are_left_out(make_archive, make_folder, flowers):
    littered = flowers | dict.fromkeys(LITTER, b"no picture")
    assert files(open_folder(str(make_folder(littered)))) == ORDER
    assert files(open_archive(str(make_archive(littered)))) == ORDER
    inside = {f"flower_photos/{name}": content for name, content in littered.items()}
    assert files(open_archive(str(make_archive(inside)))) == ORDER


@pytest.mark.parametrize("ending", ["tgz", "zip"])
def test_names_that_point_outside_are_skipped(make_archive, flowers, tmp_path, ending):
    outside = {"/roses/evil.jpg": b"x", "../tulips/evil.jpg": b"x", "daisy/../../evil.jpg": b"x"}
    assert files(open_archive(str(make_archive(flowers | outside, f"a.{ending}")))) == ORDER
    assert not list(tmp_path.rglob("evil.jpg"))


def test_links_and_devices_are_skipped(make_archive, flowers):
    archive = make_archive(flowers, "a.tar")
    with tarfile.open(archive, "a") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo(f"daisy/link{kind.decode()}.jpg")
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member)
    assert files(open_archive(str(archive))) == ORDER


def test_a_member_given_twice_counts_once_in_its_last_version(make_archive, flowers, picture):
    archive = make_archive(flowers, "a.tar")
    with tarfile.open(archive, "a") as tar:
        member = tarfile.TarInfo("daisy/a.jpg")
        member.size = len(picture(99))
        tar.addfile(member, io.BytesIO(picture(99)))
    found = read(open_archive(str(archive)))
    assert [image.file for image in found] == ORDER
    assert found[0].content == picture(99)


def test_zip_with_backslashes(make_archive, flowers):
    archive = make_archive({name.replace("/", "\\"): content for name, content in flowers.items()}, "a.zip")
    assert files(open_archive(str(archive))) == ORDER


@pytest.mark.parametrize("name", ["a.tgz", "a.tar", "a.tar.bz2", "a.zip"])
def test_truncated_archive(make_archive, flowers, name):
    archive = make_archive(flowers, name)
    archive.write_bytes(archive.read_bytes()[: -len(archive.read_bytes()) // 2 - 1])
    with pytest.raises(BlocktuneError, match=r"data\.path .*truncated") as caught:
        read(open_archive(str(archive)))
    assert str(archive) in str(caught.value)


def test_zip_with_a_damaged_member(make_archive, flowers):
    archive = make_archive(flowers, "a.zip")
    archive.write_bytes(archive.read_bytes().replace(flowers["roses/1.jpg"], b"\0" * len(flowers["roses/1.jpg"])))
    with pytest.raises(BlocktuneError, match=r"data\.path .*damaged"):
        read(open_archive(str(archive)))


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", b"PK\x03\x04 but no zip"])
def test_file_that_is_no_archive(tmp_path, content):
    (tmp_path / "a.tgz").write_bytes(content)
    with pytest.raises(BlocktuneError, match=r"data\.path .*no\s+\.tgz"):
        open_archive(str(tmp_path / "a.tgz"))


@pytest.mark.parametrize("open_source", [open_archive, open_folder])
def test_missing_path_says_where_it_looked(open_source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BlocktuneError, match=r"data\.path photos/x does not exist") as caught:
        open_source("photos/x")
    assert str(tmp_path / "photos/x") in str(caught.value)


def test_the_other_kind_of_path_names_the_source_to_use(make_archive, make_folder, flowers):
    with pytest.raises(BlocktuneError, match="source: archive"):
        open_folder(str(make_archive(flowers)))
    with pytest.raises(BlocktuneError, match="source: folder"):
        open_archive(str(make_folder(flowers)))


@pytest.mark.parametrize(
    ("names", "found"), [(["daisy/1.jpg", "daisy/2.jpg", "x.jpg"], "'daisy'"), (["1.jpg", "2.jpg"], "no class folder")]
)
def test_fewer_than_two_classes(make_archive, make_folder, names, found):
    some = dict.fromkeys(names, b"x")
    with pytest.raises(BlocktuneError, match=found):
        open_archive(str(make_archive(some)))
    with pytest.raises(BlocktuneError, match=found):
        open_folder(str(make_folder(some)))


def test_folder_with_an_unreadable_file(make_folder, flowers):
    folder = make_folder(flowers)
    (folder / "daisy/gone.jpg").symlink_to(folder / "nowhere.jpg")
    found = {image.file: image.content for image in read(open_folder(str(folder)))}
    assert str(found.pop("daisy/gone.jpg")) == "it can't be read: No such file or directory"
    assert found == flowers


def test_the_real_images():
    archive = Path(__file__).parents[2].parent / "shared/data/flower_photos_256.tgz"
    if not archive.exists():
        pytest.skip("flower_photos_256.tgz is not at hand")
    with tarfile.open(archive) as tar:
        names = [member.name.split("/") for member in tar if member.isfile()]
    counts = {name: sum(parts[1] == name for parts in names) for name in {parts[1] for parts in names if parts[2:]}}
    assert counts == {"daisy": 633, "dandelion": 898, "roses": 641, "sunflowers": 699, "tulips": 799}
    assert open_archive(str(archive)).count == 3670
