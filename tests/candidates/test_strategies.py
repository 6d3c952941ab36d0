"""Which layers each strategy would unfreeze, on networks small enough to count by hand."""

from dataclasses import replace

import pytest

from blocktune.candidates.candidate import Candidate
from blocktune.candidates.recipe import Recipe
from blocktune.candidates.strategies import (
    baselines,
    blocks,
    distinct,
    random_set,
    ranked_set,
    single_layers,
    span_ends,
    span_number,
    spans,
    spread,
    tails,
    windows,
)
from blocktune.errors import BlocktuneError

#        0          1      2    3      4      5            6      7    8
CHAIN = "InputLayer Conv2D ReLU Conv2D Conv2D MaxPooling2D Conv2D ReLU Flatten"


def sets(candidates):
    return [candidate.layers for candidate in candidates]


def test_baselines_are_nothing_and_everything(network):
    nothing, everything = baselines(network(CHAIN))
    assert (nothing.strategy, nothing.layers) == ("baseline1", ())
    assert (everything.strategy, everything.layers) == ("baseline2", (1, 3, 4, 6))


def test_single_layers_start_at_the_target_end(network):
    found = single_layers(network(CHAIN))
    assert sets(found) == [(6,), (4,), (3,), (1,)]
    assert [candidate.number for candidate in found] == [1, 2, 3, 4]
    assert {candidate.strategy for candidate in found} == {"lw"}


def test_blocks_start_at_the_target_end(network):
    found = blocks(network(CHAIN))
    assert sets(found) == [(6,), (3, 4), (1,)]
    assert [candidate.number for candidate in found] == [1, 2, 3]


def test_tails_reach_from_a_block_border_up_to_the_head(network):
    found = tails(network(CHAIN))
    assert sets(found) == [(6,), (3, 4, 6), (1, 3, 4, 6)]
    assert [(tail.first, tail.last, tail.number) for tail in found] == [(6, 8, 1), (3, 8, 2), (1, 8, 3)]


def test_a_tail_at_borders_of_ones_own(network):
    assert sets(tails(network(CHAIN), ["MaxPooling2D"])) == [(6,), (1, 3, 4, 6)]


@pytest.mark.parametrize(("strategy", "candidates_of"), [("tail", tails), ("span", spans)])
def test_one_block_has_no_border(network, strategy, candidates_of):
    with pytest.raises(BlocktuneError, match=rf"search\.strategies has {strategy}, but .* make 1 block"):
        candidates_of(network("InputLayer Conv2D Conv2D"))


def test_spans_are_every_stretch_of_blocks_from_the_head_to_the_input(network):
    found = spans(network(CHAIN))
    assert sets(found) == [(6,), (3, 4), (3, 4, 6), (1,), (1, 3, 4), (1, 3, 4, 6)]
    assert [(span.first, span.last, span.number) for span in found] == [
        (6, 6, 1),
        (3, 4, 2),
        (3, 6, 3),
        (1, 1, 4),
        (1, 4, 5),
        (1, 6, 6),
    ]
    assert {span.strategy for span in found} == {"span"}
    assert sets(spans(network(CHAIN), ["MaxPooling2D"])) == [(6,), (1, 3, 4), (1, 3, 4, 6)]


def test_blocks_tails_and_everything_are_spans(network):
    layers = network("InputLayer " + "Conv2D ReLU " * 9)
    of_spans = set(sets(spans(layers)))
    _, everything = baselines(layers)
    assert {*sets(blocks(layers)), *sets(tails(layers)), everything.layers} <= of_spans
    assert sets(spans(layers))[-1] == everything.layers


@pytest.mark.parametrize("count", [12, 13, 27, 66])
def test_neighbours_are_merged_evenly_into_so_many_blocks(network, count):
    layers = network("InputLayer " + "Conv2D ReLU " * count)
    every, merged = spans(layers), spans(layers, most_blocks=12)
    assert (len(every), len(merged)) == (count * (count + 1) // 2, 78)
    # No span but those of all blocks, with the same number
    assert set(merged) <= set(every)
    assert (merged[-1], max(merged[0].layers)) == (every[-1], max(every[0].layers))
    sizes = [len(span.layers) for span in merged if not any(set(o.layers) < set(span.layers) for o in merged)]
    assert (len(sizes), sum(sizes)) == (12, count)
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("most_blocks", "most", "count"),
    [
        (None, None, 36),
        (99, 99, 36),
        (4, None, 10),
        (None, 35, 28),
        (None, 28, 28),
        (None, 3, 3),
        (None, 5, 3),
        (4, 6, 6),
        (3, 20, 6),
    ],
)
def test_the_smaller_limit_says_how_many_spans_there_are(network, most_blocks, most, count):
    assert len(spans(network("InputLayer " + "Conv2D ReLU " * 8), "weightless", most_blocks, most)) == count


def test_a_number_tells_the_ends_of_a_span():
    pairs = [(first, last) for first in range(1, 70) for last in range(first, 0, -1)]
    assert [span_number(*pair) for pair in pairs] == [*range(1, len(pairs) + 1)]
    assert [span_ends(number) for number in range(1, len(pairs) + 1)] == pairs


def test_windows_slide_over_all_layers_from_the_target_end(network):
    found = windows(network(CHAIN), 3)
    assert [(window.first, window.last) for window in found] == [(start, start + 2) for start in (6, 5, 4, 3, 2, 1, 0)]
    assert sets(found) == [(6,), (6,), (4, 6), (3, 4), (3, 4), (1, 3), (1,)]
    assert [window.number for window in found] == [1, 2, 3, 4, 5, 6, 7]


