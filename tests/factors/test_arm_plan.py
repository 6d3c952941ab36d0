"""Which runs the factor study needs, what they see, and that none is trained twice."""

import numpy as np
import pytest

from blocktune.errors import BlocktuneError
from blocktune.factors.arms import arms
from blocktune.factors.cells import STRATEGIES
from blocktune.factors.collect import check_measures, responses
from blocktune.factors.design import design_of
from blocktune.factors.plan import arm_plan
from blocktune.runs.spec import Part, rows_digest, run_spec
from blocktune.runs.store import MEASURES_VERSION

BLOCK = (4,)


def plan_of(study, labels, table, arm=0, **options):
    chosen = arms(study.settings, study.settings.backbones[0])[arm]
    return arm_plan(study, chosen, table, BLOCK, labels, **options)


def runs_of(plan, **wanted):
    found = [entry for entry in plan.cells if all(entry[name] == value for name, value in wanted.items())]
    return [plan.runs[entry["run"]] for entry in found]


@pytest.mark.parametrize("test", [False, True])
def test_the_reference_level_is_the_studys_own_final_run(make_study, table, test):
    study, labels = make_study(test=test)
    plan = plan_of(study, labels, table)
    part = Part(study.parts["final"], study.parts["validation"], study.parts.get("test"))
    final = run_spec(study.settings, table, study.data_digest, study.classes, part, BLOCK)
    references = runs_of(plan, reference=True, strategy="bw", seed=study.settings.seed, imbalance=None)
    assert {spec.run_id for spec in references} == {final.run_id}


def test_a_run_that_several_levels_need_is_there_once(make_study, table):
    study, labels = make_study(factors={"seeds": 2})
    plan = plan_of(study, labels, table)
    trained = [run for runs in plan.jobs.values() for run in runs]
    assert sorted(trained) == sorted(plan.runs)
    assert len(plan.runs) < len(plan.cells)
    # Nothing with batch statistics trains in the head alone: the policy changes nothing there
    assert len({spec.run_id for spec in runs_of(plan, factor="batch_norm", strategy="baseline1", seed=1)}) == 1
    assert len({spec.run_id for spec in runs_of(plan, factor="batch_norm", strategy="baseline2", seed=1)}) == 3


def test_one_image_of_a_class_is_too_few_for_heads_that_start_as_probes(make_study, table):
    head = {"units": [], "start": "probe"}
    study, labels = make_study(factors={"images": [1, 5]}, head=head)
    with pytest.raises(BlocktuneError, match=r"head.start is probe.*has 1 at the level 1 of images"):
        plan_of(study, labels, table)
    study, labels = make_study(factors={"images": [2, 5]}, head=head)
    assert all(spec.head["start"] == "probe" for spec in plan_of(study, labels, table).runs.values())


def test_fewer_images_lie_inside_more_and_come_from_what_final_runs_train_on(make_study, table):
    study, labels = make_study(factors={"images": [2, 5, "all"]})
    plan = plan_of(study, labels, table)
    seen = [
        set(plan.rows[spec.train_rows])
        for count in (2, 5, "all")
        for spec in runs_of(plan, factor="images", images=count, strategy="bw", seed=1)
    ]
    assert [len(rows) for rows in seen] == [6, 15, 330]
    assert seen[0] < seen[1] < seen[2] == set(study.parts["final"])
    other = runs_of(plan, factor="images", images=2, strategy="bw", seed=2)[0]
    assert set(plan.rows[other.train_rows]) != seen[0]


def test_uneven_classes_are_scored_on_even_ones(make_study, table):
    study, labels = make_study(factors={"imbalance": {"ratios": [1, 4], "per_class": 12}}, test=True)
    plan = plan_of(study, labels, table)
    even, uneven = (
        np.bincount(labels[[*plan.rows[spec.train_rows]]])
        for spec in runs_of(plan, factor="imbalance", strategy="bw", seed=1)
    )
    assert even.tolist() == [12, 12, 12]
    assert (uneven.sum(), uneven.max() / uneven.min()) == (36, pytest.approx(4, rel=0.2))
    for spec in runs_of(plan, factor="imbalance"):
        for rows in (spec.validation_rows, spec.test_rows):
            assert len(set(np.bincount(labels[[*plan.rows[rows]]]))) == 1


