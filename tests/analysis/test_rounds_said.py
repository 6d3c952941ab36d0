"""A search by rounds shows whatever it trained, and says how sure its answer is."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
import synthetic
from made_up import made_candidate, made_plan, made_rounds, made_spec

from blocktune.analysis.by_rounds import ended_words, said_of, search_words, with_trained
from blocktune.analysis.figures.belief import OF_OTHERS, TITLE
from blocktune.analysis.figures.draw import draw
from blocktune.analysis.page.content import page_of
from blocktune.analysis.page.page import render
from blocktune.errors import BlocktuneError
from blocktune.files.plan import Plan
from blocktune.files.rounds_scores import RoundsScores

RATES = (1e-4, 1e-3)
# Of every tail at both rates: accuracies of the trainings with the study's seed and others, None for one that diverged
TRAINED = {
    (1, 1e-4): (0.60,),
    (1, 1e-3): (0.66, 0.64),
    (2, 1e-4): (),
    (2, 1e-3): (0.70, 0.74, 0.72),
    (3, 1e-4): (None,),
    (3, 1e-3): (),
}
FIRSTS = {1: 15, 2: 11, 3: 7}
NAME = "figure13_belief"


def run_of(tail, rate):
    return f"tail{tail}at{rate:g}"


@pytest.fixture
def files(tmp_path):
    """The search's plan and what the search found, as files."""
    candidates = [
        made_candidate("tail", tail, run_of(tail, rate), (FIRSTS[tail],), names=(f"layer{FIRSTS[tail]}",))
        for tail, rate in TRAINED
    ]
    specs = {run_of(tail, rate): made_spec({"learning_rate": rate}) for tail, rate in TRAINED}
    plan = made_plan(candidates, specs)
    found = made_rounds({run_of(*arm): (arm[1], accuracies) for arm, accuracies in TRAINED.items()})
    plan.write(tmp_path / "plan.json")
    found.write(tmp_path / "found.json")
    return plan, found, tmp_path


@pytest.fixture
def study(files, inputs_of):
    """A study of VGG16 whose race chose the second tail."""
    _, found, folder = files
    table = synthetic.layers("VGG16", synthetic.vgg16())
    row = synthetic.score(table, "tail", 0.70, stage="search", candidate=2, span=(11, 18))
    row |= {"run": found.winners["tail"], "learning_rate": 1e-3}
    finals = [synthetic.final(table, {"tail": 0.8, "baseline1": 0.5, "baseline2": 0.7})]
    changes = {"method": "race", "strategies": ["baseline1", "baseline2", "tail"], "rates": list(RATES)}
    return inputs_of(folder, [table], [[row]], finals, **changes)


def whole(study, folder):
    found = RoundsScores.read(folder / "found.json")
    return with_trained(study.search, [Plan.read(folder / "plan.json")], {found.backbone: found})


def test_everything_that_was_trained_is_there_once_and_the_winner_stays_it(study, files):
    _, found, folder = files
    search = whole(study, folder)
    assert search.winner("VGG16", "tail").run == found.winners["tail"] == run_of(2, 1e-3)
    shown = {(row.candidate, row.learning_rate): row.accuracy for row in search.arms("VGG16", "tail")}
    # With the accuracy of the study's own seed; what nobody trained is not there
    first = {arm: accuracies[0] for arm, accuracies in TRAINED.items() if accuracies}
    assert shown == first
    # Each candidate at its better rate
    assert [row.accuracy for row in search.of("VGG16", "tail")] == [None, 0.70, 0.66]
    assert all(row.epochs is None for row in search.arms("VGG16", "tail"))


def test_files_that_do_not_fit_together_are_named(study, files):
    folder = files[2]
    made_rounds({"x": (1e-3, (0.5,))}, backbone="MobileNet").write(folder / "found.json")
    with pytest.raises(BlocktuneError, match="--by-rounds: no file is of VGG16, but --search-plans has its plan"):
        whole(study, folder)


def test_of_a_candidates_rates_the_one_with_the_lower_loss_is_shown_where_the_loss_ranks(study, files):
    plan, found, _ = files
    losses = {run_of(1, 1e-4): 0.3, run_of(1, 1e-3): 0.9}
    arms = [
        replace(arm, trainings=tuple(replace(one, worth=-losses.get(one.run, 0.5)) for one in arm.trainings))
        for arm in found.arms
    ]
    by_loss = replace(found, worth="loss", arms=tuple(arms))
    search = with_trained(study.search, [plan], {"VGG16": by_loss})
    assert [(row.accuracy, row.loss) for row in search.of("VGG16", "tail") if row.candidate == 1] == [(0.60, 0.3)]


