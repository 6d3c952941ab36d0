"""What the model card says was tuned."""

from types import SimpleNamespace

import pytest
from made_up import made_candidate, made_layer

from blocktune.analysis.layers import Network
from blocktune.deliver.card import Subject, tuned_words
from blocktune.document.markdown import render

NAMES = [f"conv_{number}" for number in range(1, 6)]
BACKBONE = Network(
    "net",
    "net",
    None,
    "imagenet",
    "imagenet",
    "Net",
    tuple(made_layer(index, name) for index, name in enumerate(NAMES)),
)


@pytest.mark.parametrize(
    ("strategy", "number", "names", "said"),
    [
        ("span", 5, NAMES[2:4], "blocks 3 to 2 from the head (conv_3 to conv_4), 2 of 5 layers with weights"),
        ("span", 4, NAMES[2:3], "block 3 from the head (conv_3), 1 of 5 layers with weights"),
        ("tail", 2, NAMES[3:], "the last 2 blocks (from conv_4), 2 of 5 layers with weights"),
        ("bw", 2, NAMES[3:4], "by strategy BW, 1 of 5 layers with weights"),
        ("span", 15, NAMES, "by strategy Span, all layers with weights"),
        ("baseline1", 1, [], "no layer of the backbone"),
    ],
)
def test_the_layers_are_told_in_the_strategys_own_words(strategy, number, names, said):
    candidate = made_candidate(strategy, number, names=tuple(names), parameters=10 * len(names))
    subject = Subject(strategy, candidate, SimpleNamespace(is_probe=False, lora=None), BACKBONE)
    assert said in render([tuned_words(subject)], plain=True)


@pytest.mark.parametrize(("names", "where"), [(["conv_3"], "conv_3"), (["conv_3", "conv_4"], "conv_3 to conv_4")])
def test_updates_of_low_rank_are_told_as_such(names, where):
    candidate = made_candidate("lora", 1, names=tuple(names), parameters=10 * len(names))
    subject = Subject("lora", candidate, SimpleNamespace(is_probe=False, lora=4), BACKBONE)
    said = render([tuned_words(subject)], plain=True).replace("`", "")
    assert f"updates of rank 4 of the weight matrices in {where}, which are added to the weights" in said
