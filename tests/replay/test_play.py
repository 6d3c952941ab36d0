"""Searches replayed on made-up tables with a known truth."""

import json
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from tables import table

from blocktune.cli.main import main
from blocktune.document.markdown import render
from blocktune.errors import BlocktuneError
from blocktune.files.replayed import Replayed
from blocktune.replay.play import Player
from blocktune.replay.referee import Contestant, choices, referee
from blocktune.replay.words import replay_page
from blocktune.search.arm_table import write_tables
from blocktune.search.method import SearchMethod, Training
from blocktune.search.methods import METHODS, method_named
from blocktune.settings.members import askers, scorers

# Arm 2 is best with every seed, arm 4 diverges with one
CLEAR = [[0.50, 0.52, 0.51], [0.60, 0.61, 0.62], [0.90, 0.91, 0.92], [0.70, 0.69, 0.71], [0.40, np.nan, 0.41]]
# Seed 1 praises arm 0, the others arm 1
NOISY = [[0.9, 0.5, 0.5], [0.7, 0.8, 0.8], [0.1, 0.1, 0.1]]


def play(name, found, seeds=(1,), **options):
    return Player(found).play(name, method_named(name), seeds, **options)


def report(tables, *names, seeds=1, budget=None, replays=6):
    return referee(tables, [Contestant(name, method_named(name), seeds, budget) for name in names], replays)


def test_exhaustive_finds_the_best_and_pays_for_everything():
    played = play("exhaustive", table(CLEAR))
    assert (played.answer, played.trainings, played.epochs) == (2, 5, 20)
    assert played.seconds == 5 * 20


def test_an_arm_that_diverged_costs_what_it_was_trained_and_is_never_the_answer():
    found = table([[np.nan, 0.3], [0.2, 0.2]])
    assert play("exhaustive", found).answer == 1
    both = play("exhaustive", found, seeds=(1, 2))
    # Better with the seed that it survived, and still no answer
    assert both.answer == 1 and both.trainings == 4


def test_more_seeds_see_through_noise():
    assert play("exhaustive", table(NOISY)).answer == 0
    assert play("exhaustive", table(NOISY), seeds=(1, 2)).answer == 1


def test_one_epoch_pays_for_first_epochs_and_the_answers_own_training():
    played = play("one-epoch", table(CLEAR))
    assert played.answer == 2
    assert played.seconds == 5 * 11 + (20 - 11 + 10)
    assert played.epochs == 5


def test_one_epoch_takes_the_first_that_was_scored():
    assert play("one-epoch", table(CLEAR, validated=(2, 4))).seconds == 5 * 13 + (20 - 13 + 10)


def test_halving_trains_fewer_and_fewer():
    many = [[accuracy] for accuracy in np.linspace(0.05, 0.95, 9)]
    played = play("halving", table([[value[0], value[0]] for value in many], images=(1000, 1000)))
    assert played.answer == 8
    # Rounds end after epochs 1 and 4; three of nine go on, and are built anew
    assert played.seconds == 9 * 11 + 3 * (20 - 11 + 10)


def test_random_trains_as_many_as_the_budget_pays_for():
    found = table(CLEAR)
    answers = {play("random", found, draw=draw).answer for draw in range(40)}
    assert answers == {0, 1, 2, 3, 4}
    played = play("random", found, budget=3, draw=5)
    assert played.trainings == 3 and played.seconds == 60
    assert play("random", found, budget=99).answer == 2


def test_scores_choose_the_layers_and_validation_the_rate():
    found = table([[0.5, 0.5], [0.6, 0.6], [0.2, 0.2], [0.3, 0.3]], rates=(1e-4, 1e-3), scores={"prior": [9, 9, 1, 1]})
    played = play("prior", found)
    assert played.answer == 1 and played.trainings == 2
    assert played.seconds == 2 * 20 + 3


def test_without_scores_a_scorer_can_not_be_replayed():
    with pytest.raises(BlocktuneError, match="no scores of graft are stored with the table; it has those of prior, so"):
        play("graft", table(CLEAR, scores={"prior": [1, 2, 3, 4, 5]}))


def test_the_loss_ranks_where_the_study_chooses_by_it():
    found = table([[0.9, 0.9], [0.8, 0.8]], choose_by="loss")
    arrays = found.arrays()
    arrays["scaled_loss"][:] = [[0.7, 0.7], [0.2, 0.2]]
    assert play("exhaustive", found).answer == 1
    assert play("exhaustive", table([[0.9, 0.9], [0.8, 0.8]])).answer == 0


def test_regret_is_against_the_oracle_over_unseen_seeds():
    found = report([table(NOISY)], "exhaustive")
    method = found.methods["exhaustive"]
    # The oracle is arm 1. Seed 1 answers arm 0, which the others score 0.5, not 0.8; seeds 2 and 3 answer arm 1
    assert method["out_of_seed_regret_points"] == pytest.approx((30 + 0 + 0) / 3)
    assert method["interval"] is None
    assert method["cost_share"] == pytest.approx(1)
    assert found.oracle["out_of_seed_regret_points"] == 0
    assert found.oracle["accuracy"] == pytest.approx(2.3 / 3)
    assert method["cells"]["flowers, Net"]["answer"] == "tail 2 at 0.001"


