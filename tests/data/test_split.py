"""Which image belongs to which part."""

import json

import numpy as np
import pytest

from blocktune.data.parts import distribute, totals
from blocktune.data.prepared import read_split
from blocktune.data.split import split
from blocktune.errors import BlocktuneError
from blocktune.files.dataset import SplitSummary
from blocktune.settings.data import Split

COUNTS = {"daisy": 633, "dandelion": 898, "roses": 641, "sunflowers": 699, "tulips": 799}
PAPER = [name for name, count in COUNTS.items() for _ in range(count)]


def do(folder, seed=1, selection=None, **settings):
    outputs = folder / "splits.csv", folder / "splits.json"
    report = split(Split(**settings), seed, folder / "manifest.csv", folder / "dataset.json", *outputs, selection)
    assert SplitSummary.read(outputs[1]) == report
    parts = read_split(outputs[0])
    assert set(parts["search"]) <= set(parts["final"])
    assert not set(parts["final"]) & set(parts["validation"])
    return report, parts


@pytest.mark.parametrize("method", ["stratified", "tfds-order"])
def test_the_papers_counts(make_manifest, method):
    classes = PAPER if method == "stratified" else list(np.random.default_rng(0).permutation(PAPER))
    report, parts = do(make_manifest(classes), method=method)
    assert {part: len(rows) for part, rows in parts.items()} == {"search": 367, "final": 2569, "validation": 1101}
    assert report.images == {
        "search": 367,
        "final": 2569,
        "validation": 1101,
    }
    assert all(sum(part.classes.values()) == part.images for part in report.parts.values())
    if method == "tfds-order":
        assert parts["search"].tolist() == list(range(367))
        assert parts["final"].tolist() == list(range(2569))
        assert parts["validation"].tolist() == list(range(2569, 3670))
    else:
        for part, share in (("search", 0.1), ("final", 0.7), ("validation", 0.3)):
            for name, count in report.parts[part].classes.items():
                assert abs(count - share * COUNTS[name]) < 1.1


def test_split_follows_the_seed(make_manifest):
    folder = make_manifest(PAPER[::20])
    first, again, other = (do(folder, seed) for seed in (1, 1, 2))
    assert first[0] == again[0]
    assert all(np.array_equal(first[1][part], again[1][part]) for part in first[1])
    assert first[0].digest != other[0].digest
    assert not np.array_equal(first[1]["validation"], other[1]["validation"])


def test_a_search_part_does_not_depend_on_where_rows_without_a_part_go(make_manifest):
    report, _ = do(make_manifest(PAPER[::10]), search=0.1, final=0.4, validation=0.2)
    assert [report.images[part] for part in ("search", "final", "validation")] == [37, 147, 73]


@pytest.mark.parametrize("count", [2, 3, 5, 10, 101, 3670])
@pytest.mark.parametrize(
    "shares", [(0.1, 0.7, 0.3), (0.5, 0.5, 0.5), (0.35, 0.35, 0.65), (0.05, 0.55, 0.45), (0.2, 0.3, 0.3)]
)
def test_totals_never_exceed_what_is_there(count, shares):
    search, final, validation = totals(Split(search=shares[0], final=shares[1], validation=shares[2]), count)
    assert search <= final
    assert final + validation <= count
    if sum(shares[1:]) == 1:
        assert final + validation == count


def test_distribute_is_exact_and_keeps_within_room():
    generator = np.random.default_rng(0)
    for _ in range(200):
        sizes = generator.integers(0, 20, 4)
        room = generator.integers(0, 20, 4)
        total = int(generator.integers(0, room.sum() + 1))
        given = distribute(total, sizes, room)
        assert given.sum() == total
        assert np.all((given >= 0) & (given <= room))
    assert distribute(10, np.array([1, 1, 2]), np.array([9, 9, 9])).tolist() == [3, 2, 5]


