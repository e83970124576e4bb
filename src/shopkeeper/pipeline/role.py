"""The roles that stages play, each one narrow method or two."""

from typing import Protocol, runtime_checkable

from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason


class Retriever(Protocol):
    """Proposes candidates."""

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        """At most n allowed items for each request, best first, only such as it has a reason to propose."""
        ...


class Scorer(Protocol):
    """Scores given candidates."""

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        """(N,) a score for each place; 0 where it has nothing to say (unknown user, unseen item)."""
        ...


class Source(Retriever, Scorer, Protocol):
    """Both, and able to say why. A batch of one and the same request inside a larger batch get equal answers."""

    @property
    def reason(self) -> Reason: ...

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        """(N,) the item that each place answers to, or -1; asked only for places that are shown."""
        ...


@runtime_checkable
class CatalogueScorer(Source, Protocol):
    """A source that can score the whole catalogue at once, for evaluation and for blends that need every score."""

    def score_all(self, batch: QueryBatch) -> Float32:
        """(B, n_items) what `score` gives, up to rounding; n_items is len(batch.eligible)."""
        ...


class Ranker(Protocol):
    """Turns the sources' scores into one."""

    def rank(self, batch: QueryBatch, lists: ItemLists) -> ItemLists:
        """The same places with `score`, `chief` and `reason` set, each list best first."""
        ...


class Reranker(Protocol):
    """Reorders or thins out a ranked list, looking at it as a whole."""

    def rerank(self, batch: QueryBatch, lists: ItemLists) -> ItemLists: ...
