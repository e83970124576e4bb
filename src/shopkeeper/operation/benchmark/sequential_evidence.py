"""What a learned ranker is told of a candidate: what each source says of it, and what training tells of it and the
user's last steps. Where an item stands in the catalogue is never among it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp

from shopkeeper.data import ItemTable
from shopkeeper.data.sequence import Sequences
from shopkeeper.pipeline.lists import Float32, Int32, Int64
from shopkeeper.pipeline.vectors import TextVectors

LOOK: Final = 10  # last steps of a history that a candidate is held against
LISTED: Final = 10  # places of a list that count
# In files that keep only items bought five times, one that training has less often must be among the answers to be
# asked for. That is no knowledge of customers: so few count as this.
FEW: Final = 5


@dataclass(frozen=True, slots=True)
class Lore:
    """What training tells of n items: `bought` (n,) how often, `ended` (n,) how many histories end with it; `follows`
    (n, n) how often the column's item came right after the row's; `vector` (n, d) of its text; `brand` and `category`
    (n,) numbers, -1 where there is none."""

    bought: Float32
    ended: Float32
    follows: sp.csr_matrix
    vector: Float32
    brand: Int64
    category: Int64

    @classmethod
    def of(cls, known: Sequences, items: ItemTable, vectors: TextVectors) -> "Lore":
        size = len(items)
        last = known.last()
        step = np.flatnonzero(known.row[1:] == known.row[:-1])
        pair = (known.item[step], known.item[step + 1])
        return cls(
            bought=np.bincount(known.item, minlength=size).astype(np.float32),
            ended=np.bincount(last[last >= 0], minlength=size).astype(np.float32),
            follows=sp.csr_matrix((np.ones(len(step), np.float32), pair), shape=(size, size)),
            vector=vectors.of(np.arange(size, dtype=np.int32)),
            brand=_numbered(items, "brand"),
            category=_numbered(items, "category"),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """B requests: `steps` (B, LOOK) their last items, the last one first, -1 where a history is shorter; `length` (B,)
    of whole histories."""

    steps: Int32
    length: Int64

    @classmethod
    def of(cls, known: Sequences) -> "Asked":
        return cls(np.stack([known.last(back) for back in range(LOOK)], axis=1), np.diff(known.offset))


def evidence(
    lore: Lore, asked: Asked, item: Int32, blend: Float32, said: Mapping[str, Float32]
) -> tuple[tuple[str, ...], Float32]:
    """(names, (B, W, features)) of W candidates a request, best first by the `blend` (B, W) of what is `said`.

    `said` has (B, W) of each source, evened over the whole catalogue.
    """
    of_list = {
        "blend": blend,
        "place": np.broadcast_to(np.arange(item.shape[1]), item.shape),
        "behind the first": blend - blend[:, :1],
        "behind the tenth": blend - blend[:, min(LISTED, item.shape[1]) - 1, None],
        "lead of the first": _told(blend[:, 0] - blend[:, min(LISTED, item.shape[1]) - 1], item),
        "steps": _told(asked.length, item),
    }
    of_source = dict(said) | {
        f"{name}, behind its best": each - each.max(1, keepdims=True) for name, each in said.items()
    }
    columns = {**of_list, **of_source, **_of_item(lore, asked, item), **_of_steps(lore, asked, item)}
    return tuple(columns), np.stack([each.astype(np.float32) for each in columns.values()], axis=2)


def candidates(even: Mapping[str, Float32], blend: Float32, width: int) -> tuple[Int32, Float32, dict[str, Float32]]:
    """(item, blend, said) of the `width` best of each row by the (B, n) blend, best first."""
    width = min(width, blend.shape[1])
    best = np.argpartition(-blend, width - 1, axis=1)[:, :width]
    best = np.take_along_axis(best, np.argsort(-np.take_along_axis(blend, best, 1), axis=1, kind="stable"), 1)
    said = {name: np.take_along_axis(score, best, 1) for name, score in even.items()}
    return best.astype(np.int32), np.take_along_axis(blend, best, 1), said


def _of_item(lore: Lore, asked: Asked, item: Int32) -> dict[str, Float32]:
    """(B, W) each: how often an item is bought, and how late in histories."""
    bought = np.maximum(lore.bought[item], FEW)
    last = asked.steps[:, 0]
    return {
        "bought": bought,
        "share of histories that end here": lore.ended[item] / bought,
        "last step bought": _told(np.where(last >= 0, lore.bought[last], 0), item),
    }


def _of_steps(lore: Lore, asked: Asked, item: Int32) -> dict[str, Float32]:
    """(B, W) each: what candidates have to do with the last steps."""
    there = asked.steps >= 0
    likeness = np.matmul(lore.vector[item], lore.vector[asked.steps].swapaxes(1, 2))
    likeness = np.where(there[:, None], likeness, -1)
    last = np.repeat(asked.steps[:, 0], item.shape[1])
    count = np.maximum(there.sum(axis=1), 1)[:, None]
    after, before = lore.follows[last, item.ravel()], lore.follows[item.ravel(), last]
    return {
        "likeness to the last step": likeness[:, :, 0],
        "likeness to any step": likeness.max(axis=2),
        "steps of its brand": shared(lore.brand, asked, item) / count,
        "steps of its category": shared(lore.category, asked, item) / count,
        "after the last step": np.asarray(after, np.float32).reshape(item.shape) * there[:, :1],
        "before the last step": np.asarray(before, np.float32).reshape(item.shape) * there[:, :1],
    }


def shared(group: Int64, asked: Asked, item: Int32) -> Int64:
    """(B, W) how many of the last steps are of each candidate's own group."""
    steps = np.where(asked.steps >= 0, group[asked.steps], -2)
    own = np.where(group[item] >= 0, group[item], -3)
    shared: Int64 = (own[:, :, None] == steps[:, None, :]).sum(axis=2)
    return shared


def _told(value: Float32 | Int64, item: Int32) -> Float32:
    """(B, W) one number a request, beside each of its candidates."""
    return np.broadcast_to(np.asarray(value, np.float32)[:, None], item.shape)


def _numbered(items: ItemTable, column: str) -> Int64:
    """(n,) a number for each value of a column of words, -1 for none."""
    words = items.frame[column].fill_null("")
    number = words.rank("dense").cast(int).to_numpy().astype(np.int64)
    return np.where(words.to_numpy() == "", -1, number)