def test_a_window_without_weights_is_left_out(network):
    found = windows(network("InputLayer ReLU ReLU Conv2D"), 2)
    assert sets(found) == [(3,)]


def test_windows_of_one_are_the_single_layers(network):
    layers = network(CHAIN)
    assert sets(windows(layers, 1)) == sets(single_layers(layers))


def test_a_window_may_span_the_whole_network(network):
    assert sets(windows(network(CHAIN), 9)) == [(1, 3, 4, 6)]


def test_a_window_larger_than_the_network_names_the_key_and_both_sizes(network):
    with pytest.raises(BlocktuneError, match=r"search\.window is 10, .* only 9 layers"):
        windows(network(CHAIN), 10)


def test_sets_that_unfreeze_the_same_weights_are_one(network):
    layers = network("InputLayer Conv2D ReLU Conv2D ReLU")
    all_of_them = [*single_layers(layers), *blocks(layers), *windows(layers, 3)]
    assert len(all_of_them) == 2 + 2 + 3
    assert sorted(distinct(all_of_them)) == [(1,), (1, 3), (3,)]
    updated = [replace(candidate, recipe=Recipe(lora=4)) for candidate in single_layers(layers)]
    # Updates of low rank in a layer are another run than the layer
    assert sorted(distinct([*all_of_them, *updated, *updated])) == [(1,), (1,), (1, 3), (3,), (3,)]


# ------------------------------------------------------------------------------------------------------------------
# delimiters


def test_listed_delimiters_cut_only_there(network):
    assert sets(blocks(network(CHAIN), ["MaxPooling2D"])) == [(6,), (1, 3, 4)]
    assert sets(blocks(network(CHAIN), ["MaxPooling2D", "ReLU"])) == [(6,), (3, 4), (1,)]


def test_a_delimiter_with_weights_closes_its_own_block(network):
    layers = network("InputLayer Conv2D BatchNormalization ReLU Conv2D BatchNormalization ReLU Conv2D")
    assert sets(blocks(layers, ["BatchNormalization"])) == [(7,), (4, 5), (1, 2)]


def test_weightless_layers_inside_a_block_do_not_cut_it(network):
    (block,) = blocks(network("InputLayer Conv2D ReLU Conv2D Add MaxPooling2D"), ["MaxPooling2D"])
    assert block.layers == (1, 3)
    # ... and those at its ends are no part of it
    assert (block.first, block.last) == (1, 3)


def test_an_unknown_delimiter_names_the_nearest_and_what_there_is(network):
    with pytest.raises(BlocktuneError) as raised:
        blocks(network(CHAIN), ["MaxPool2D"])
    message = str(raised.value)
    assert "search.delimiters" in message
    assert "'MaxPool2D' (did you mean 'MaxPooling2D'?)" in message
    assert "Conv2D, Flatten, InputLayer, MaxPooling2D, ReLU" in message


def test_one_wrong_delimiter_among_right_ones_is_an_error(network):
    with pytest.raises(BlocktuneError, match="BatchNormalization"):
        blocks(network(CHAIN), ["MaxPooling2D", "BatchNormalization"])


# ------------------------------------------------------------------------------------------------------------------
# random and ranked sets


@pytest.mark.parametrize(
    ("count", "most", "numbers"),
    [
        (27, 6, [1, 6, 11, 17, 22, 27]),
        (5, 2, [1, 5]),
        (4, 3, [1, 3, 4]),
        (3, 3, [1, 2, 3]),
        (2, 9, [1, 2]),
        (4, None, [1, 2, 3, 4]),
    ],
)
def test_at_most_so_many_candidates_evenly_spread(count, most, numbers):
    found = [Candidate("tail", number, (), None, None) for number in range(1, count + 1)]
    assert [candidate.number for candidate in spread(found, most)] == numbers


def test_random_sets_depend_on_the_seed_alone(network):
    layers = network("InputLayer " + "Conv2D ReLU " * 20)
    drawn = [random_set(layers, 3, seed).layers for seed in range(8)]
    assert drawn == [random_set(layers, 3, seed).layers for seed in range(8)]
    assert len(set(drawn)) > 4


def test_a_random_set_holds_as_many_different_layers_with_weights_as_asked_for(network):
    layers = network("InputLayer " + "Conv2D ReLU " * 6)
    weighted = {layer.index for layer in layers if layer.weighted}
    reached = set()
    for seed in range(40):
        drawn = random_set(layers, 3, seed)
        assert drawn.strategy == "random3"
        assert len(set(drawn.layers)) == 3
        assert set(drawn.layers) <= weighted
        reached |= set(drawn.layers)
    assert reached == weighted


def test_a_random_set_larger_than_the_network_is_an_error(network):
    with pytest.raises(BlocktuneError, match=r"search\.random_layers asks for 5 layers, .* only 4 with weights"):
        random_set(network(CHAIN), 5, seed=1)


def test_ranked_sets_take_the_best_layers_whatever_their_depth(network):
    layers, ranking = network(CHAIN), [3, 6, 1, 4]
    two, three = ranked_set(layers, ranking, 2), ranked_set(layers, ranking, 3)
    assert (two.strategy, two.layers) == ("bwt2", (3, 6))
    assert (three.strategy, three.layers) == ("bwt3", (1, 3, 6))


def test_a_ranked_set_larger_than_the_network_is_an_error(network):
    with pytest.raises(BlocktuneError, match=r"search\.top_k asks for 5 layers, .* only 4 with weights"):
        ranked_set(network(CHAIN), [6, 4, 3, 1], 5)
