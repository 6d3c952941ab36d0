"""Every factor and every response that there is keeps what its base class promises."""

import re

import numpy as np
import pytest
from leaving import left_out

from blocktune.analysis.page.pictures import figure
from blocktune.errors import BlocktuneError
from blocktune.factors.arms import arms
from blocktune.factors.collect import RESPONSES, responses
from blocktune.factors.design import design_of, varied_factors
from blocktune.factors.measured import MEASURED, OverLayers
from blocktune.factors.names import FACTORS, IN_WORDS, figure_names
from blocktune.factors.plan import arm_plan
from blocktune.settings.factor import Factor, text
from blocktune.settings.varied import VARIED

KEY = re.compile(r"[a-z]+(_[a-z0-9]+)*")
WITHIN = [key for key, factor in VARIED.items() if not factor.in_arms]
HISTORY = "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate\n1,1,0.5,1,0.5,0.1\n2,1,0.5,1,0.8,0.1\n"


def plans_of(study, labels, table):
    """The plans of all arms, those of other images and weights with the study's own layers."""
    chosen = arms(study.settings, study.settings.backbones[0])
    return [arm_plan(study, arm, table, (4,), labels, tuple({arm.factor for arm in chosen[1:]})) for arm in chosen]


@pytest.mark.parametrize("key", VARIED)
def test_a_factor_has_words_a_setting_and_levels(key, make_settings):
    factor, settings = VARIED[key], make_settings()
    assert factor.key == key and KEY.fullmatch(key) and type(factor).__doc__
    assert factor.name and factor.in_words and factor.figure_caption
    assert bool(factor.needs) == (type(factor).applies is not Factor.applies)
    for name in factor.settings:
        assert type(settings.factors).model_fields[name].description
    if not factor.in_arms:
        levels = factor.swept(settings)
        assert len({text(level) for level in levels}) == len(levels) > 1
        assert factor.reference(settings) in levels
        assert not factor.axis or levels == sorted(levels, key=lambda level: (isinstance(level, str), level))


@pytest.mark.parametrize("key", VARIED)
def test_a_factor_alone_is_planned_told_and_drawn(key, make_study, table):
    study, labels = make_study(factors={**left_out(key), "seeds": 1})
    plans = plans_of(study, labels, table)
    design = design_of(study.settings, plans)
    assert list(design.levels) == [key, "where"] and len(design.levels[key]) > 1
    assert varied_factors(study.settings) == {key, "where"}
    cells = [cell for plan in plans for cell in plan.cells]
    assert design.reference[key] in {cell["level"] for cell in cells if cell["reference"]}
    assert f"figure_factors_{key}" in figure_names([key])
    # Each level is another run where everything is tuned; arms of the same images differ in what is not planned here
    if key in WITHIN:
        runs = [cell["run"] for cell in cells if cell["strategy"] == "baseline2"]
        assert len(set(runs)) == len(runs) == len(design.levels[key])


@pytest.mark.parametrize("key", WITHIN)
def test_a_grid_crosses_a_factor_or_leaves_it_alone(key, make_study, table):
    other = "optimizer" if key != "optimizer" else "learning_rate"
    study, labels = make_study(factors={**left_out(key, other), "design": "grid", "seeds": 1})
    (plan,) = plans_of(study, labels, table)
    levels = design_of(study.settings, [plan]).levels
    grid = [cell for cell in plan.cells if cell["factor"] == "grid" and cell["strategy"] == "bw"]
    asked = {name: [text(level) for level in VARIED[name].asked(study.settings)] for name in (key, other)}
    if VARIED[key].crossed:
        assert len(grid) == len(asked[key]) * len(asked[other])
        assert list(levels[key]) == asked[key]
    else:
        assert len(grid) == len(asked[other])
        assert [cell["level"] for cell in plan.cells if cell["factor"] == key and cell["strategy"] == "bw"]


def test_nothing_asked_is_nothing_planned(make_study, table):
    study, labels = make_study(factors=left_out())
    (plan,) = plans_of(study, labels, table)
    assert plan.cells == ()


@pytest.mark.parametrize("key", WITHIN)
def test_the_report_knows_a_factors_figure(key, tmp_path):
    drawn = tmp_path / f"figure_factors_{key}.svg"
    drawn.write_text("<svg/>")
    found = figure(drawn)
    assert found.caption.startswith("Accuracy ") and len(found.alt) > 30


