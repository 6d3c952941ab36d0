"""Scores that stand for trainings, for a search that does not train every candidate."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Literal

from ..candidates.candidate import Candidate
from ..candidates.table import LayerTable
from ..runs.files import write_json
from ..runs.spec import Part, RunSpec
from ..search.prior import prior_scores
from ..search.ranking import searched_candidates
from .shared import Training
from .signature import step

Method = Literal["gradient", "graft", "prior"]


@step("proxy")
def proxy(method: Method, training: Training, output: Path) -> None:
    """Score candidates without training each (search.method).

    Args:
        training: the plan, and what its runs are trained on
        method: how candidates are scored
        output: the scores to write
    """
    plan, table = training.plan, LayerTable.read(training.layers)
    candidates = [candidate for candidate, _ in searched_candidates(plan)]
    found = _prior(table, candidates) if method == "prior" else _in_fresh_process(method, training, table, candidates)
    write_json(
        output,
        {
            "method": method,
            "backbone": plan["backbone"],
            "seed": next(iter(plan["runs"].values()))["seed"],
            "cpu_seconds": found["cpu_seconds"],
            "epochs": found["epochs"],
            "scores": [{"layers": list(layers), "score": value} for layers, value in found["scores"].items()],
            "details": found["details"],
        },
    )
    spent = f"{found['cpu_seconds']:.0f} CPU seconds"
    print(f"{plan['backbone']}: {method}: {len(found['scores'])} sets of layers scored in {spent}")


def _prior(table: LayerTable, candidates: Sequence[Candidate]) -> dict[str, Any]:
    layers = [candidate.layers for candidate in candidates]
    scores = dict(zip(layers, prior_scores(table, candidates), strict=True))
    return {"scores": scores, "cpu_seconds": 0.0, "epochs": 0, "details": {}}


def _in_fresh_process(*arguments: Any) -> dict[str, Any]:
    """Call `_from_training` in a process that starts with the environment that trainings have."""
    from ..training.process import end_with_parent, one_thread_per_process

    one_thread_per_process()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=end_with_parent) as pool:
        return pool.submit(_from_training, *arguments).result()


def _from_training(
    method: Method, training: Training, table: LayerTable, candidates: Sequence[Candidate]
) -> dict[str, Any]:
    gpus, plan = training.gpus.settled(), training.plan
    from ..data.prepared import Prepared, read_split
    from ..training.assemble import Photographs
    from ..training.device import take_device
    from ..training.gradient import gradient_scores
    from ..training.graft import graft_scores
    from ..training.planned import planned_backbone

    take_device(gpus, {"run": f"{method} of {plan['backbone']}"})
    # What a run unfreezes does not matter here: the first stands for the protocol that all share
    spec = RunSpec.from_json(next(iter(plan["runs"].values())))
    prepared, rows = Prepared.open_intact(training.dataset.parent), read_split(training.splits)
    score = {"gradient": gradient_scores, "graft": graft_scores}[method]
    found = score(
        spec,
        planned_backbone(spec, table, training.layers, training.pretrained),
        table,
        Photographs(prepared.images, prepared.labels),
        Part(rows["search"], rows["validation"]),
        candidates,
        training.memory_gb,
    )
    return {name: getattr(found, name) for name in ("scores", "cpu_seconds", "epochs", "details")}
