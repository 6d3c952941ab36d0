"""Images changed at random: as the settings say, the same again for the same seed, never where it scores."""

import numpy as np
import pytest
from test_resume import keeping
from test_train import CLASSES, SIZE, make_images, settings_of

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.backbones.pixels import pixel_transform
from blocktune.runs.spec import Part, run_spec
from blocktune.training.assemble import assemble, new_head
from blocktune.training.augment import augmenter, changed
from blocktune.training.checkpoint import CheckpointFile
from blocktune.training.prefix import cut_of
from blocktune.training.train import train_run

PART = Part(np.arange(0, 27), np.arange(27, 34))
ALL = {"flip": True, "crop": 0.5, "colour": 0.4}
NONE = {"flip": False, "crop": 0.0, "colour": 0.0}


def planned(augmentation, unfrozen=(7, 8)):
    # Specifications keep the key that the setting had
    setting = {"color" if key == "colour" else key: value for key, value in augmentation.items()}
    settings = settings_of("TinyPlain", augmentation=setting)
    entry = settings.backbones[0]
    backbone = build_backbone(entry, SIZE, 7)
    table = layer_table(backbone, entry, 7)
    return backbone, table, run_spec(settings, table, "d", CLASSES, PART, unfrozen)


def image():
    return np.random.default_rng(3).integers(0, 256, (4, 5, 3)).repeat(3, 0).repeat(3, 1).astype(np.uint8)


def draws(count=40):
    return [np.random.default_rng([1, number]) for number in range(count)]


def test_without_any_change_the_runs_are_those_from_before_there_was_a_choice():
    *_, spec = planned(NONE)
    assert "augmentation" not in spec.training and augmenter(spec) is None
    assert spec.run_id != planned(ALL)[2].run_id != planned(ALL | {"crop": 0.2})[2].run_id


def test_flip_mirrors_about_every_other_image_and_nothing_else():
    found = [changed(image(), NONE | {"flip": True}, draw) for draw in draws()]
    mirrored = [np.array_equal(one, image()[:, ::-1]) for one in found]
    same = [np.array_equal(one, image()) for one in found]
    assert all(one != other for one, other in zip(mirrored, same, strict=True))
    assert 10 < sum(mirrored) < 30


def test_crop_shows_a_part_that_is_no_smaller_than_allowed():
    ramp = np.arange(100, dtype=np.uint8)[None, :, None].repeat(100, 0).repeat(3, 2)
    spans = [np.ptp(changed(ramp, NONE | {"crop": 0.5}, draw)[50, :, 0].astype(int)) for draw in draws()]
    assert min(spans) >= 0.5**0.5 * 99 - 3 and max(spans) <= 99 and len(set(spans)) > 5


def test_colour_keeps_what_is_where():
    grey = np.full((8, 8, 3), 100, np.uint8)
    levels = [int(changed(grey, NONE | {"colour": 0.4}, draw).mean()) for draw in draws()]
    assert 55 <= min(levels) < 90 and 110 < max(levels) <= 145


def test_what_changes_follows_from_seed_epoch_and_image():
    *_, spec = planned(ALL)
    images, rows = np.stack([image()] * 4), np.array([4, 9, 2, 7])
    first = augmenter(spec)(images, rows, 0)
    assert first.shape == images.shape and first.dtype == np.uint8
    np.testing.assert_array_equal(first[[2, 0]], augmenter(spec)(images[:2], rows[[2, 0]], 0))
    assert not np.array_equal(first, augmenter(spec)(images, rows, 1))
    assert not np.array_equal(first[0], first[1])


def test_only_what_is_trained_on_changes():
    backbone, table, spec = planned(ALL)
    image_set = make_images()
    assert cut_of(spec, table, spec.unfrozen, 34, 1.0) is None
    head = new_head(spec, backbone, image_set, PART)
    _, train, validation, _ = assemble(spec, backbone, head, image_set, PART, None, None)
    fed = pixel_transform("TinyPlain", spec.pixel_range)
    np.testing.assert_array_equal(validation[0][0], fed(image_set.images[PART.validation]))
    batches = np.concatenate([train[batch][0] for batch in range(len(train))])
    assert not np.isin(batches.sum(axis=(1, 2, 3)), fed(image_set.images[PART.train]).sum(axis=(1, 2, 3))).all()


@pytest.mark.parametrize("unfrozen", [(), (7, 8)], ids=["the head alone", "some layers"])
def test_an_interrupted_run_goes_on_with_the_changes_it_would_have_seen(tmp_path, unfrozen):
    backbone, table, spec = planned(ALL, unfrozen)
    expected, copies = keeping(lambda file: train_run(spec, backbone, table, make_images(), PART, 1.0, file(spec)))
    path = tmp_path / "run.ckpt"
    path.write_bytes(copies[0])
    again, _, _ = planned(ALL, unfrozen)
    found = train_run(spec, again, table, make_images(), PART, 1.0, CheckpointFile(path, spec))
    assert (found.metrics, found.history) == (expected.metrics, expected.history)
    # and the changes are what made it so
    plain = planned(NONE, unfrozen)
    assert train_run(plain[2], plain[0], plain[1], make_images(), PART, 1.0).history != expected.history
