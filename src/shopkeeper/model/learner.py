"""What a recommender is: a frozen dataclass of a config and fitted arrays that proposes, scores and says why."""

from collections.abc import Callable
from dataclasses import Field, dataclass, field
from typing import Any, ClassVar, Protocol, Self, TypeVar

import numpy as np

from shopkeeper.data import Dataset
from shopkeeper.model.neural import Trainer
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Bool, Float32, Int32, Int64, ItemLists, lists_of, offsets
from shopkeeper.pipeline.role import Source
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.record import Progress, silent


@dataclass(frozen=True, slots=True)
class Run:
    """What fitting needs beside data: randomness, the texts' vectors, threads, and somewhere to tell how far it is; and
    for networks somebody who trains them."""

    rng: np.random.Generator
    vectors: TextVectors
    threads: int = 1
    progress: Progress = field(default=silent)
    trainer: Trainer | None = None


class Learner(Source, Protocol):
    """A Source that learns: a frozen dataclass. Its array fields are its state, which a bundle saves and restores."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def config(self) -> Any:
        """A frozen dataclass of JSON values."""
        ...

    def fit(self, dataset: Dataset, run: Run) -> Self:
        """A fitted one; `self` keeps only its config. Uses nothing but `dataset` and `run`."""
        ...


def retrieve_dense(
    batch: QueryBatch,
    n: int,
    row_scores: Callable[[int], Float32 | None],
    index: Int32 | None = None,
) -> ItemLists:
    """The n best allowed items of each request whose score is above 0.

    `row_scores(row)` gives (m,) scores, or None where there is nothing to say; `index` (m,) says of which items, by
    default of items 0 to m - 1, in whose order equal scores come. Rows are scored one at a time: a request gets the
    same bits alone and in a batch.
    """
    found = [np.empty(0, np.int32)]
    value = [np.empty(0, np.float32)]
    for row in range(len(batch)):
        scores = row_scores(row)
        if scores is None:
            scores = np.empty(0, np.float32)
        allowed = batch.mask_of(row)
        best = _best(scores, allowed[: len(scores)] if index is None else allowed[index[: len(scores)]], n)
        found.append(best.astype(np.int32) if index is None else index[best])
        value.append(scores[best])
    counts = np.array([len(item) for item in found[1:]])
    return lists_of(np.concatenate(found), offsets(counts), np.concatenate(value))


def retrieve_ranked(batch: QueryBatch, n: int, order: Int32, scores: Float32) -> ItemLists:
    """The n first allowed items of `order`, the same for all requests but for what each may be shown.

    `scores` is by item_index. Looks only as far down the order as it must.
    """
    found = [np.empty(0, np.int32)]
    for row in range(len(batch)):
        allowed, width = batch.mask_of(row), 2 * n
        best = order[:width][allowed[order[:width]]]
        while len(best) < n and width < len(order):
            width *= 8
            best = order[:width][allowed[order[:width]]]
        found.append(best[:n])
    item = np.concatenate(found)
    return lists_of(item, offsets(np.array([len(best) for best in found[1:]])), scores[item])


def ranking(scores: Float32) -> Int32:
    """Items with a score above 0, best first; equal ones by item."""
    item = np.flatnonzero(scores > 0)
    return item[np.lexsort((item, -scores[item]))].astype(np.int32)


def _best(scores: Float32, allowed: Bool, n: int) -> Int64:
    """Positions of the n best allowed scores above 0, best first; equal ones by position."""
    place = np.flatnonzero((scores > 0) & allowed)
    if len(place) > n > 0:
        least = np.partition(scores[place], len(place) - n)[len(place) - n]
        place = place[scores[place] >= least]
    return place[np.argsort(-scores[place], kind="stable")[:n]]


Numbers = TypeVar("Numbers", Float32, Int32)


def gather(values: Numbers, item: Int32, default: float = 0) -> Numbers:
    """`values[item]`, with `default` for items that came after the fit."""
    known = item < len(values)
    if known.all():
        return values[item]
    found = np.full(len(item), default, values.dtype)
    found[known] = values[item[known]]
    return found
