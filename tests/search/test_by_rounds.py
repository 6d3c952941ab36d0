"""A search by rounds in a study: what it asks for follows from its records, and what it found is what they say."""

from dataclasses import replace

import numpy as np
import pytest
from made_up import made_epoch, made_metrics

from blocktune.errors import BlocktuneError
from blocktune.files.history import Epoch
from blocktune.files.plan import ScoredImages, state_words
from blocktune.files.rounds_scores import RoundsScores
from blocktune.search.by_rounds import RoundSearch
from blocktune.search.ranking import chosen_rows, winner
from blocktune.search.rounds_found import rounds_found
from blocktune.search.schedule import search_candidates
from blocktune.settings.model import MOST_REPEATS

RATES = [1e-3, 1e-4]
EVERYTHING = (1, 2, 4, 6, 8)


def accuracy_of(layers, rate, seed, noise=0.003):
    """From layer 4 up to the head is best, at the higher rate; the farther from that the worse."""
    worse = 0.01 * abs(layers[0] - 4) + 0.02 * (8 - layers[-1]) if layers else 0.2
    chance = np.random.default_rng([*layers, round(1 / rate), seed]).standard_normal()
    return 0.8 - worse - 0.1 * (rate == 1e-4) + noise * chance


def noisy(layers, rate, seed):
    """Arms that differ little beside their noise: no race is ever sure of the best."""
    return 0.6 + accuracy_of(layers, rate, seed, noise=0.2) / 10


def record_of(run, spec, accuracy):
    """What a run came to; None is one that diverged in its first epoch."""
    metrics = made_metrics(accuracy, epochs=1 if accuracy is None else spec.training.get("epochs", 1))
    epochs = range(1, metrics["epochs"] + 1)
    history = Epoch.table(made_epoch(epoch, val_accuracy=accuracy) for epoch in epochs)
    record = {"run": run, "metrics": metrics, "history": history, "resources": {}}
    return record if accuracy is None else record | {"validation_losses": [1 - accuracy] * 4}


class Played:
    """A study's search by rounds, with made-up records instead of trainings."""

    def __init__(self, study, table, accuracy=accuracy_of):
        self.study, self.table, self.accuracy = study, table, accuracy
        planned = study.plan("search", "search", table, search_candidates(study.settings, table))
        self.plan = replace(planned, scored=ScoredImages(100, 20))
        self.records, self.rounds = {}, []
        self.train(self.plan)

    def train(self, plan):
        for run in plan.trained_runs:
            spec = plan.runs[run]
            value = 0.7 if spec.is_probe else self.accuracy(spec.unfrozen, spec.training["learning_rate"], spec.seed)
            self.records[run] = record_of(run, spec, value)

    def search(self):
        return RoundSearch(self.plan, self.table, self.study.settings, self.rounds, self.records)

    def ask(self):
        """Plan the next round as the workflow does; whether it has anything to train."""
        search = self.search()
        asked = search.ask()
        name = f"round{len(self.rounds) + 1}"
        plan = self.study.plan(name, "search", self.table, search.candidates(asked))
        self.state = search.state(asked)
        if plan.jobs:
            self.rounds.append(plan)
        return bool(plan.jobs)

    def finish(self):
        while self.ask():
            self.train(self.rounds[-1])
        return self

    @property
    def trainings(self):
        return sum(len(plan.trained_runs) for plan in self.rounds)


@pytest.fixture
def play(make_study, table):
    """`play(budget=8)` is a search of spans at two rates that has trained its baselines."""

    def make(accuracy=accuracy_of, also=("probe",), head=None, choose_by="accuracy", **search):
        given = {"method": "race", "strategies": ["span"], "rates": RATES, "budget": 8, **search}
        more = {} if head is None else {"head": head, "evaluation": {"choose_by": choose_by}}
        study = make_study(search=given, baselines={"also": list(also)}, **more)
        return Played(study, table, accuracy)

    return make


def test_baselines_are_known_from_the_start_and_cost_nothing(play):
    search = play().search()
    assert search.known.spent == 0
    layers = {search.known.arms[arm].layers for arm, _ in search.known.given}
    assert layers == {(), EVERYTHING}
    # At both rates, with the study's seed
    assert len(search.known.given) == 4 and {seed for _, seed in search.known.given} == {1}
    # Ten spans and the head alone, each at two rates
    assert len(search.arms) == 22


