"""What a search by rounds found: what is believed of every arm, and the winner of each strategy.

Arms of a strategy can't be told apart from its best if they are expected to lose no more than `search.tolerance`. Of
these the one with the fewest parameters wins: it is the cheapest to train.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from ..candidates.searched import SEARCHED
from ..files.rounds_scores import ArmBelief, ArmFound, ArmTraining, RoundFound, RoundsScores, StrategyFound
from .arm_table import Arm
from .belief import Belief
from .by_rounds import RoundSearch

# Half of a 95 % interval in standard deviations
_HALF = 1.96
# So many rounds are drawn
_SHOWN = 4


def rounds_found(search: RoundSearch) -> RoundsScores:
    """Return what a search found that is at its end."""
    known, asked, state = search.known, search.settings.search, search.state()
    belief, answer = known.belief if known.usable else None, search.answer(known)
    return RoundsScores(
        method=asked.method,
        backbone=search.plan.backbone,
        seed=search.seed,
        epochs=sum(one.record["metrics"]["epochs"] for one in search.trained.values() if one.round),
        budget=asked.budget,
        tolerance=asked.tolerance,
        trainings=state.trainings,
        ended=state.ended,
        answer=search.run_of(answer),
        worth=search.settings.evaluation.choose_by,
        points=None if belief is None else belief.points,
        probe=search.probe,
        rounds=tuple(_after(search, number) for number in range(len(search.rounds) + 1)),
        arms=_arms(search, belief),
        strategies=tuple(_strategies(search, belief, answer)),
    )


def _after(search: RoundSearch, number: int) -> RoundFound:
    last = len(search.rounds)
    # The last one's belief is there already
    known = search.known if number == last else search.after(number)
    if not known.usable:
        return RoundFound(number, known.spent, None, None)
    shown = {round(1 + (last - 1) * place / (_SHOWN - 1)) for place in range(_SHOWN)} if last else {0}
    beliefs = _beliefs(known.belief) if number in shown else None
    return RoundFound(number, known.spent, search.run_of(search.answer(known)), search.expected_loss(known), beliefs)


def _beliefs(belief: Belief) -> tuple[ArmBelief, ...]:
    half = _HALF * belief.deviation
    ends = zip(belief.mean.tolist(), (belief.mean - half).tolist(), (belief.mean + half).tolist(), strict=True)
    return tuple(ArmBelief(*one) for one in ends)


def _arms(search: RoundSearch, belief: Belief | None) -> tuple[ArmFound, ...]:
    count = len(search.arms)
    beliefs = [None] * count if belief is None else _beliefs(belief)
    chances = [None] * count if belief is None else belief.chances.tolist()
    trainings: dict[int, list[ArmTraining]] = {}
    for (arm, seed), one in sorted(search.trained.items(), key=lambda item: item[0]):
        accuracy = one.record["metrics"][f"{search.settings.training.counts}_accuracy"]
        worth = search.known.worth(arm, seed)
        found = ArmTraining(one.run, seed, one.round, accuracy, worth if np.isfinite(worth) else None)
        trainings.setdefault(arm, []).append(found)
    return tuple(
        ArmFound(
            run=search.run_of(arm.index),
            layers=arm.layers,
            learning_rate=rate,
            parameters=arm.parameters,
            trainings=tuple(trainings.get(arm.index, ())),
            belief=beliefs[arm.index],
            chance=chances[arm.index],
        )
        for (_, rate), arm in search.arms.items()
    )


def _strategies(search: RoundSearch, belief: Belief | None, answer: int) -> Iterator[StrategyFound]:
    arms, probe, tolerance = search.known.arms, search.probe, search.settings.search.tolerance
    whole = tuple(layer.index for layer in search.table.layers if layer.weighted)
    everything = [arm.index for arm in arms if arm.layers == whole]
    for strategy in SEARCHED:
        mine = [arm.index for arm in arms if any(name == strategy for name, _ in arm.names)]
        if not mine:
            continue
        alike = mine[:1] if belief is None else _alike(search, belief, mine, answer)
        winner, runs = alike[0], tuple(map(search.run_of, alike))
        if belief is None:
            yield StrategyFound(strategy, runs[0], runs, *[None] * 6)
            continue
        beside = [] if winner in everything else everything
        yield StrategyFound(
            strategy=strategy,
            run=runs[0],
            alike=runs,
            expected_loss=belief.expected_loss(winner),
            loss_on_other_images=belief.loss_on_other_images(winner),
            within=belief.within(winner, tolerance),
            chance=float(belief.chances[winner]),
            beats_probe=None if probe is None else belief.beats(winner, probe, search.probe_right),
            beats_everything=belief.beats_all(winner, beside) if beside else None,
        )


def _alike(search: RoundSearch, belief: Belief, mine: Sequence[int], answer: int) -> list[int]:
    """Those of a strategy's arms that can't be told apart from its best, the one with the fewest parameters first.

    Among those that were trained and did not diverge. A strategy without such an arm has the one of which most is
    expected, and that is trained once it has won.
    """
    known = search.known
    tolerance = search.settings.search.tolerance
    answers = known.answers()
    usable = [arm for arm in mine if arm in answers]
    if not usable:
        return [max(mine, key=lambda arm: belief.mean[arm])]
    best = answer if answer in usable else max(usable, key=lambda arm: belief.mean[arm])
    losses = {arm: belief.expected_loss(arm, mine) for arm in usable}
    alike = [arm for arm in usable if arm == best or losses[arm] <= tolerance]
    arms: Sequence[Arm] = known.arms
    cheapest = min(alike, key=lambda arm: (arms[arm].parameters, losses[arm]))
    return sorted(alike, key=lambda arm: (arm != cheapest, losses[arm]))
