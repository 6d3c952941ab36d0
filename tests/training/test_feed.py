"""What Keras is fed with, and in which order."""

import keras
import numpy as np

from blocktune.training.feed import Feed


class Spy(Feed):
    """Remembers the inputs that were handed out."""

    def __getitem__(self, batch):
        inputs, labels = super().__getitem__(batch)
        self.seen.append(inputs[:, 0])
        return inputs, labels


def fit_and_look(seed, epochs=3):
    values = np.arange(10, dtype=np.float32).reshape(10, 1)
    feed = Spy(values, np.arange(10), np.zeros(10, np.int64), 4, None, seed)
    feed.seen = []
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    begin = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: feed.begin_epoch(epoch))
    model.fit(feed, epochs=epochs, callbacks=[begin], shuffle=False, verbose=0)
    # Keras looks at a batch or two beforehand, to learn their shapes
    return feed.seen[-epochs * len(feed) :]


def test_each_epoch_is_a_new_order_of_all_that_depends_on_seed_and_epoch_alone():
    seen = fit_and_look(seed=3)
    epochs = [np.concatenate(seen[start : start + 3]) for start in (0, 3, 6)]
    for epoch, order in enumerate(epochs):
        np.testing.assert_array_equal(np.sort(order), np.arange(10))
        expected = Feed(np.arange(10), np.arange(10), np.zeros(10), 10, None, 3)
        expected.begin_epoch(epoch)
        np.testing.assert_array_equal(order, expected[0][0])
    assert not np.array_equal(epochs[0], epochs[1])


def test_without_a_seed_the_order_stays():
    feed = Feed(np.arange(5), np.array([4, 2]), np.array([1, 0]), 4)
    feed.begin_epoch(7)
    inputs, labels = feed[0]
    np.testing.assert_array_equal(inputs, [4, 2])
    np.testing.assert_array_equal(labels, [1, 0])
