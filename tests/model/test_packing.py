"""Packing: every step beside its whole past, and no padding but at the end."""

import numpy as np

from shopkeeper.data.sequence import Sequences
from shopkeeper.model.packing import Packing


def test_a_past_that_lies_in_the_block_before_is_seen() -> None:
    # a a | b b | b c: blocks of three hold a a b | b b c.
    packing = Packing.of(Sequences.of([[0, 0], [0, 0, 0], [0]]))
    assert (packing.steps, packing.size, packing.blocks) == (6, 3, 2)
    seen = [[np.flatnonzero(row).tolist() for row in block] for block in packing.seen]
    # Columns 0 to 2 are the block before, 3 to 5 the own one.
    assert seen == [[[3], [3, 4], [5]], [[2, 3], [2, 3, 4], [5]]]
    assert packing.lag[1].tolist() == [0, 0, 2, 1, 0, 0]


def test_the_last_blocks_end_is_empty_and_no_other() -> None:
    packing = Packing.of(Sequences.of([[0, 0, 0], [0, 0]]))
    assert packing.blocks == 2
    assert packing.seen[:, :, :].any(axis=2).all()  # an empty place sees something too, or its softmax is 0 / 0
    assert np.flatnonzero(packing.seen[1, 1]).tolist() == [3, 4]


def test_short_sequences_have_short_blocks() -> None:
    # Of 1, 8, 9, 16 and 40 steps: sizes 8, 16 and 40, and no size of which there is none.
    sequences = Sequences.of([[0] * length for length in (1, 8, 9, 16, 40)])
    found = Packing.by_length(sequences)
    assert [(each.steps, each.size) for each in found] == [(9, 8), (25, 16), (40, 40)]
    (one,) = Packing.by_length(Sequences.of([[], [0] * 3, [0] * 5]))
    assert (one.steps, one.size) == (8, 5)


def test_blocks_of_training_come_in_lots() -> None:
    # 17 sequences of 8 steps and one of 40: lots of 128 // 8 and 128 // 40 blocks, the last ones empty.
    short, long = Packing.by_length(Sequences.of([*([0] * 8 for _ in range(17)), [0] * 40]))
    assert (short.steps, short.size, short.blocks) == (136, 8, 32)
    assert (long.steps, long.size, long.blocks) == (40, 40, 3)
    assert short.seen.any(axis=2).all()  # empty places see themselves
