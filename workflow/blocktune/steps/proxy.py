"""Scores that stand for trainings, for a search that does not train every candidate."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Literal

from ..files.layers import LayerTable
from ..files.search_scores import LayersScore, ScorerScores
from ..scorers import ProxyScores, Task, scorer_named
from ..search.ranking import searched_candidates
from ..settings.members import scorers
from .shared import Training
from .signature import step

Method = Literal[*scorers()]


@step("proxy")
def proxy(
    method: Annotated[Method, "how candidates are scored"],
    training: Training,
    output: Annotated[Path, "the scores to write"],
) -> None:
    """Score candidates without training each (search.method)."""
    from ..training.process import end_with_parent, one_thread_per_process

    # In a process that starts with the environment that trainings have
    one_thread_per_process()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=end_with_parent) as pool:
        found = pool.submit(_scored, method, training).result()
    plan = training.plan
    ScorerScores(
        method=method,
        backbone=plan.backbone,
        seed=plan.first_spec.seed,
        cpu_seconds=found.cpu_seconds,
        epochs=found.epochs,
        scores=tuple(LayersScore(layers, value) for layers, value in found.scores.items()),
        details=found.details,
    ).write(output)
    spent = f"{found.cpu_seconds:.0f} CPU seconds"
    print(f"{plan.backbone}: {method}: {len(found.scores)} sets of layers scored in {spent}")


def _scored(method: str, training: Training) -> ProxyScores:
    plan = training.plan
    task = Task(
        # What a run unfreezes does not matter here: the first stands for the protocol that all share
        spec=plan.first_spec,
        table=LayerTable.read(training.layers),
        candidates=[candidate for candidate, _ in searched_candidates(plan)],
        layers=training.layers,
        prepared=training.dataset.parent,
        splits=training.splits,
        pretrained=training.pretrained,
        memory_gb=training.memory_gb,
        gpus=training.gpus.settled,
        name=f"{method} of {plan.backbone}",
    )
    return scorer_named(method).score(task)
