"""One walk for all commands: links, hidden and empty folders, what is left out, names that look the same."""

import os
import struct
import unicodedata
import zipfile
import zlib

import pytest

from blocktune.data.archive import open_archive
from blocktune.data.folder import open_folder
from blocktune.data.survey import survey
from blocktune.errors import BlocktuneError
from blocktune.settings.load import validate
from blocktune.settings.model import Settings
from blocktune.settings.sections import write_sections
from blocktune.walk import told, walk


def files(source):
    return sorted(image.file for image in source.images)


def words(source):
    return "\n".join(told(source.left_out))


def test_links_inside_class_folders_are_followed(make_folder, picture):
    folder = make_folder({"robin/2023/1.jpg": picture(1), "wren/1.jpg": picture(2)}, "birds")
    make_folder({"robin/1.jpg": picture(3), "owl/1.jpg": picture(4), "other/1.jpg": picture(5)}, "elsewhere")
    (folder / "owl").mkdir()
    (folder / "robin" / "2024").symlink_to("../../elsewhere/robin")
    (folder / "owl" / "2024").symlink_to("../../elsewhere/owl")
    (folder / "linnet").symlink_to(folder.parent / "elsewhere" / "other")
    (folder / "wren" / "2.jpg").symlink_to("../../elsewhere/other/1.jpg")
    (folder / "kite").mkdir()
    source = open_folder(str(folder))
    expected = ["linnet/1.jpg", "owl/2024/1.jpg", "robin/2023/1.jpg", "robin/2024/1.jpg", "wren/1.jpg", "wren/2.jpg"]
    assert files(source) == expected
    assert words(source) == "left out (class folders without images): kite"
    found = survey(folder)
    assert found.counts == {"linnet": 1, "owl": 1, "robin": 2, "wren": 2}
    assert (found.copies.bytes, found.copies.across) == (1, 1)


@pytest.mark.parametrize("target", [".", "..", "../..", "/"], ids=["itself", "the top", "above the top", "the root"])
def test_a_link_upwards_ends_and_is_named(make_folder, picture, target):
    folder = make_folder({"robin/1.jpg": picture(1), "wren/1.jpg": picture(2)})
    (folder / "robin" / "loop").symlink_to(target)
    source = open_folder(str(folder))
    assert files(source) == ["robin/1.jpg", "wren/1.jpg"]
    assert words(source) == "left out (a link to a folder that is read already or lies above): robin/loop/"


def test_what_links_lead_to_twice_counts_once_and_what_lies_there_comes_first(make_folder, picture):
    folder = make_folder({"robin/z/1.jpg": picture(1), "wren/1.jpg": picture(2)})
    (folder / "robin" / "a").symlink_to("z")
    (folder / "robin" / "z" / "back").symlink_to("../a")
    assert files(open_folder(str(folder))) == ["robin/z/1.jpg", "wren/1.jpg"]


def test_folders_that_all_link_to_each_other_are_walked_through_in_no_time(make_folder, picture):
    names = [f"f{number}" for number in range(14)]
    folder = make_folder({f"a/{name}/1.jpg": picture(1) for name in names} | {"b/1.jpg": picture(2)})
    for name in names:
        for other in names:
            (folder / "a" / name / f"to_{other}").symlink_to(f"../{other}")
    assert files(open_folder(str(folder))) == [*(f"a/{name}/1.jpg" for name in sorted(names)), "b/1.jpg"]


LITTER = {
    "__MACOSX/robin/1.jpg": "__MACOSX/",
    "robin/.ipynb_checkpoints/1-checkpoint.jpg": "robin/.ipynb_checkpoints/",
    "robin/.hidden.jpg": "robin/.hidden.jpg",
    ".cache/wren/1.jpg": ".cache/",
    "wren/THUMBS.DB": "wren/THUMBS.DB",
    "wren/@eaDir/1.jpg": "wren/@eaDir/",
    "wren/._1.jpg": "wren/._1.jpg",
    "licence.jpg": "licence.jpg",
}


