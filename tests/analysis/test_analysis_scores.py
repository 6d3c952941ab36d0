"""Reading scores: winners, and mistakes that are named."""

import pytest
import synthetic

from blocktune.analysis.layers import read_backbones
from blocktune.analysis.scores import read_scores
from blocktune.errors import BlocktuneError
from blocktune.files.study import Study

TABLE = synthetic.layers("VGG16", synthetic.vgg16())


def read(tmp_path, *rows, stage="search"):
    return read_scores([synthetic.write_scores(tmp_path / "scores.csv", rows)], stage, ["VGG16"])


def test_the_winner_is_the_first_rank_whatever_the_order_of_the_rows(tmp_path):
    rows = [
        synthetic.score(TABLE, "lw", 0.7, stage="search", candidate=1, span=(17, 17), rank=2),
        synthetic.score(TABLE, "lw", 0.8, stage="search", candidate=2, span=(1, 1), rank=1),
    ]
    scores = read(tmp_path, *rows)
    assert scores.winner("VGG16", "lw").candidate == 2
    assert [score.first for score in scores.of("VGG16", "lw")] == [1, 17]  # from input to head


@pytest.mark.parametrize("rank", [1, ""])
def test_a_diverged_candidate_wins_only_where_all_diverged(tmp_path, rank):
    diverged = synthetic.score(TABLE, "lw", 0, stage="search", candidate=1, span=(1, 1), rank=rank, diverged=True)
    assert read(tmp_path, diverged).winner("VGG16", "lw").diverged
    fine = synthetic.score(TABLE, "lw", 0.3, stage="search", candidate=2, span=(2, 2), rank=2)
    assert read(tmp_path, diverged, fine).winner("VGG16", "lw").accuracy == 0.3


def test_nothing_ran(tmp_path):
    scores = read(tmp_path)
    assert scores.winner("VGG16", "lw") is None
    assert scores.accuracy("VGG16", "lw") is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stage": "final"}, "stage is 'final'"),
        ({"backbone": "VGG19"}, "no layers file was given for backbone 'VGG19'"),
        ({"accuracy": "nan"}, "(given: 'nan')"),
        ({"accuracy": "87.3"}, "accuracy: must be less than or equal to 1"),
        ({"accuracy": ""}, "accuracy is missing"),
        ({"diverged": "maybe"}, "diverged: must be true or false (given: 'maybe')"),
        ({"candidate": "one"}, "'one'"),
    ],
)
def test_mistakes_name_the_file_and_the_line(tmp_path, change, words):
    with pytest.raises(BlocktuneError, match=r"scores.csv, line 2.*") as error:
        read(tmp_path, synthetic.score(TABLE, "lw", 0.5, stage="search", span=(1, 1)) | change)
    assert words in str(error.value)


def test_missing_files_and_keys(tmp_path):
    with pytest.raises(BlocktuneError, match=r"nowhere\.csv"):
        read_scores([tmp_path / "nowhere.csv"], "final", ["VGG16"])
    with pytest.raises(BlocktuneError, match=r"study\.json is no description of a study .*: seed is missing"):
        study = synthetic.study()
        del study["seed"]
        Study.read(synthetic.write_json(tmp_path / "study.json", study))
    with pytest.raises(BlocktuneError, match=r"layers\.json is no layer table .*: backbone is missing"):
        read_backbones([synthetic.write_json(tmp_path / "layers.json", {"layers": []})])
    layers = synthetic.write_json(tmp_path / "layers.json", TABLE)
    with pytest.raises(BlocktuneError, match="VGG16 twice"):
        read_backbones([layers, layers])