@pytest.mark.parametrize("seed", range(8))
def test_copies_stay_on_one_side(make_manifest, seed):
    classes = [name for name in ("a", "b", "c") for _ in range(40)]
    hashes = [str(row) for row in range(120)]
    for copy, original in [(1, 0), (2, 0), (50, 45), (90, 5), (91, 5), (60, 100), (110, 111)]:
        hashes[copy] = hashes[original]
    report, parts = do(make_manifest(classes, hashes), seed)
    assert [len(parts[part]) for part in ("search", "final", "validation")] == [12, 84, 36]
    assert not {hashes[row] for row in parts["final"]} & {hashes[row] for row in parts["validation"]}
    assert (report.duplicate_groups, report.duplicate_images, report.dropped) == (5, 12, 0)


def test_copies_go_to_both_sides_over_many_seeds(make_manifest):
    hashes = [str(row) for row in range(40)]
    hashes[1] = hashes[0]
    folder = make_manifest(["a", "b"] * 20, hashes)
    assert {0 in do(folder, seed, search=0.2)[1]["validation"] for seed in range(12)} == {True, False}


def test_where_everything_is_a_copy_training_loses_what_validation_has(make_manifest):
    hashes = [str(row // 20) for row in range(60)]  # three pictures, twenty times each
    report, parts = do(make_manifest(["a", "b"] * 30, hashes), search=0.1, final=0.75, validation=0.25)
    assert len(parts["validation"]) == 15
    assert not {hashes[row] for row in parts["final"]} & {hashes[row] for row in parts["validation"]}
    assert report.dropped == 60 - 15 - len(parts["final"]) > 0


def test_order_drops_copies_from_training(make_manifest):
    hashes = [str(row) for row in range(100)]
    hashes[3] = hashes[99]
    hashes[50] = hashes[80]
    report, parts = do(make_manifest(["a", "b"] * 50, hashes), method="tfds-order")
    assert report.dropped == 2
    assert [len(parts[part]) for part in ("search", "final", "validation")] == [9, 68, 30]
    assert not {3, 50} & set(parts["final"])


def test_order_needs_tfds(make_manifest):
    with pytest.raises(BlocktuneError, match=r"tfds-order needs data\.source tfds.*folder"):
        do(make_manifest(["a", "b"] * 50, source="folder"), method="tfds-order")


@pytest.mark.parametrize("method", ["stratified", "tfds-order"])
def test_class_that_is_too_small(make_manifest, method):
    with pytest.raises(BlocktuneError, match=r"'rare' has 1 image.* split\.search 0\.1: about 10 are needed"):
        do(make_manifest(["a", "b"] * 50 + ["rare"]), method=method)


def test_damaged_inputs(make_manifest):
    folder = make_manifest(["a", "b"] * 50)
    manifest = folder / "manifest.csv"
    whole = manifest.read_text()
    manifest.write_text(whole[:-80])
    with pytest.raises(BlocktuneError, match=r"manifest\.csv"):
        do(folder)
    manifest.write_text(whole[: whole.rindex("99,")])
    with pytest.raises(BlocktuneError, match="do not belong together"):
        do(folder)
    manifest.write_text(whole.replace("row,", "number,", 1))
    lacks = r"is no list of prepared images .*row is missing; unknown key number; .*prepare`$"
    with pytest.raises(BlocktuneError, match=lacks):
        do(folder)
    manifest.write_text("".join(line for line in whole.splitlines(keepends=True) if not line.startswith("3,")))
    with pytest.raises(BlocktuneError, match=r"manifest\.csv: its rows are not numbered 0, 1, 2, .*prepare`$"):
        do(folder)
    manifest.unlink()
    with pytest.raises(BlocktuneError, match=r"can't read .*manifest\.csv: No such file .*prepare`$"):
        do(folder)
    with pytest.raises(BlocktuneError, match=r"can't read .*none\.csv: No such file .*split`$"):
        read_split(folder / "none.csv")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\n2,", "\n7,", "its rows are not numbered 0, 1, 2"),
        ("part_final", "part_finale", "unknown key part_finale"),
        # A test set that only some images know of
        (",1\n", ",\n", "line \\d+ is no table of a split .*: part_test: must be true or false"),
        (",1\n", "\n", "line \\d+ is no table of a split .*: it has 4 cells, not 5"),
        (",1\n", ",2\n", "line \\d+ is no table of a split .*: part_test: must be true or false .given: '2'."),
    ],
)
def test_a_damaged_table_of_a_split_is_one_error(make_manifest, old, new, said):
    folder = make_manifest(["a", "b"] * 50)
    do(folder, selection=0.15)
    text = (folder / "splits.csv").read_text()
    (folder / "splits.csv").write_text(text.replace(old, new, 1))
    with pytest.raises(BlocktuneError, match=rf"splits\.csv.*{said}[^\n]*; make it anew: `blocktune split`$"):
        read_split(folder / "splits.csv")


