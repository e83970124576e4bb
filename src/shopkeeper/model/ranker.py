"""A learned ranker: gradient-boosted trees that put a blend's best candidates into a better order (LambdaMART).

Burges, From RankNet to LambdaRank to LambdaMART: An Overview, Microsoft Research MSR-TR-2010-82; the trees are those of
Ke et al., LightGBM: A Highly Efficient Gradient Boosting Decision Tree, NIPS 2017.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from shopkeeper.error import BundleError, MissingPart
from shopkeeper.model.fact import Facts
from shopkeeper.model.ranker_feature import features_of, names_of
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Bool, Float32, Int64, ItemLists, top

if TYPE_CHECKING:
    from lightgbm import Booster

_STEP = np.float32(1.0)  # between the last place that the trees have ranked and the first that they have not
_TIE = np.float32(1e-6)  # what a place costs: less than trees that differ differ by, as a rule


def need_lightgbm() -> None:
    """Raises MissingPart where LightGBM is not installed, or cannot be loaded."""
    try:
        import lightgbm  # noqa: F401
    except ModuleNotFoundError:
        raise MissingPart(
            "The learned ranker needs LightGBM, which is not installed. Install it with: pip install lightgbm"
        ) from None
    except OSError as problem:  # its wheel takes the system's libgomp
        raise MissingPart(
            f"The learned ranker needs LightGBM, which cannot be loaded ({problem}). On Debian and Ubuntu: "
            "apt-get install libgomp1"
        ) from None


def places_of(offset: Int64) -> Int64:
    """(N,) the place of each item in its list, from 0, for lists that begin at `offset` (B + 1,)."""
    if len(offset) == 2:
        return np.arange(offset[1])
    place: Int64 = np.arange(offset[-1]) - np.repeat(offset[:-1], np.diff(offset))
    return place


def settled(score: Float32, place: Int64) -> Float32:
    """(N,) scores of which equal ones keep the order of their places (N,) in a list."""
    told: Float32 = score - place.astype(np.float32) * _TIE
    return told


@dataclass(frozen=True)
class Trees:
    """Trees as LightGBM's own text, which a bundle keeps as it is: to read it runs no code."""

    text: str = field(repr=False)

    @cached_property
    def booster(self) -> "Booster":
        """The trees, read. Raises BundleError where the text is none of LightGBM's, MissingPart without it."""
        need_lightgbm()
        from lightgbm import Booster
        from lightgbm.basic import LightGBMError

        try:
            return Booster(model_str=self.text)
        except LightGBMError as problem:
            raise BundleError(f"The ranker's trees cannot be read ({problem}). Train again.") from None

    def score(self, feature: Float32, threads: int = 1) -> Float32:
        """(N,) what the trees say to (N, columns) features; each row by itself, so that neither batches nor threads
        change anything."""
        if not len(feature):
            return np.zeros(0, np.float32)
        return np.asarray(self.booster.predict(feature, num_threads=threads), np.float32)


@dataclass(frozen=True, slots=True)
class RankerSpec:
    """What a manifest says of a ranker: the names of its features, of which the sources' scores are the last ones, and
    how many places of each list it ranks."""

    feature: tuple[str, ...]
    sources: tuple[str, ...]
    depth: int

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `asdict`, from JSON. Raises KeyError or TypeError where it is none."""
        return cls(tuple(values["feature"]), tuple(values["sources"]), int(values["depth"]))


def _behind(learned: Float32, row: Int64, score: Float32, after: Int64) -> Float32:
    """(M,) `score` (M,) of lists `after` (M,) moved below what those of lists `row` (N,) have `learned` (N,)."""
    lists = int(row[-1]) + 1  # a list that goes on behind its head has one
    least, most = np.full(lists, np.inf, np.float32), np.full(lists, -np.inf, np.float32)
    np.minimum.at(least, row, learned)
    np.maximum.at(most, after, score)
    told: Float32 = least[after] - _STEP - (most[after] - score)
    return told


@dataclass(frozen=True, slots=True)
class LearnedRanker:
    """Ranks the first `depth` places of each list anew, and leaves the others behind them in their order.

    `price` (n_items,) are logarithms as of now: `priced` makes a ranker that knows newer ones.
    """

    spec: RankerSpec
    trees: Trees
    facts: Facts = field(repr=False)
    price: Float32 = field(default_factory=lambda: np.empty(0, np.float32), repr=False)

    def __post_init__(self) -> None:
        """Raises BundleError where the trees were grown on features that this version does not know."""
        if self.spec.feature != names_of(self.spec.sources):
            raise BundleError("The ranker was trained on other features than this version works out. Train again.")

    def priced(self, price: Float32) -> Self:
        """The ranker with prices as of another time."""
        return replace(self, price=price)

    def rerank(self, batch: QueryBatch, lists: ItemLists) -> ItemLists:
        """The lists, which come best first, each with its first `depth` places ranked by the trees."""
        ranked = self.head(lists)
        head, tail = np.flatnonzero(ranked).astype(np.int64), np.flatnonzero(~ranked)
        best = lists.take(head)
        learned = settled(self.trees.score(self.features(batch, best)), places_of(best.offset))
        score = lists.score.copy()
        score[head] = learned
        if len(tail):
            score[tail] = _behind(learned, best.row, lists.score[tail], lists.row[tail])
        return top(replace(lists, score=score), len(lists.item))

    def head(self, lists: ItemLists) -> Bool:
        """(N,) which places the trees rank."""
        ranked: Bool = places_of(lists.offset) < self.spec.depth
        return ranked

    def features(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        """(N, features) what the trees read of these places."""
        return features_of(batch, lists, self.facts, self.price, self.spec.sources)
