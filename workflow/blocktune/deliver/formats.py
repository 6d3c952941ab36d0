"""A delivered model in other forms: TensorFlow's SavedModel; ONNX and TFLite for machines without TensorFlow."""

import json
import os
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..atomic import whole
from ..errors import BlocktuneError
from ..known_keras import keras
from ..messages import first_line, keras_reason
from .classifier import Classifier
from .network import RANGE

_OPSET = 18
"""Of ONNX: the first whose Resize smooths what it shrinks, as the training did."""


def write_savedmodel(classifier: Classifier, folder: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Write a SavedModel whose endpoint `serve` takes (N, height, width, 3) and returns probabilities (N, classes).

    Returns:
        The written model, read again: from pictures to probabilities.
    """
    import tensorflow as tf

    _needs_tensorflow()
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        made = Path(beside) / "model"
        classifier.model.export(made, format="tf_saved_model", verbose=False)
        (made / "assets").mkdir(exist_ok=True)
        (made / "assets" / "labels.json").write_text(json.dumps(classifier.labels), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    written = tf.saved_model.load(str(folder))
    return lambda pictures: np.asarray(written.serve(pictures))


def write_onnx(classifier: Classifier, file: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Write an ONNX file with input `pictures` (N, height, width, 3) and output `probabilities` (N, classes).

    The labels are in its metadata, as JSON under `labels`.

    Returns:
        The written model, read again by onnxruntime: from pictures to probabilities.
    """
    import onnx
    import onnxruntime

    _needs_tensorflow()
    model, size = classifier.model, classifier.size
    # What resizes has no counterpart that tf2onnx knows; ONNX has an operation of its own for it
    _hold_arrays(model)
    resized = keras.Model(model.get_layer(RANGE).input, model.outputs)
    resized(np.zeros((1, size, size, 3), np.float32), training=False)
    with tempfile.TemporaryDirectory(dir=file.parent) as beside:
        made = Path(beside) / "model.onnx"
        with warnings.catch_warnings():
            # Keras looks for names that NumPy has given up
            warnings.simplefilter("ignore", FutureWarning)
            resized.export(made, format="onnx", verbose=False, opset_version=_OPSET)
        graph = onnx.load(made)
        if len(graph.graph.input) != 1:
            raise BlocktuneError(f"{file} can't be written: a layer of the model holds tensors that are no weights")
        _tell_by_erf(graph)
        _put_resize_before(graph, size)
        onnx.helper.set_model_props(graph, {"labels": json.dumps(classifier.labels)})
        try:
            onnx.checker.check_model(graph)
        except onnx.checker.ValidationError as error:
            raise BlocktuneError(
                f"{file} can't be written: ONNX lacks an operation of the model ({first_line(error)}); write "
                "--format savedmodel"
            ) from None
        onnx.save(graph, made)
        os.replace(made, file)  # noqa: PTH105
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return lambda pictures: session.run(["probabilities"], {"pictures": pictures})[0]


def write_tflite(classifier: Classifier, file: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Write a TFLite file with input `pictures` (1, size, size, 3) and output `probabilities` (1, classes).

    It has TFLite's built-in operations alone, which every device with LiteRT has. None of them smooths what it shrinks,
    so it takes pictures of the model's own size. A zip archive at its end holds `labels.txt`, as TFLite's own tools
    leave it there.

    Returns:
        The written model, read again by TensorFlow's interpreter: from pictures (N, size, size, 3) to probabilities.

    Raises:
        BlocktuneError: the converter knows no counterpart of a layer.
    """
    import tensorflow as tf

    _needs_tensorflow()
    model, size = classifier.model, classifier.size
    fixed = keras.Model(model.get_layer(RANGE).input, model.outputs)

    archive = keras.export.ExportArchive()
    archive.track(fixed)
    archive.add_endpoint(
        "serve",
        lambda pictures: {"probabilities": fixed(pictures, training=False)},
        input_signature=[tf.TensorSpec((1, size, size, 3), tf.float32, name="pictures")],
    )
    try:
        with tempfile.TemporaryDirectory() as saved:
            archive.write_out(saved, verbose=False)
            content = tf.lite.TFLiteConverter.from_saved_model(saved).convert()
    except Exception as error:  # the converter raises classes of its own, which are not public
        raise BlocktuneError(
            f"{file} can't be written: TensorFlow's converter knows no TFLite operation for a layer of the model "
            f"({keras_reason(error)}); --format onnx and savedmodel have no such limit"
        ) from None
    with whole(file) as beside:
        beside.write_bytes(content)
        with zipfile.ZipFile(beside, "a") as packed:
            # A fixed date: the same model is the same file
            packed.writestr(zipfile.ZipInfo("labels.txt"), "".join(f"{label}\n" for label in classifier.labels))
    return _interpreted(file)


def _interpreted(file: Path) -> Callable[[np.ndarray], np.ndarray]:
    import tensorflow as tf

    with warnings.catch_warnings():
        # It moves to a package of its own, whose files are the same
        warnings.simplefilter("ignore")
        builtin = tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        interpreter = tf.lite.Interpreter(str(file), num_threads=1, experimental_op_resolver_type=builtin)
    run = interpreter.get_signature_runner()
    return lambda pictures: np.concatenate([run(pictures=picture[None])["probabilities"] for picture in pictures])


def _hold_arrays(model: keras.Model) -> None:
    """Let layers hold arrays where they hold tensors that are no weights, as an adapted Normalization does.

    Arrays become constants of an ONNX graph, such tensors inputs.
    """
    import tensorflow as tf

    for layer in model._flatten_layers():
        for name, value in [*vars(layer).items()]:
            if isinstance(value, tf.Tensor) and not isinstance(value, keras.Variable):
                setattr(layer, name, np.asarray(value))


def _tell_by_erf(model: "onnx.ModelProto") -> None:  # noqa: F821
    """Let a graph do without the complementary error function of the exact GELU, which ONNX has not: 1 - erf(x)."""
    from onnx import TensorProto, helper

    graph = model.graph
    if not any(node.op_type == "Erfc" for node in graph.node):
        return
    graph.initializer.append(helper.make_tensor("one_of_erfc", TensorProto.FLOAT, [], [1.0]))
    nodes = []
    for node in graph.node:
        if node.op_type == "Erfc":
            erf = f"{node.output[0]}_erf"
            nodes.append(helper.make_node("Erf", node.input, [erf]))
            node = helper.make_node("Sub", ["one_of_erfc", erf], node.output)
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


def _put_resize_before(model: "onnx.ModelProto", size: int) -> None:  # noqa: F821
    """Let a graph of fixed size take pictures of any size, and give its ends their names."""
    from onnx import TensorProto, helper

    graph = model.graph
    inner, outer = graph.input[0].name, graph.output[0].name
    sides = helper.make_tensor("side", TensorProto.INT64, [2], [size, size])
    graph.initializer.append(sides)
    # Smoothing is known to onnxruntime for channels that come first
    first = [
        helper.make_node("Transpose", ["pictures"], ["channels_first"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "Resize",
            ["channels_first", "", "", "side"],
            ["resized_channels_first"],
            mode="linear",
            antialias=1,
            coordinate_transformation_mode="half_pixel",
            axes=[2, 3],
        ),
        helper.make_node("Transpose", ["resized_channels_first"], [inner], perm=[0, 2, 3, 1]),
    ]
    last = helper.make_node("Identity", [outer], ["probabilities"])
    nodes = [*first, *graph.node, last]
    del graph.node[:], graph.input[:]
    graph.node.extend(nodes)
    graph.input.append(helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["pictures", "height", "width", 3]))
    classes = graph.output[0].type.tensor_type.shape.dim[-1].dim_value
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["pictures", classes]))


def _needs_tensorflow() -> None:
    if keras.backend.backend() != "tensorflow":
        raise BlocktuneError(
            f"these forms are written by TensorFlow, but Keras runs on {keras.backend.backend()}: leave KERAS_BACKEND "
            "out or set it to tensorflow"
        )


def largest_difference(
    classifier: Classifier, written: Callable[[np.ndarray], np.ndarray], any_size: bool = True
) -> tuple[float, bool]:
    """Compare a written model with the one it was made from, on noise of several sizes.

    `any_size`: whether the written one takes pictures of any size, or of the model's own alone.

    Returns:
        The largest difference of a probability, and whether every picture got the same class.
    """
    draw = np.random.default_rng(0)
    size, largest, same = classifier.size, 0.0, True
    others = ((2 * size + 1, 3 * size), (max(1, size // 2), size + 3)) if any_size else ()
    for height, width in ((size, size), *others):
        # Noise alone looks grey to a network once it is shrunk; large patches differ
        patches = draw.integers(0, 256, (4, 4, 4, 3)).repeat(-(-height // 4), 1).repeat(-(-width // 4), 2)
        pictures = patches[:, :height, :width].astype(np.float32)
        ours, theirs = np.asarray(classifier.model.predict_on_batch(pictures)), written(pictures)
        # Also where a probability is not finite
        largest = float(np.maximum(largest, np.abs(ours - theirs).max()))
        same = same and bool((ours.argmax(axis=1) == theirs.argmax(axis=1)).all())
    return largest, same