def test_arms_are_not_what_is_only_compared_with_or_trains_in_another_way(play):
    names = {
        name
        for arm in play(strategies=["lw", "bw"], also=("probe", "quarter", "decay")).search().known.arms
        for name in arm.names
    }
    assert {name for name, _ in names} == {"lw", "bw", "baseline1", "baseline2", "quarter"}


def test_a_search_stays_within_its_budget_and_says_what_ended_it(play):
    whole = play(noisy, tolerance=1e-9).finish()
    assert whole.trainings == whole.state.trainings == 8
    assert whole.state.ended == "budget"
    assert [len(plan.trained_runs) for plan in whole.rounds] == [4, 4]
    sure = play(tolerance=20, budget=40).finish()
    assert sure.trainings < 16 and sure.state.ended == "tolerance" and sure.state.expected_loss <= 20
    # Once a single seed is allowed, its first round is enough
    once = play(tolerance=20, budget=40, seeds=1).finish()
    assert once.trainings == 4 and once.state.ended == "tolerance"
    # With every arm trained with every seed there is nothing left to ask for
    everything = play(noisy, tolerance=1e-9, budget=1000, seeds=1, rates=None, strategies=["tail"]).finish()
    assert everything.state.ended == "method" and everything.trainings == 3


def test_further_trainings_have_seeds_of_their_own_and_nothing_else_differs(play):
    played = play(noisy, tolerance=1e-9, budget=40).finish()
    specs = {run: spec for plan in played.rounds for run, spec in plan.runs.items()}
    seeds = {spec.seed for spec in specs.values()}
    # No repeat of a study has these, and no winner that is trained once more
    assert seeds == {1, 1 + 2 * MOST_REPEATS, 1 + 3 * MOST_REPEATS}
    for spec in specs.values():
        twin = replace(spec, seed=1)
        assert twin.run_id in played.plan.runs
    # The first training of an arm is the run that an exhaustive search would train
    assert all(run in played.plan.runs for run, spec in specs.items() if spec.seed == 1)


def test_what_is_asked_follows_from_the_records_alone(play):
    whole, resumed = play(noisy, tolerance=1e-9, budget=16).finish(), play(noisy, tolerance=1e-9, budget=16)
    while resumed.ask():
        resumed.train(resumed.rounds[-1])
        # As after a restart: in another order, with a training that is there already
        resumed.records = dict(sorted(resumed.records.items(), reverse=True))
    assert [plan.content() for plan in resumed.rounds] == [plan.content() for plan in whole.rounds]
    assert rounds_found(resumed.search()).text() == rounds_found(whole.search()).text()


def test_the_winner_is_the_cheapest_of_those_that_cannot_be_told_apart(play):
    found = rounds_found(play(tolerance=1e-9, budget=40).finish().search())
    (span,) = found.strategies
    assert (found.worth, found.budget) == ("accuracy", 40)
    arms = {arm.run: arm for arm in found.arms}
    assert arms[span.run].layers == (4, 6, 8) and arms[span.run].learning_rate == 1e-3
    assert span.run == found.answer and span.alike == (span.run,)
    assert span.expected_loss < 1 and span.chance > 0.4
    assert span.beats_probe > 0.99 and 0.5 < span.beats_everything <= 1
    assert found.probe == 0.7
    generous = rounds_found(play(tolerance=8, budget=40).finish().search())
    (span,) = generous.strategies
    chosen = {arm.run: arm for arm in generous.arms}
    assert len(span.alike) > 1
    sizes = [chosen[run].parameters for run in span.alike]
    assert sizes[0] == min(sizes) and span.run == span.alike[0] and span.expected_loss <= 8


def test_every_strategy_has_a_winner_even_one_that_came_up_in_no_round(play):
    # Four trainings for three strategies
    played = play(strategies=["lw", "bw", "bwsw"], budget=4).finish()
    found = rounds_found(played.search())
    assert [entry.strategy for entry in found.strategies] == ["lw", "bw", "bwsw"]
    rows = chosen_rows(played.plan, found.winners)
    planned = search_candidates(played.study.settings, played.table)
    for entry in found.strategies:
        candidate = winner(rows, entry.strategy, planned)
        (arm,) = (arm for arm in found.arms if arm.run == entry.run)
        assert candidate.strategy == entry.strategy
        assert (candidate.layers, candidate.recipe.learning_rate) == (arm.layers, arm.learning_rate)


def test_everything_has_no_odds_against_itself(play):
    found = rounds_found(play(accuracy=lambda layers, rate, seed: len(layers) / 10, budget=16).finish().search())
    (span,) = found.strategies
    (arm,) = (arm for arm in found.arms if arm.run == span.run)
    assert arm.layers == EVERYTHING and span.beats_everything is None