def test_a_table_of_a_split_has_a_test_column_only_with_a_test_set(make_manifest):
    folder = make_manifest(["a", "b"] * 50)
    for selection, more in ((None, ""), (0.15, ",part_test")):
        _, parts = do(folder, selection=selection)
        head, first, *_ = (folder / "splits.csv").read_text().splitlines()
        assert head == f"row,part_search,part_final,part_validation{more}"
        inside = (0 in parts[part] for part in ("search", "final", "validation", *(["test"] if more else [])))
        assert first == ",".join(["0", *(str(int(one)) for one in inside)])


def test_manifest_of_another_dataset(make_manifest):
    folder = make_manifest(["a", "b"] * 50)
    about = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps(about | {"classes": ["a", "c"]}))
    with pytest.raises(BlocktuneError, match="do not belong together"):
        do(folder)


@pytest.mark.parametrize("method", ["stratified", "tfds-order"])
def test_a_holdout_keeps_the_papers_parts_and_takes_its_own_out_of_the_final_one(make_manifest, method):
    classes = PAPER if method == "stratified" else list(np.random.default_rng(0).permutation(PAPER))
    folder = make_manifest(classes)
    _, paper = do(folder, method=method)
    report, parts = do(folder, method=method, selection=0.15)
    assert report.images == {
        "search": 367,
        "final": 2569 - 550,
        "validation": 550,
        "test": 1101,
    }
    np.testing.assert_array_equal(parts["search"], paper["search"])
    np.testing.assert_array_equal(parts["test"], paper["validation"])
    assert set(parts["final"]) | set(parts["validation"]) == set(paper["final"])
    if method == "stratified":
        shares = {name: count / 550 for name, count in report.parts["validation"].classes.items()}
        assert shares == pytest.approx({name: count / 3670 for name, count in COUNTS.items()}, abs=0.002)
    _, again = do(folder, method=method, selection=0.15)
    np.testing.assert_array_equal(again["validation"], parts["validation"])


@pytest.mark.parametrize("method", ["stratified", "tfds-order"])
def test_a_search_on_everything_loses_the_same_part_as_the_final_runs(make_manifest, method):
    classes = PAPER if method == "stratified" else list(np.random.default_rng(0).permutation(PAPER))
    folder = make_manifest(classes)
    report, parts = do(folder, method=method, selection=0.15, search=0.7)
    sizes = report.images
    assert sizes == {"search": 2569 - 550, "final": 2569 - 550, "validation": 550, "test": 1101}
    np.testing.assert_array_equal(parts["search"], parts["final"])
    assert not set(parts["search"]) & (set(parts["validation"]) | set(parts["test"]))


def test_copies_never_lie_on_both_sides_of_a_holdout(make_manifest):
    # Every image twice
    names = ["daisy", "rose"] * 60
    folder = make_manifest(names, hashes=[f"{number // 4}{name}" for number, name in enumerate(names)])
    _, parts = do(folder, selection=0.2)
    hashes = np.array([f"{number // 4}{name}" for number, name in enumerate(names)])
    sides = [set(hashes[parts[part]]) for part in ("final", "validation", "test")]
    assert not sides[0] & sides[1] and not sides[0] & sides[2] and not sides[1] & sides[2]


def test_too_few_images_for_a_third_part_are_named(make_manifest):
    folder = make_manifest(["daisy"] * 40 + ["rose"] * 4)
    with pytest.raises(BlocktuneError, match=r"class 'rose' has 4 image\(s\), too few for .*: about \d+ are needed"):
        do(folder, selection=0.02, search=0.3)
