"""Which levels the factor study has, and where."""

import pytest
from leaving import left_out

from blocktune.errors import BlocktuneError
from blocktune.factors.arms import arms
from blocktune.factors.cells import cells
from blocktune.files.layers import Layer
from blocktune.settings.factor import OWN
from blocktune.settings.load import validate
from blocktune.settings.model import Settings

# What these tests count; any other factor that there is stays out
COUNTED = ("learning_rate", "images", "imbalance", "optimizer", "batch_norm", "target", "source")


def arm_keys(settings):
    return [arm.key for arm in arms(settings, settings.backbones[0])]


def by_factor(settings, batch_norm=True, others=(), arm=0):
    found = {}
    chosen = arms(settings, settings.backbones[0])[arm]
    layers = [Layer(0, "bn", "BatchNormalization", 8, 8, True, False, (4, 4, 4))] if batch_norm else []
    for cell in cells(settings, chosen, layers, others):
        found.setdefault(cell.factor, []).append(cell)
    return found


def test_there_is_an_arm_for_each_shift_data_set_and_number_of_source_classes(make_settings):
    targets = {
        "shifts": ["blur"],
        "strengths": [1, 0.5],
        "also": [{"name": "my/garden", "source": "folder", "path": "x"}],
    }
    settings = make_settings(factors={"targets": targets, "source": {"classes": [4, 2], "per_class": 60}})
    assert arm_keys(settings) == [
        *("own", "blur-0.5", "blur-1", "data-my_garden"),
        *("source-total-2", "source-total-4", "source-each-2", "source-each-4"),
    ]
    pictures = {arm.key: arm.source for arm in arms(settings, settings.backbones[0]) if arm.source}
    assert pictures["source-each-4"].per_class == 60
    # The arms meet at the fewest classes, and the total stays that
    assert pictures["source-total-2"] == pictures["source-each-2"]
    assert pictures["source-total-4"].per_class * 4 == pictures["source-total-2"].per_class * 2


def test_only_backbones_that_the_workflow_pretrains_have_source_categories(make_settings):
    settings = make_settings(backbones=[{"name": "VGG16", "weights": "none"}])
    assert not [key for key in arm_keys(settings) if key.startswith("source")]


def test_more_classes_than_the_source_has_are_refused(make_settings):
    settings = make_settings(factors={"source": {"classes": [2, 6]}})
    with pytest.raises(BlocktuneError, match=r"factors\.source\.classes: 6 .* pretraining\.digits has 5.*at most 5"):
        arms(settings, settings.backbones[0])


def test_screening_varies_one_factor_at_a_time(make_settings):
    settings = make_settings(factors={**left_out(*COUNTED), "learning_rate": [1e-3, 1e-2], "images": [5, "all"]})
    found = by_factor(settings, others=("target",))
    own = found["target"][0]
    assert own.level == OWN
    assert [cell.level for cell in found["learning_rate"]] == ["0.0001", "0.001", "0.01"]
    assert [cell.level for cell in found["images"]] == ["5", "all"]
    for factor, varied in found.items():
        for cell in varied:
            differing = {
                name
                for name in ("learning_rate", "images", "optimizer", "batch_norm", "imbalance")
                if cell.at[name] != own.at[name]
            }
            assert differing <= {factor, *(["learning_rate"] if factor == "optimizer" else [])}
            assert cell.reference == (not differing or (factor == "imbalance" and cell.value == 1))


def test_an_empty_list_leaves_a_factor_out(make_settings):
    assert by_factor(make_settings(factors=left_out("target", "source"))) == {}
    assert "batch_norm" not in by_factor(make_settings(), batch_norm=False)


def test_a_grid_crosses_what_can_be_crossed(make_settings):
    asked = {
        **left_out(*COUNTED),
        "learning_rate": [1e-4, 1e-3],
        "images": [5, 10, "all"],
        "design": "grid",
        "targets": {"shifts": ["blur"]},
    }
    found = by_factor(make_settings(factors=asked), others=("target", "source"))
    assert len(found["grid"]) == 2 * 3 * 2 * 3
    assert sum(cell.reference for cell in found["grid"]) == 1
    assert set(found) == {"grid", "imbalance", "source"}
    assert len(by_factor(make_settings(factors=asked), arm=1)["grid"]) == len(found["grid"])


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ({"seeds": 0}, "factors.seeds"),
        ({"images": [5, 5]}, "lists 5 more than once"),
        ({"images": ["some"]}, "factors.images"),
        ({"optimizer": ["adagrad"]}, "factors.optimizer"),
        ({"imbalance": {"ratios": [0.5]}}, "factors.imbalance.ratios"),
        ({"targets": {"strengths": [2]}}, "factors.targets.strengths"),
        ({"targets": {"also": [{"name": "x", "source": "folder"}]}}, "source folder needs path"),
        ({"targets": {"also": [{"name": "a/b", "source": "tfds"}, {"name": "a:b", "source": "tfds"}]}}, "of one name"),
        ({"source": {"classes": [1]}}, "factors.source.classes"),
        ({"compared_images": 1}, "factors.compared_images"),
    ],
)
def test_levels_that_make_no_sense_are_refused_by_name(factors, said):
    with pytest.raises(BlocktuneError) as error:
        validate(Settings, {"backbones": [{"name": "VGG16"}], "factors": factors})
    assert said in str(error.value)
