"""PipelineSpec: a pipeline as plain data, the form in which a bundle keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from shopkeeper.error import BundleError
from shopkeeper.pipeline.blend import Blend, ScoreMap, Single
from shopkeeper.pipeline.lists import Int32
from shopkeeper.pipeline.pipeline import Pipeline
from shopkeeper.pipeline.role import Ranker, Reranker, Source
from shopkeeper.pipeline.spread import Spread

NO_CLASS = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class PipelineSpec:
    """`weight` and `score_map` by source make a Blend; without them the first source alone ranks."""

    name: str
    sources: tuple[str, ...]
    weight: Mapping[str, float] = field(default_factory=dict)
    score_map: Mapping[str, ScoreMap] = field(default_factory=dict)
    fallback: str | None = "popular"
    per_source: int = 200
    new_only: bool = False
    bought_only: bool = False
    personal: bool = False
    spread: int | None = None  # most look-alikes in one list
    leading: tuple[str, ...] = ()  # the sources that propose; the others fill short lists; empty: all propose
    by_variant: bool = False  # ranks variants, and shows the best one of each group; else ranks groups
    learned: str | None = None  # the learned ranker that puts the blend's best candidates into a better order

    def build(
        self,
        sources: Mapping[str, Source],
        look_alike: Int32 = NO_CLASS,
        group: Int32 = NO_CLASS,
        rankers: Mapping[str, Reranker] = MappingProxyType({}),
    ) -> Pipeline:
        """The pipeline; `look_alike` and `group` (n_items,) are classes for Spread, `rankers` the learned ones by name.

        Raises BundleError on an unknown source or ranker.
        """
        missing = sorted({*self.sources, *([self.fallback] if self.fallback else [])} - set(sources))
        if missing:
            raise BundleError(
                f"Pipeline {self.name!r} wants {', '.join(missing)}, which this bundle lacks. Train again."
            )
        return Pipeline(
            name=self.name,
            sources={name: sources[name] for name in self.sources},
            ranker=self._ranker(sources),
            rerankers=(*self._learned(rankers), *self._rerankers(look_alike, group)),
            fallback=sources[self.fallback] if self.fallback else None,
            fallback_name=self.fallback or "",
            per_source=self.per_source,
            new_only=self.new_only,
            bought_only=self.bought_only,
            personal=self.personal,
            leading=self.leading,
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `as_dict`."""
        maps = {name: ScoreMap(**entry) for name, entry in values["score_map"].items()}
        return cls(
            **{**values, "sources": tuple(values["sources"]), "leading": tuple(values["leading"]), "score_map": maps}
        )

    def _learned(self, rankers: Mapping[str, Reranker]) -> tuple[Reranker, ...]:
        """The learned ranker, where one was chosen."""
        if self.learned is None:
            return ()
        if self.learned not in rankers:
            raise BundleError(f"Pipeline {self.name!r} wants ranker {self.learned!r}, which is not here. Train again.")
        return (rankers[self.learned],)

    def _rerankers(self, look_alike: Int32, group: Int32) -> tuple[Reranker, ...]:
        """One variant of a group, and few look-alikes, as asked."""
        alone = np.array_equal(group, np.arange(len(group)))  # no group has two variants: nothing to thin out
        one = (Spread(group, 1),) if self.by_variant and not alone else ()
        return one if self.spread is None else (*one, Spread(look_alike, self.spread))

    def _ranker(self, sources: Mapping[str, Source]) -> Ranker:
        """A Blend where weights were fitted."""
        if not self.weight:
            return Single(self.sources[0], sources[self.sources[0]].reason)
        return Blend(self.weight, self.score_map, {name: sources[name].reason for name in self.sources})