@pytest.mark.parametrize("kind", ["folder", "tar", "zip"])
def test_all_that_is_left_out_is_counted_and_named(make_folder, make_archive, picture, kind):
    good = {"robin/1.JPG": picture(1), "robin/plain": picture(2), "wren/web.jfif": picture(3), "wren/a.txt": picture(4)}
    everything = good | dict.fromkeys(LITTER, picture(5)) | {"robin/.ipynb_checkpoints/2-checkpoint.jpg": picture(6)}
    if kind == "folder":
        source = open_folder(str(make_folder(everything)))
    else:
        source = open_archive(str(make_archive(everything, f"a.{kind}")))
    assert files(source) == sorted(good)
    assert {entry.name for entry in source.left_out} == set(LITTER.values())
    assert sum(entry.files for entry in source.left_out) == len(LITTER) + 1
    assert "left out, 4 files (hidden)" in words(source)
    assert "left out, 1 file (beside the class folders): licence.jpg" in words(source)


def test_names_are_shown_as_they_are_and_many_are_counted(tmp_path):
    for number in range(30):
        (tmp_path / f".h{number:02}\n\x1b[31m").touch()
    (line,) = told(walk(tmp_path).left_out)
    assert line.startswith("left out, 30 files (hidden): .h00\\n\\x1b[31m, ") and line.endswith(" and 25 more")


def test_links_and_devices_of_an_archive_are_named(make_archive, flowers):
    import tarfile

    archive = make_archive(flowers | {"../out.jpg": b"x"}, "a.tar")
    with tarfile.open(archive, "a") as tar:
        member = tarfile.TarInfo("daisy/link.jpg")
        member.type, member.linkname = tarfile.SYMTYPE, "a.jpg"
        tar.addfile(member)
        folder = tarfile.TarInfo("kite")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    told_of = words(open_archive(str(archive)))
    assert "left out, 1 file (a link in the archive): daisy/link.jpg" in told_of
    assert "left out, 1 file (a name that points outside the archive): ../out.jpg" in told_of
    assert "left out (class folders without images): kite" in told_of


@pytest.mark.parametrize("ending", ["folder", "zip", "tar"])
def test_decomposed_and_composed_names_are_one_name(make_folder, make_archive, picture, ending):
    def opened(form):
        names = {f"{name}/{number}é.jpg": picture(number) for name in ("Mésange", "Grünfink") for number in range(2)}
        named = {unicodedata.normalize(form, name): content for name, content in names.items()}
        if ending == "folder":
            return open_folder(str(make_folder(named, form)))
        return open_archive(str(make_archive(named, f"{form}.{ending}")))

    composed, decomposed = (sorted(opened(form).images, key=lambda one: one.row) for form in ("NFC", "NFD"))
    assert composed == decomposed
    assert {image.class_name for image in composed} == {"Mésange", "Grünfink"}


@pytest.mark.parametrize("ending", ["folder", "zip", "tar"])
@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("Me\u0301sange/1.jpg", "M\xe9sange/2.jpg", r"class folders 'Me\\u0301sange' and 'M\\xe9sange' look the same"),
        ("grey owl/1.jpg", "grey\u00a0owl/2.jpg", r"class folders 'grey owl' and 'grey\\xa0owl' look the same"),
        ("owl/e\u0301.jpg", "owl/\xe9.jpg", r"files 'owl/e\\u0301.jpg' and 'owl/\\xe9.jpg' look the same"),
    ],
)
def test_two_names_that_look_the_same_are_refused(make_folder, make_archive, picture, ending, one, other, said):
    both = {one: picture(1), other: picture(2), "wren/1.jpg": picture(3)}
    with pytest.raises(BlocktuneError, match=said):
        open_folder(str(make_folder(both))) if ending == "folder" else open_archive(
            str(make_archive(both, f"a.{ending}"))
        )


def without_the_flag(archive):
    """Clear the flag that says that names are in UTF-8, as many programs write them."""
    content = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        place = content.find(signature)
        while place >= 0:
            content[place + offset] &= ~0x08
            place = content.find(signature, place + 4)
    archive.write_bytes(content)
    return archive


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_zip_whose_names_are_in_utf8_without_saying_so(make_archive, picture, form):
    names = [unicodedata.normalize(form, name) for name in ("Mésange", "Grünfink", "白鷺")]
    archive = make_archive({f"birds/{name}/1.jpg": picture(number) for number, name in enumerate(names)}, "a.zip")
    source = open_archive(str(without_the_flag(archive)))
    assert {image.class_name for image in source.images} == {"Mésange", "Grünfink", "白鷺"}