def test_the_truth_is_on_the_test_images():
    found = report([table(CLEAR, test=[[0.1] * 3, [0.8] * 3, [0.3] * 3, [0.2] * 3, [0.2] * 3])], "exhaustive")
    assert found.methods["exhaustive"]["out_of_seed_regret_points"] == pytest.approx(50)
    assert found.oracle["cells"]["flowers, Net"]["answer"] == "tail 2 at 0.001"


def test_cost_is_a_share_of_the_search_at_one_rate():
    two_rates = report([table(CLEAR[:4], rates=(1e-4, 1e-3))], "exhaustive").methods["exhaustive"]
    assert two_rates["cost_share"] == pytest.approx(2)


def test_beating_the_probe_is_counted_over_replays():
    found = report([table(NOISY, probe=0.6)], "exhaustive")
    # Seed 1's answer scores 0.5 with the others: below the probe
    assert found.methods["exhaustive"]["beats_probe_share"] == pytest.approx(2 / 3)
    assert found.oracle["beats_probe_share"] == 1
    assert found.probe["accuracy"] == pytest.approx(0.6)
    assert found.probe["cost_share"] == pytest.approx(2 / 60)
    assert report([table(NOISY)], "exhaustive").methods["exhaustive"]["beats_probe_share"] is None


def test_every_choice_of_seeds_comes_equally_often():
    found = list(choices((1, 2, 3), 2, replays=7))
    assert [draw for draw, _ in found] == list(range(12))
    assert {seeds for _, seeds in found} == {(1, 2), (2, 1), (1, 3), (3, 1), (2, 3), (3, 2)}


def test_five_cells_have_an_interval_and_fewer_none():
    cells = [table(NOISY, cell=f"flowers {number}, Net") for number in range(5)]
    method = report(cells, "exhaustive").methods["exhaustive"]
    assert method["interval"] == pytest.approx([10, 10])
    found = report(cells[:4], "exhaustive")
    assert found.methods["exhaustive"]["interval"] is None
    assert "Fewer than five cells have no interval" in render(replay_page(found))


def test_the_page_names_methods_by_price_and_the_yardsticks():
    text = render(replay_page(report([table(NOISY, probe=0.6)], "exhaustive", "one-epoch")))
    lines = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|")]
    assert lines[2:6] == ["one-epoch", "exhaustive", "oracle", "linear probe"]


def test_what_is_found_is_read_again():
    found = report([table(NOISY)], "random")
    assert Replayed.of_text(found.text().encode(), "found.json") == found


class Stubborn(SearchMethod):
    """Asks for the same again and again."""

    training = Training(0, 1, 4)

    def ask(self, known):
        return [self.training]

    def answer(self, known):
        return 0


@pytest.mark.parametrize(
    ("training", "message"),
    [
        (Training(0, 1, 4), r"asks again for what it has seen, .*; leave these out with known\.not_yet\(\.\.\.\)$"),
        (Training(9, 1, 4), "asks for arm 9 with seed 1 until epoch 4, but there are arms 0 to 2"),
        (Training(0, 3, 4), "but it may train with 1"),
        (Training(0, 1, 5), "but trainings can pause after 1, 2, 3, 4"),
        (3, r"asks for 3; \(arm, seed, epochs\) is needed"),
    ],
)
def test_a_method_that_asks_for_what_there_is_not_is_one_error(training, message):
    method = Stubborn()
    method.training = training
    with pytest.raises(BlocktuneError, match=f"mine: .*{message}"):
        Player(table(NOISY)).play("mine", method, (1,))


def test_a_training_that_is_asked_for_twice_is_paid_once():
    class Twice(Stubborn):
        def ask(self, known):
            return known.not_yet([Training(0, 1, 2), Training(0, 1, 4), Training(0, 1, 1)])

    assert Player(table(NOISY)).play("mine", Twice(), (1,)).seconds == 20


def test_the_best_of_nothing_is_one_error():
    class Idle(SearchMethod):
        def ask(self, known):
            return []

    needed = r"a list of Training\(arm, seed, epochs\) is needed"
    with pytest.raises(BlocktuneError, match=f"^mine: ask returns no training at once, where {needed}; .*nothing was"):
        Player(table(NOISY)).play("mine", Idle(), (1,))


def test_a_method_that_returns_no_list_is_one_error():
    class Forgetful(SearchMethod):
        def ask(self, known):
            known.not_yet([Training(0, 1, 4)])

    needed = r"a list of Training\(arm, seed, epochs\) is needed, an empty one ends the search"
    with pytest.raises(BlocktuneError, match=f"^mine: ask returns None; {needed}$"):
        Player(table(NOISY)).play("mine", Forgetful(), (1,))