def test_every_row_that_a_run_sees_is_in_the_plan(make_study, table):
    study, labels = make_study(test=True)
    plan = plan_of(study, labels, table)
    for spec in plan.runs.values():
        for digest in spec.part_rows:
            assert rows_digest(np.array(plan.rows[digest])) == digest


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ({"images": [5, 111]}, r"settings: factors\.images: .*111.*at most 110"),
        ({"reference_images": 111}, r"settings: factors\.reference_images: .*111.*at most 110"),
        ({"imbalance": {"ratios": [1], "per_class": 111}}, r"settings: factors\.imbalance: "),
        ({"imbalance": {"ratios": [500], "per_class": 20}}, r"settings: factors\.imbalance: "),
    ],
)
def test_a_level_that_a_class_has_no_images_for_is_refused(make_study, table, factors, said):
    study, labels = make_study(factors=factors)
    with pytest.raises(BlocktuneError, match=said):
        plan_of(study, labels, table)


def test_the_design_says_how_much_there_is(make_study, table):
    factors = {
        "seeds": 2,
        "learning_rate": [1e-3],
        "images": [5],
        "targets": {"shifts": ["blur"], "strengths": [1]},
    }
    study, labels = make_study(factors={**factors, "source": {"classes": []}})
    plans = [plan_of(study, labels, table, arm, others=("target",)) for arm in (0, 1)]
    design = design_of(study.settings, plans)
    assert design.runs == len(plans[0].runs.keys() | plans[1].runs.keys())
    assert design.levels["target"] == ("own", "blur 1")
    assert design.levels["images"] == ("5", "all")
    assert design.reference["learning_rate"] == "0.0001"
    assert (design.seeds, design.classes) == ((1, 2), 3)
    assert design.grid_runs > design.runs


def test_what_runs_found_becomes_one_row_for_each_level_strategy_and_seed(make_study, table):
    study, labels = make_study(factors={"seeds": 2})
    plan = plan_of(study, labels, table)
    history = "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate\n1,1,0.5,1,0.5,0.1\n2,1,0.5,1,0.8,0.1\n"
    metrics = {"diverged": False, "last_accuracy": 0.5, "best_accuracy": 0.8}
    records = {
        run: {"run": run, "metrics": metrics, "history": history, "measures": {"calibration_error": 0.1}}
        for run in plan.runs
    }
    rows = list(responses([plan], records, "last"))
    assert len(rows) == len(plan.cells) == len({(r.factor, r.level, r.strategy, r.seed) for r in rows})
    assert {row.strategy for row in rows} == set(STRATEGIES)
    assert {(row.right, row.scored) for row in rows if row.factor != "imbalance"} == {(40, 81)}
    assert {row.epochs_to_95 for row in rows} == {2}
    varied = [row for row in rows if row.factor not in ("target", "source")]
    assert all(getattr(row, row.factor) == row.level for row in varied)
    assert {row.imbalance for row in rows if row.factor != "imbalance"} == {""}
    everything = {row.value for row in rows if row.factor == "images" and row.images == "all"}
    assert everything == {110}
    lost = {
        run: {**record, "metrics": metrics | {"diverged": True, "last_accuracy": None}}
        for run, record in records.items()
    }
    assert {(row.accuracy, row.diverged) for row in responses([plan], lost, "last")} == {(None, 1)}


def test_measures_of_an_earlier_version_are_not_set_beside_others():
    now = {"run": "ab12", "measures": {"layers": []}, "measures_version": MEASURES_VERSION}
    check_measures([now, {"run": "cd34", "measures": {}}])
    with pytest.raises(
        BlocktuneError, match=r"run ef56 was measured by version 1 of the measures, .* call the same again"
    ):
        check_measures([now, {"run": "ef56", "measures": {"layers": []}}])
