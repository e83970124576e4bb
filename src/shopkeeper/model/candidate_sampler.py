"""Candidate sampling: which items of a large catalogue a batch's softmax goes over, and how likely each was drawn.

Nothing here imports PyTorch.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from shopkeeper.data.sequence import Sequences
from shopkeeper.pipeline.lists import Float32, Int64

Float64 = npt.NDArray[np.float64]

BEYOND: Final = 50_000  # items up to which a softmax goes over the whole catalogue
EVEN: Final = 512  # many candidates are made up to a multiple, for the reason that even_rows gives
SAMPLES: Final = 8_192  # items that are drawn for a batch, about; half by chance alone, half by popularity


@dataclass(frozen=True, slots=True)
class Candidates:
    """The items that one batch has to do with. `item` (k,) are rows of the catalogue: first those that were drawn, then
    what else the batch holds, some of it twice; None is the whole catalogue, in its own order.

    `excess` (drawn,) is the log of how often each drawn one came, over how often it was to be expected.
    """

    item: Int64 | None
    excess: Float32

    def place(self, item: np.ndarray) -> Int64:
        """Where items, all of them among these, stand."""
        if self.item is None:
            return item.astype(np.int64)
        order = np.argsort(self.item, kind="stable")  # of what stands twice, the first
        place: Int64 = order[np.searchsorted(self.item, item, sorter=order)]
        return place


@dataclass(frozen=True, slots=True)
class CandidateSampler:
    """Draws the same candidates for all rows of a batch: each item with chance min(1, samples x q), where q is half
    uniform and half how often items are asked for, as in Yang et al., Mixed Negative Sampling for Learning Two-tower
    Neural Networks, WWW 2020.

    `certain` are items that every batch has. `edge` cumulates the chances of the others, `chance`, in the order of
    `rest`: one draw falls in each interval of length 1 (Cochran, Sampling Techniques, 1977, on systematic and
    stratified draws), so that hardly any item comes twice, and 8,000 draws among a million items take a millisecond.
    """

    certain: Int64
    rest: Int64
    chance: Float64
    edge: Float64

    @classmethod
    def of(cls, wanted: np.ndarray, items: int, samples: int) -> "CandidateSampler":
        """For a catalogue of so many items; `wanted` (T,) are all items that training asks for, at least one."""
        share = np.bincount(wanted, minlength=items) / len(wanted)
        chance = np.minimum(samples * (0.5 / items + 0.5 * share), 1.0)
        rest = np.flatnonzero(chance < 1)
        return cls(np.flatnonzero(chance >= 1), rest, chance[rest], np.cumsum(chance[rest]))

    def candidates(self, given: np.ndarray, wanted: np.ndarray, rng: np.random.Generator) -> Candidates:
        """Those of a batch, which looks at the items `given` and asks for `wanted`."""
        place, count = np.unique(self._draws(rng), return_counts=True)
        drawn = np.concatenate([self.certain, self.rest[place]])
        excess = np.concatenate([np.zeros(len(self.certain)), np.log(count / self.chance[place])])
        others = np.setdiff1d(np.concatenate([given, wanted]), drawn)
        item = np.concatenate([drawn, others])
        more = np.repeat(item[-1:], -len(item) % EVEN if len(item) > EVEN else 0)
        return Candidates(np.concatenate([item, more]), excess.astype(np.float32))

    def _draws(self, rng: np.random.Generator) -> Int64:
        """Places in `rest`; each is to be expected as often as its chance says."""
        if not len(self.edge):
            return np.empty(0, np.int64)
        # The last interval is shorter than the others: what falls beyond the end is no draw.
        point = np.arange(np.ceil(self.edge[-1])) + rng.random(int(np.ceil(self.edge[-1])))
        place: Int64 = np.searchsorted(self.edge, point, side="right")
        return place[place < len(self.edge)]


def sampler_of(sequences: Sequences, items: int, beyond: int, samples: int) -> CandidateSampler | None:
    """For a task that asks for each item of each sequence but its first; None where the catalogue has no more items
    than `beyond`, so that every softmax goes over all of it."""
    if items <= beyond:
        return None
    return CandidateSampler.of(np.delete(sequences.item, sequences.offset[:-1]), items, samples)


def candidates_of(
    sampler: CandidateSampler | None, given: np.ndarray, wanted: np.ndarray, rng: np.random.Generator
) -> Candidates:
    """Of a batch: drawn, or without a sampler the whole catalogue."""
    if sampler is None:
        return Candidates(None, np.empty(0, np.float32))
    return sampler.candidates(given, wanted, rng)