def test_the_loss_ranks_where_it_chooses(play):
    head = {"units": []}
    found = rounds_found(play(head=head, choose_by="loss", budget=16).finish().search())
    assert found.worth == "loss"
    (span,) = found.strategies
    (arm,) = (arm for arm in found.arms if arm.run == span.run)
    assert arm.trainings[0].worth == pytest.approx(arm.trainings[0].accuracy - 1)
    assert found.probe == pytest.approx(-0.3)


def test_a_run_that_lacks_its_loss_is_named(play):
    played = play(head={"units": []}, choose_by="loss")
    run = next(entry.run for entry in played.plan.candidates if entry.strategy == "baseline1")
    del played.records[run]["validation_losses"]
    with pytest.raises(
        BlocktuneError, match=f"choose_by is loss, but run {run} of VGG16-none was stored by an earlier"
    ):
        played.search().ask()


def test_arms_that_diverged_never_win(play):
    def accuracy(layers, rate, seed):
        return None if rate == 1e-3 else accuracy_of(layers, rate, seed)

    found = rounds_found(play(accuracy=accuracy, budget=16).finish().search())
    (span,) = found.strategies
    arms = {arm.run: arm for arm in found.arms}
    assert {arms[run].learning_rate for run in span.alike} == {1e-4}
    gone = [one for arm in found.arms for one in arm.trainings if arm.learning_rate == 1e-3]
    assert gone and {(one.accuracy, one.worth) for one in gone} == {(None, None)}


def test_a_search_of_which_everything_diverges_ends_and_believes_nothing(play):
    played = play(accuracy=lambda *_: None, budget=12).finish()
    found = rounds_found(played.search())
    assert played.trainings == 12 and found.ended == "budget"
    (span,) = found.strategies
    assert (span.expected_loss, span.chance, span.beats_probe) == (None, None, None)
    assert {one.expected_loss for one in found.rounds} == {None} and found.points is None
    assert {arm.belief for arm in found.arms} == {None}


def test_what_is_known_is_kept_round_by_round(play):
    found = rounds_found(play(noisy, tolerance=1e-9, budget=24).finish().search())
    assert [(one.round, one.trainings) for one in found.rounds] == [(number, 4 * number) for number in range(7)]
    # Beliefs of four rounds, the first and the last among them
    assert [one.round for one in found.rounds if one.beliefs] == [1, 3, 4, 6]
    last = found.rounds[-1].beliefs
    assert last == tuple(arm.belief for arm in found.arms)
    assert all(one.low <= one.expected <= one.high for one in last)
    asked = [one.round for arm in found.arms for one in arm.trainings]
    assert asked.count(0) == 4 and len(asked) == 28 and max(asked) == 6


def test_it_is_written_and_read_again(play, tmp_path):
    found = rounds_found(play().finish().search())
    found.write(tmp_path / "scores-race.json")
    assert RoundsScores.read(tmp_path / "scores-race.json") == found


def test_a_record_that_is_missing_is_named(play):
    played = play()
    run = sorted(played.plan.trained_runs)[0]
    del played.records[run]
    with pytest.raises(BlocktuneError, match=rf"run {run} of VGG16-none \(search\) has not been trained"):
        played.search()


def test_the_control_trains_arms_at_random_within_its_budget(play):
    played = play(method="random", budget=6).finish()
    assert 0 < played.trainings <= 6 and len(played.rounds) == 1
    assert {spec.seed for spec in played.rounds[0].runs.values()} == {1}
    found = rounds_found(played.search())
    assert found.method == "random" and found.answer in {arm.run for arm in found.arms if arm.trainings}


def test_where_it_stands_is_told_in_words(play):
    played = play(noisy, tolerance=1e-9)
    played.ask()
    said = state_words(played.state, 1)
    assert said.startswith("round 1: 0 of at most 8 trainings, expected loss ") and said.endswith(" points")
    played.train(played.rounds[-1])
    played.finish()
    assert state_words(played.state, 3).startswith(
        "ended after 2 rounds, as the budget is spent: 8 of at most 8 trainings"
    )


def test_arms_chosen_at_random_are_as_many_as_the_budget_says_beside_the_baselines(play):
    for budget in (6, 12):
        played = play(method="random", budget=budget).finish()
        assert played.trainings == budget
        assert played.state.ended == "budget"
        assert state_words(played.state, 2).startswith("ended after 1 round, as the budget is spent: ")
