"""Packing: sequences laid end to end and cut into blocks, so that a network works on no padding."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from shopkeeper.data.sequence import Sequences
from shopkeeper.pipeline.lists import Bool, Int64

SIZES: Final = (8, 16)  # steps up to which sequences have blocks of their own
LOT: Final = 128  # steps: blocks of training come in such lots, so in few numbers: for each of them oneDNN builds code


@dataclass(frozen=True, slots=True)
class Packing:
    """T steps in `blocks` blocks of `size`, the longest sequence's length: so a step's whole past lies in its own block
    and the one before it. Only the end is empty: of the last block, or some blocks where their number is made even.

    `seen` (blocks, size, 2 size) says whether a step may look at each of the block before and of its own: those of its
    own sequence up to itself. `lag` (size, 2 size) is how many steps back each of them is, 0 for those that none sees.
    """

    steps: int
    size: int
    seen: Bool
    lag: Int64

    @classmethod
    def of(cls, sequences: Sequences, lot: int = 1) -> "Packing":
        """Of at least one step; in a multiple of `lot` blocks."""
        size = int(np.diff(sequences.offset).max())
        steps = len(sequences.item)
        blocks = -(-steps // (size * lot)) * lot
        owner = np.full((blocks + 1) * size, -1)  # what is empty belongs to nobody, and sees only itself
        owner[size : size + steps] = sequences.row
        own, around = owner[size:].reshape(blocks, size, 1), _with_previous(owner.reshape(blocks + 1, size))
        lag = np.arange(size)[:, None] - (np.arange(2 * size) - size)
        seen = (own == around[:, None, :]) & (lag >= 0) & (lag < size)
        return cls(steps, size, seen, np.where((lag >= 0) & (lag < size), lag, 0))

    @classmethod
    def by_length(cls, sequences: Sequences) -> "list[Packing]":
        """Of sequences that stand in order of their length, at least one: steps of the first ones, then of longer ones,
        and so on. Attention takes time in steps x size, and a few sequences of fifty make no long blocks of the others.
        """
        length = np.diff(sequences.offset)
        cut = np.searchsorted(length, (*SIZES, length.max()), side="right")
        parts = [np.arange(begin, end) for begin, end in pairwise([0, *cut.tolist()])]
        found = (sequences.users(part) for part in parts if length[part].sum())
        return [cls.of(each, max(LOT // int(np.diff(each.offset).max()), 1)) for each in found]

    @property
    def blocks(self) -> int:
        return len(self.seen)


def _with_previous(block: Int64) -> Int64:
    """(b, 2 size) each block but the first, with the one before it in front."""
    return np.concatenate([block[:-1], block[1:]], axis=1)
