"""Recurrence over many sequences at once: first all first steps, then all second ones, without padding."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.data.sequence import Sequences
from shopkeeper.pipeline.lists import Float32, Int64


@dataclass(frozen=True, slots=True)
class Weave:
    """`order` (T,) puts the steps of B sequences in order of their place, the longest sequence first; `counts` is how
    many there are of each place; `back` (T,) puts them back; `last` (B,) says where each sequence's last step went.
    """

    order: Int64
    counts: Int64
    back: Int64
    last: Int64

    @classmethod
    def of(cls, sequences: Sequences) -> "Weave":
        """Of at least one step in each."""
        length = np.diff(sequences.offset)
        rank = np.empty(len(length), np.int64)
        rank[np.argsort(-length, kind="stable")] = np.arange(len(length))
        place = np.arange(len(sequences.item)) - np.repeat(sequences.offset[:-1], length)
        order = np.lexsort((rank[sequences.row], place))
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return cls(order, np.bincount(place), back, back[sequences.offset[1:] - 1])


def recurred(
    entered: Float32, weave: Weave, inward: Float32, onward: Float32, inward_shift: Float32, onward_shift: Float32
) -> Float32:
    """(T, d) the states of a gated recurrent unit after each of T woven steps; `entered` (T, e).

    Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, EMNLP 2014, in the form that PyTorch has.
    """
    width = len(onward)
    told = entered @ inward + inward_shift
    states = np.empty((len(entered), width), np.float32)
    state = np.zeros((weave.counts[0], width), np.float32)
    end = 0
    for count in weave.counts:  # steps of a sequence, at most a config's length
        begin, end = end, end + int(count)
        now, before = told[begin:end], state[:count]
        kept = before @ onward + onward_shift
        gate = 1 / (1 + np.exp(-(now[:, : 2 * width] + kept[:, : 2 * width])))
        new = np.tanh(now[:, 2 * width :] + gate[:, :width] * kept[:, 2 * width :])
        state = new + gate[:, width:] * (before - new)
        states[begin:end] = state
    return states
