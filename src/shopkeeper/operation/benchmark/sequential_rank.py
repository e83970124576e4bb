"""The learned ranker of `benchmark sequential`: boosted trees that put the blend's best candidates in a better order.

Burges, From RankNet to LambdaRank to LambdaMART, Microsoft Research 2010, by LightGBM (Ke et al., NeurIPS 2017).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shopkeeper.data.sequence import Sequences
from shopkeeper.evaluation.leave_one_out import Chunk
from shopkeeper.operation.benchmark.sequential_evidence import LISTED, Asked, Lore, candidates, evidence
from shopkeeper.pipeline.lists import Bool, Float32, Int32, Int64, offsets
from shopkeeper.training.ranker_fit import LAMBDAMART

if TYPE_CHECKING:  # takes most of a second to import
    from lightgbm import Booster

FOLDS: Final = 2
COUNTED: Final = "popularity"  # the evidence has its counts


@dataclass(frozen=True, slots=True)
class RankConfig:
    """How the trees are grown."""

    width: int = 100  # candidates of a list that are put in order
    users: int = 50_000  # questions looked at, at most
    rounds: int = 150  # trees
    rate: float = 0.05  # share of each tree that counts
    leaves: int = 8
    least: int = 200  # candidates in a leaf
    share: float = 0.7  # of the evidence that a tree sees, chosen at random
    cut: int = 30  # places beyond which an order does not count


@dataclass(frozen=True, slots=True)
class Shelves:
    """Q lists of W candidates that hold their answer: `given` (Q, W, features), `answer` (Q,) its place, `blend` (Q, W)
    what they were ordered by, `asker` (Q,) whose of all `asked` questions each is."""

    names: tuple[str, ...]
    given: Float32
    blend: Float32
    answer: Int64
    asker: Int64
    asked: int

    @classmethod
    def joined(cls, some: Sequence["Shelves"]) -> "Shelves":
        """Those of chunks that follow each other, one at least; each counts its own questions from 0."""
        first = np.cumsum([0, *(each.asked for each in some)])
        return cls(
            some[0].names,
            np.concatenate([each.given for each in some]),
            np.concatenate([each.blend for each in some]),
            np.concatenate([each.answer for each in some]),
            np.concatenate([each.asker + start for each, start in zip(some, first[:-1], strict=True)]),
            int(first[-1]),
        )

    def of(self, rows: Bool) -> "Shelves":
        """Some of the lists."""
        return replace(
            self, given=self.given[rows], blend=self.blend[rows], answer=self.answer[rows], asker=self.asker[rows]
        )


@dataclass(frozen=True, slots=True)
class ListRanker:
    """Fitted trees, and what the training that they are asked with tells of items."""

    config: RankConfig
    lore: Lore
    trees: "Booster"

    def reordered(self, chunk: Chunk, even: Mapping[str, Float32], blend: Float32) -> Float32:
        """(B, n) the blend's scores, with its best candidates above all others and in the order of the trees.

        `even` has (B, n) of each part, evened.
        """
        given, item, left, _ = _shelf(self.config, self.lore, chunk, even, blend)
        said = _asked_of(self.trees, given)
        above = left.max(axis=1, keepdims=True) + 1
        reordered = left.copy()
        np.put_along_axis(reordered, item, above + _steps_up(said, np.take_along_axis(left, item, 1)), axis=1)
        return reordered


def shelves_of(config: RankConfig, lore: Lore, chunk: Chunk, scores: Mapping[str, Float32], blend: Float32) -> Shelves:
    """The lists of a chunk that hold their answer."""
    given, item, left, names = _shelf(config, lore, chunk, scores, blend)
    row, answer = np.nonzero(item == chunk.target[:, None])
    best = np.take_along_axis(left, item, 1)[row]
    return Shelves(names, given[row], best, answer, row, len(item))


def grown(shelves: Shelves, config: RankConfig, seed: int, threads: int) -> "Booster":
    """Trees fitted on all lists; the same ones by any number of threads."""
    import lightgbm

    lists, width, size = shelves.given.shape
    label = np.zeros((lists, width), np.int8)
    label[np.arange(lists), shelves.answer] = 1
    given = shelves.given.reshape(-1, size)
    data = lightgbm.Dataset(given, label.ravel(), group=np.full(lists, width), params={"verbose": -1})
    return lightgbm.train({**_parameters(config, seed), "num_threads": threads}, data, config.rounds)


def two_fold(shelves: Shelves, config: RankConfig, seed: int, threads: int) -> float:
    """NDCG@10 over all questions asked, each ranked by trees that saw only the other half of them."""
    half = np.random.default_rng(seed).integers(FOLDS, size=shelves.asked)[shelves.asker]
    gain = 0.0
    for fold in range(FOLDS):
        seen, other = shelves.of(half != fold), shelves.of(half == fold)
        if len(seen.answer) and len(other.answer):
            gain += _gain(_asked_of(grown(seen, config, seed, threads), other.given), other)
    return gain / max(shelves.asked, 1)


def _shelf(
    config: RankConfig, lore: Lore, chunk: Chunk, even: Mapping[str, Float32], blend: Float32
) -> tuple[Float32, Int32, Float32, tuple[str, ...]]:
    """(evidence of the candidates, the candidates, the blend without what a user has, names of the evidence)."""
    left = blend.copy()
    left[chunk.seen_row, chunk.seen_item] = blend.min() - 1
    told = {name: score for name, score in even.items() if name != COUNTED}
    item, best, said = candidates(told, left, config.width)
    known = Sequences(chunk.seen_item, offsets(np.bincount(chunk.seen_row, minlength=len(chunk.target))))
    names, given = evidence(lore, Asked.of(known), item, best, said)
    return given, item, left, names


def _asked_of(trees: "Booster", given: Float32) -> Float32:
    """(B, W) what the trees say of each candidate."""
    said: Any = trees.predict(given.reshape(-1, given.shape[2]), num_threads=1)
    return np.asarray(said, np.float32).reshape(given.shape[:2])


def _steps_up(said: Float32, blend: Float32) -> Float32:
    """(B, W) 1 for the last candidate, one more for each better one; the blend tells apart what the trees do not, and
    what neither does stays equal."""
    order = np.lexsort((blend, said), axis=1)
    sorted_said, sorted_blend = np.take_along_axis(said, order, 1), np.take_along_axis(blend, order, 1)
    better = (np.diff(sorted_said, axis=1) > 0) | (np.diff(sorted_blend, axis=1) > 0)
    step = np.empty(said.shape, np.float32)
    np.put_along_axis(step, order, np.cumsum(np.pad(better, ((0, 0), (1, 0))), axis=1) + np.float32(1), axis=1)
    return step


def _gain(said: Float32, shelves: Shelves) -> float:
    """The summed NDCG@10 of lists in this order."""
    step = _steps_up(said, shelves.blend)
    place = np.count_nonzero(step > step[np.arange(len(step)), shelves.answer][:, None], axis=1)
    return float(np.where(place < LISTED, 1 / np.log2(place + 2), 0).sum())


def _parameters(config: RankConfig, seed: int) -> dict[str, Any]:
    """As LightGBM calls them; the same lists and seed give the same trees."""
    return {
        **LAMBDAMART,
        "learning_rate": config.rate,
        "num_leaves": config.leaves,
        "min_data_in_leaf": config.least,
        "lambdarank_truncation_level": config.cut,
        "feature_fraction": config.share,
        "bagging_fraction": 0.8,
        "seed": seed,
    }