def test_names_are_nobody_elses():
    responses_in_words = {key: response.name for key, response in MEASURED.items()}
    for names in (FACTORS, IN_WORDS, responses_in_words):
        assert len(set(names.values())) == len(names)
    assert len(set(RESPONSES)) == len(RESPONSES)


@pytest.mark.parametrize("key", MEASURED)
def test_a_response_is_read_from_a_run(key, make_study, table):
    response = MEASURED[key]
    assert response.key == key and KEY.fullmatch(key) and response.name and type(response).__doc__
    if isinstance(response, OverLayers):
        assert key not in RESPONSES and response.read({}) is None
        return
    study, labels = make_study(factors={**left_out("optimizer"), "seeds": 1})
    (plan,) = plans_of(study, labels, table)
    metrics = {"diverged": False, "last_accuracy": 0.8, "best_accuracy": 0.8}
    measures = dict.fromkeys(response.columns, 0.25)
    record = {"run": "r1", "metrics": metrics, "history": HISTORY, "measures": measures}
    lost = record | {"metrics": metrics | {"diverged": True, "last_accuracy": None}, "measures": {}}
    for one, known in ((record, True), (lost, False)):
        for row in responses([plan], dict.fromkeys(plan.runs, one), "last"):
            for name in response.columns:
                value = getattr(row, name)
                assert (value is not None) == known
                assert not known or response.span[0] <= value <= response.span[1]


def test_a_value_that_a_response_can_not_have_is_refused(make_study, table):
    study, labels = make_study(factors={**left_out("optimizer"), "seeds": 1})
    (plan,) = plans_of(study, labels, table)
    run = plan.cells[0]["run"]
    metrics = {"diverged": False, "last_accuracy": 0.8, "best_accuracy": 0.8}
    for wrong in (1.5, float("nan")):
        record = {"run": "r1", "metrics": metrics, "history": HISTORY, "measures": {"calibration_error": wrong}}
        with pytest.raises(
            BlocktuneError, match=rf"^run {run}: calibration_error is {wrong:g}, a number from 0 to 1 is allowed$"
        ):
            list(responses([plan], dict.fromkeys(plan.runs, record), "last"))


def test_a_level_that_is_no_level_of_a_factor_is_refused(make_settings):
    for key in WITHIN:
        name = next(iter(VARIED[key].settings))
        for wrong in (["nonsense"], {"nonsense": 1}):
            with pytest.raises(BlocktuneError, match=rf"factors\.{name}"):
                make_settings(factors={name: wrong})


@pytest.mark.parametrize(
    ("varies", "said"),
    [
        ("training.optimiser", r"'training\.optimiser', but there is no such setting \(did you mean 'optimizer'\?\)"),
        ("training.optimizer.name", r"'training\.optimizer\.name', but there is no such setting"),
        ("", "'', but there is no such setting"),
    ],
)
def test_a_factor_that_varies_no_setting_is_named(make_settings, monkeypatch, varies, said):
    monkeypatch.setattr(type(VARIED["optimizer"]), "varies", varies)
    with pytest.raises(BlocktuneError, match=f"^factor optimizer: varies is {said}; allowed is one such as 'training"):
        VARIED["optimizer"].swept(make_settings())


def test_rows_of_a_grid_name_levels_as_the_design_does(make_study, table):
    study, labels = make_study(factors={**left_out("learning_rate"), "learning_rate": [1e-3, 2.0], "design": "grid"})
    (plan,) = plans_of(study, labels, table)
    metrics = {"diverged": False, "last_accuracy": 0.8, "best_accuracy": 0.8}
    records = {run: {"run": run, "metrics": metrics, "history": HISTORY, "measures": {}} for run in plan.runs}
    rows = list(responses([plan], records, "last"))
    assert {row.learning_rate for row in rows} == set(design_of(study.settings, [plan]).levels["learning_rate"])
    assert np.unique([row.learning_rate for row in rows]).tolist() == ["0.001", "2"]


def test_a_factor_that_changes_nothing_for_a_backbone_is_left_out_with_a_word(make_study, table, monkeypatch):
    monkeypatch.setattr(type(VARIED["optimizer"]), "applies", lambda *about: False)
    monkeypatch.setattr(type(VARIED["optimizer"]), "needs", "a reason")
    study, labels = make_study(factors={**left_out("optimizer", "batch_norm"), "seeds": 1})
    design = design_of(study.settings, plans_of(study, labels, table))
    assert set(design.levels) == {"batch_norm", "where"}
    assert "without a reason: TinyResidual" in design.notes