def test_an_answer_that_is_no_arm_is_one_error():
    class Lost(Stubborn):
        def ask(self, known):
            return []

        def answer(self, known):
            return "tail 1"

    with pytest.raises(BlocktuneError, match=r"mine: answers 'tail 1'; an arm's index, 0 to 2, is needed"):
        Player(table(NOISY)).play("mine", Lost(), (1,))


def test_too_few_seeds_and_gaps_are_one_error():
    with pytest.raises(BlocktuneError, match="may train with 3 seeds, but the table of flowers, Net has 3"):
        report([table(NOISY)], "exhaustive", seeds=3)
    found = table(NOISY)
    found.arrays()["trained"][1, 2] = False
    with pytest.raises(BlocktuneError, match=r"1 trainings are missing, the first is tail 2 at 0\.001 with seed 3"):
        Player(found)


def test_methods_derive_from_one_class_and_say_what_they_do():
    assert all(isinstance(method, SearchMethod) and method.about for method in map(method_named, [*METHODS, *askers()]))


# ---------------------------------------------------------------------------------------------------------------------
# the command

OWN = """
from blocktune.search.method import SearchMethod, Training

class First(SearchMethod):
    takes_seeds = False
    def ask(self, known):
        return known.not_yet([Training(0, known.seeds[0], known.epochs)])
    def answer(self, known):
        return 0

class Bare:
    pass
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A table, and a module with methods of one's own, in the folder that we are in."""
    monkeypatch.chdir(tmp_path)
    # The command adds the folder
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "ours.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "broken.py").write_text("1 / 0", encoding="utf-8")
    write_tables(tmp_path / "arms.npz", [table(NOISY, probe=0.6, scores={"prior": [0, 1, 2]})])
    return tmp_path / "arms.npz"


def test_the_command_replays_all_methods_that_it_can(file, capsys):
    called = ["replay", "--table", str(file), "--replays", "3", "--json", "found.json", "--markdown", "found.md"]
    called += ["--figure", "found.svg"]
    assert main(called) == 0
    said = capsys.readouterr().out
    unscored = ", ".join(name for name in scorers() if name != "prior")
    assert f"no scores of theirs are stored with the tables: {unscored}" in said
    found = json.loads((file.parent / "found.json").read_text(encoding="utf-8"))
    assert {*METHODS, *askers(), "prior"} == set(found["methods"])
    drawn = "".join(ElementTree.parse(file.parent / "found.svg").getroot().itertext())
    assert all(name in drawn for name in [*found["methods"], "oracle", "linear probe", "flowers, Net (3 arms"])
    assert (file.parent / "found.md").read_text(encoding="utf-8").splitlines()[3] in said


def test_the_command_replays_a_method_of_ones_own_seeds_and_budgets(file, capsys):
    options = ["--method", "ours:First", "exhaustive", "random", "--seeds", "1", "2", "--budget", "1", "2"]
    assert main(["replay", "--table", str(file), *options, "--json", "found.json"]) == 0
    found = json.loads((file.parent / "found.json").read_text(encoding="utf-8"))["methods"]
    assert set(found) == {
        *("ours:First", "exhaustive", "exhaustive (2 seeds)", "random (budget 1)", "random (budget 2)"),
    }
    # Arm 0: 0.6333 in the mean of all seeds, the oracle's 0.7667
    assert found["ours:First"]["out_of_seed_regret_points"] == pytest.approx(100 * (2.3 - 1.9) / 3)
    assert found["ours:First"]["cost_share"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--figure", "found.pdf"], "--figure found.pdf: a name that ends in .svg or .png is needed"),
        (["--method", "exhaustve"], "no search method 'exhaustve' (did you mean 'exhaustive'?)"),
        (["--method", "nowhere:First"], "nowhere:First: no module nowhere"),
        (["--method", "broken:Any"], "the module broken can't be imported (ZeroDivisionError: division by zero)"),
        (["--method", "ours:Last"], "ours:Last: the module ours has no Last"),
        (["--method", "ours:Bare"], "ours:Bare is no search method: it lacks ask and answer"),
        (["--method", "graft"], "no scores of graft are stored with the table"),
        (["--seeds", "0"], "--seeds is 0: a number from 1"),
        (["--budget", "0.5"], "--budget is 0.5: a number from 1"),
        (["--method", "race", "--budget", "8", "3"], "--budget is 3: a round of race has 4 trainings, the least"),
        (["--seeds", "3"], "may train with 3 seeds, but the table of flowers, Net has 3"),
        (["--table", "ours.py"], "ours.py is cut short, damaged or no table of arms"),
        (["--table", "arms.npz", "arms.npz"], "flowers, Net is given twice"),
    ],
)
def test_bad_input_is_one_error(file, capsys, options, message):
    given = options if "--table" in options else ["--table", "arms.npz", *options]
    assert main(["replay", *given]) == 2
    said = capsys.readouterr().err
    assert message in said and len(said.splitlines()) == 1