def test_the_answer_says_how_sure_it_is(files):
    _, found, _ = files
    said = said_of(found, ["baseline2", "tail", "baseline1"])
    words = search_words(said, "tail", rates=True)
    told = " ".join(words)
    assert "The search by race ended after 5 of at most 8 trainings, as its answer is sure enough." in words
    assert (
        "The answer is expected to lose 0.12 points of accuracy on the validation images, and 0.31 on other images, to "
        "the best of 6 arms."
    ) in words
    assert (
        "It loses at most 0.25 points to the best with probability 0.71, is itself the best with probability 0.62, "
        "beats the linear probe with probability above 0.99 and beats everything at its best rate with probability "
        "0.97."
    ) in words
    assert "can't be told apart" not in told and "noise" not in told
    blind = search_words(said | {"loss_on_other_images": None}, "tail", rates=True)
    assert "lose 0.12 points of accuracy on the validation images to the best of 6 arms." in blind[1]
    assert blind[-1] == "The noise of the validation images is not in these numbers."
    # Another column came out first: then it is clear whose numbers these are
    assert "The best Tail is expected to lose" in " ".join(search_words(said, "baseline2", rates=True))
    assert "The search by race of the first repeat ended" in search_words(said, "tail", rates=True, repeats=2)[0]
    alone = said | {"beats_probe": None, "beats_everything": None}
    assert search_words(alone, "tail", rates=True)[2].endswith("and is itself the best with probability 0.62.")
    several = search_words(said | {"alike": 3, "beats_probe": None, "beats_everything": 0.001}, "tail", rates=False)
    assert any(
        "3 arms can't be told apart from the best Tail (expected loss at most 0.25 points)" in one for one in several
    )
    assert any("beats everything with probability below 0.01" in one and "probe" not in one for one in several)
    assert all(len(sentence.split()) <= 40 for sentence in [*words, *several])


def test_an_answer_of_which_nothing_is_believed_says_so(files):
    nothing = dict.fromkeys(("expected_loss", "within", "chance", "beats_probe", "beats_everything"))
    words = search_words(said_of(files[1], ["tail"]) | nothing, "tail", rates=False)
    assert len(words) == 2 and "Every training diverged" in words[1]


def test_the_page_says_what_ended_the_search(study, files):
    from test_page import found

    _, scores, folder = files
    content = found(study)
    fields = vars(content) | {"search": whole(study, folder), "by_rounds": {"VGG16": scores}}
    page = render(page_of(type(content)(**fields)))
    (words,) = ended_words({"VGG16": scores}, "VGG16", "VGG16")
    assert words == (
        "VGG16: 5 of at most 8 trainings beside the baselines, in 2 rounds; the search ended, with an expected loss of "
        "0.12 points, as its answer is sure enough."
    )
    assert words in page
    assert ended_words({}, "VGG16", "VGG16") == []


def test_the_figure_has_a_panel_per_round_with_every_training_up_to_then(study, files, only):
    _, scores, folder = files
    only(NAME)
    written = draw(study.study, study.backbones, whole(study, folder), study.final, folder, 50, {"VGG16": scores})
    assert folder / f"{NAME}.svg" in written
    root = ElementTree.parse(folder / f"{NAME}.svg").getroot()
    words = " ".join(root.itertext())
    assert "round 1: 4 trainings" in words and "round 2: 5 trainings" in words
    assert "expected loss 0.12 points" in words and "95 % interval" in words
    # Without a search by rounds there is no such figure
    study.study = type(study.study)(**vars(study.study) | {"method": "exhaustive"})
    drawn = draw(study.study, study.backbones, study.search, study.final, folder, 50)
    assert NAME not in {path.stem for path in drawn}


@pytest.mark.parametrize(("method", "says"), [("race", TITLE), ("greedy", OF_OTHERS)])
def test_the_figure_of_another_method_does_not_claim_that_it_believed_that(study, files, only, method, says):
    _, scores, folder = files
    only(NAME)
    other = type(study.study)(**vars(study.study) | {"method": method})
    draw(other, study.backbones, whole(study, folder), study.final, folder, 50, {"VGG16": scores})
    words = "".join(ElementTree.parse(folder / f"{NAME}.svg").getroot().itertext())
    assert says in words


def test_a_search_of_which_everything_diverged_has_a_figure_that_says_so(study, files, only):
    folder = files[2]
    only(NAME)
    scores = made_rounds({run_of(*arm): (arm[1], (None,)) for arm in TRAINED})
    draw(study.study, study.backbones, study.search, study.final, folder, 50, {"VGG16": scores})
    assert "every training diverged" in (folder / f"{NAME}.svg").read_text(encoding="utf-8")
