"""The other side of `search_cost`: a plain Keras loop, as one would write it without this project.

The whole network, `fit` on arrays with validation after each epoch, one process, one candidate after another. Writes
one JSON line a candidate: wall and processor seconds and the history. TensorFlow's flags are those of the environment.
"""

import argparse
import json
import os
import resource
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--plan", type=Path, required=True)
parser.add_argument("--runs", nargs="+", required=True)
parser.add_argument("--prepared", type=Path, required=True)
parser.add_argument("--splits", type=Path, required=True)
parser.add_argument("--name", required=True)
parser.add_argument("--alpha", type=float)
parser.add_argument("--weights", required=True)
parser.add_argument("--lines", type=Path, required=True, help="file to write")
parser.add_argument(
    "--same-order", action="store_true", help="feed the images in our order, so that histories can be compared"
)
options = parser.parse_args()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402 - what it says at its start must be turned off before
import numpy as np  # noqa: E402

from blocktune.backbones.pixels import pixel_transform  # noqa: E402
from blocktune.data.prepared import Prepared, read_split  # noqa: E402
from blocktune.settings.head import Head  # noqa: E402
from blocktune.training.feed import Feed  # noqa: E402
from blocktune.training.head import build_head  # noqa: E402

plan = json.loads(options.plan.read_text())
data, rows = Prepared.open(options.prepared), read_split(options.splits)
first = plan["runs"][options.runs[0]]
to_input = pixel_transform(options.name, first["pixel_range"])
x_train, y_train = to_input(data.images[rows["search"]]), data.labels[rows["search"]]
x_val, y_val = to_input(data.images[rows["validation"]]), data.labels[rows["validation"]]
size, width = first["image_size"], {} if options.alpha is None else {"alpha": options.alpha}

for run in options.runs:
    spec = plan["runs"][run]
    training = spec["training"]
    begun, processor = time.perf_counter(), time.process_time()
    keras.backend.clear_session()
    backbone = getattr(keras.applications, options.name)(
        include_top=False, weights=None, input_shape=(size, size, 3), **width
    )
    backbone.load_weights(options.weights)
    for index, layer in enumerate(backbone.layers):
        layer.trainable = index in spec["unfrozen"]
    head = build_head(backbone.output_shape[1:], spec["classes"], Head(**spec["head"]), spec["seed"])
    model = keras.Model(backbone.input, head(backbone.output))
    model.compile(
        keras.optimizers.Adam(training["learning_rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"],
        jit_compile=False,
    )  # fmt: skip
    # Arrays in Keras' own order are the fastest way; a feed of one's own costs some milliseconds a step
    images, callbacks = {"x": x_train, "y": y_train, "batch_size": training["batch_size"], "shuffle": True}, []
    if options.same_order:
        feed = Feed(x_train, np.arange(len(x_train)), y_train, training["batch_size"], None, spec["seed"])
        images = {"x": feed, "shuffle": False}
        callbacks = [keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _, feed=feed: feed.begin_epoch(epoch))]
    history = model.fit(
        **images,
        validation_data=(x_val, y_val),
        validation_batch_size=64,
        epochs=training["epochs"],
        verbose=0,
        callbacks=[*callbacks, keras.callbacks.ReduceLROnPlateau(monitor=training["plateau"]["monitor"])],
    ).history
    line = {
        "run": run,
        "wall": time.perf_counter() - begun,
        "cpu": time.process_time() - processor,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "history": {name: [float(value) for value in values] for name, values in history.items()},
    }
    with options.lines.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(line) + "\n")