def test_a_zip_of_an_old_windows_keeps_its_code_page(make_archive, picture):
    archive = make_archive({"Grunfink/1.jpg": picture(1), "owl/1.jpg": picture(2)}, "a.zip")
    archive.write_bytes(archive.read_bytes().replace(b"Grunfink", "Grünfink".encode("cp437")))
    assert files(open_archive(str(archive))) == ["Grünfink/1.jpg", "owl/1.jpg"]


def test_a_zip_with_a_second_name_in_utf8(tmp_path, picture):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for name, other in (("Gr?nfink/1.jpg", "Grünfink/1.jpg"), ("owl/1.jpg", "owl/1.jpg")):
            member, text = zipfile.ZipInfo(name), other.encode()
            body = b"\1" + struct.pack("<I", zlib.crc32(name.encode())) + text
            # One for another name is older than the name
            stale = b"\1" + struct.pack("<I", 5) + b"another"
            member.extra = b"".join(struct.pack("<HH", 0x7075, len(one)) + one for one in (stale, body))
            packed.writestr(member, picture(1))
    assert files(open_archive(str(tmp_path / "a.zip"))) == ["Grünfink/1.jpg", "owl/1.jpg"]


@pytest.mark.parametrize(
    ("parts", "train", "last"),
    [
        (("train", "valid", "test"), "train", "test"),
        (("Train", "VAL"), "Train", "VAL"),
        (("training", "validation", "testing"), "training", "testing"),
        (("train_set", "test_set"), "train_set", "test_set"),
        (("val", "test"), "val", "test"),
        (("train2017", "val2017", "unlabelled"), "train2017", "val2017"),
    ],
)
@pytest.mark.parametrize("same", [True, False], ids=["the same classes", "others"])
def test_a_split_made_beforehand_is_told_from_classes(make_folder, make_archive, picture, parts, train, last, same):
    content = {
        f"{part}/{name if same else f'{name}{place}'}/{number}.jpg": picture(number)
        for place, part in enumerate(parts)
        for name in ("owl", "wren")
        for number in range(2)
    }
    for open_source, path in ((open_folder, make_folder(content)), (open_archive, make_archive(content))):
        with pytest.raises(BlocktuneError, match="split that was made beforehand, not classes") as caught:
            open_source(str(path))
        assert f"Name the folder {train!r} alone" in str(caught.value)
        assert f"blocktune evaluate MODEL .../{last}" in str(caught.value)
    assert "Unpack it" in str(caught.value)


def test_parts_without_classes_are_no_classes_and_a_train_is_a_class(make_folder, picture):
    flat = {f"{part}/{number}.jpg": picture(number) for part in ("train", "test") for number in range(2)}
    with pytest.raises(BlocktuneError, match="into a folder of the class's name"):
        open_folder(str(make_folder(flat, "flat")))
    vehicles = {"train/old/1.jpg": picture(1), "bus/1.jpg": picture(2)}
    assert files(open_folder(str(make_folder(vehicles, "vehicles")))) == ["bus/1.jpg", "train/old/1.jpg"]
    deep = {f"train/{name}/1.jpg": picture(1) for name in ("owl", "wren")}
    with pytest.raises(BlocktuneError, match=r"folders inside it \('owl', 'wren'\) are the classes, name 'train'"):
        open_folder(str(make_folder(deep, "deep")))


def test_what_lies_behind_a_link_counts_among_the_files_that_are_prepared(make_folder, picture, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = make_folder({"robin/1.jpg": picture(1), "wren/1.jpg": picture(2)})
    elsewhere = make_folder({"1.jpg": picture(3)}, "elsewhere")
    (folder / "robin" / "more").symlink_to(elsewhere)
    (folder / "robin" / "loop").symlink_to("..")
    settings = validate(Settings, {"backbones": [{"name": "VGG16"}], "data": {"source": "folder", "path": str(folder)}})

    def listed():
        write_sections(settings, tmp_path / "sections")
        return (tmp_path / "sections" / "data.json").read_text()

    before = listed()
    assert "robin/more/1.jpg" in before
    (elsewhere / "1.jpg").write_bytes(picture(4))
    assert listed() != before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_listed_is_an_error(make_folder, flowers):
    folder = make_folder(flowers)
    (folder / "daisy").chmod(0)
    try:
        with pytest.raises(BlocktuneError, match="daisy can't be listed"):
            open_folder(str(folder))
    finally:
        (folder / "daisy").chmod(0o755)
