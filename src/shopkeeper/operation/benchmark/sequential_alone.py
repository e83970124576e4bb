"""The systems that `benchmark sequential --model` measures and no tier blends: the rest of the registered models."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from shopkeeper.data.sequence import days
from shopkeeper.model import Learner
from shopkeeper.model.affinity import Affinity, AffinityConfig
from shopkeeper.model.bpr import BPR, BPRConfig
from shopkeeper.model.ease import EASE, EASEConfig
from shopkeeper.model.gru4rec import GRU4Rec, GRU4RecConfig
from shopkeeper.model.implicit_als import ImplicitALS, ImplicitALSConfig
from shopkeeper.model.irgan import IRGAN, IRGANConfig
from shopkeeper.model.lightgcn import LightGCN, LightGCNConfig
from shopkeeper.model.personal_frequency import PersonalFrequency
from shopkeeper.model.tifu_knn import TIFUKNN
from shopkeeper.model.trending import Trending
from shopkeeper.model.two_tower import TwoTower
from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.lists import Float32, Int32, ItemLists, Reason, lists_of, offsets
from shopkeeper.pipeline.role import CatalogueScorer, Source
from shopkeeper.pipeline.vectors import TextVectors

# What PyTorch trains, and the fields of TrainerConfig that differ: factors that know no features learn faster.
ALONE_TRAINED: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "two_tower": {},
        "gru4rec": {},
        "bpr": {"learning_rate": 1e-2},
        "lightgcn": {"learning_rate": 1e-2},
        "irgan": {},
    }
)
ALONE_READS_TEXT: Final = frozenset({"two_tower", "gru4rec"})
ALONE: Final = (
    *ALONE_TRAINED,
    *("ease", "implicit_als", "tifu_knn", "affinity", "personal_frequency", "trending"),
)


def alone(vectors: TextVectors) -> dict[str, Learner]:
    """All of them by name, not fitted yet."""
    fading = days(0.8)
    return {
        "two_tower": TwoTower(vectors),
        "gru4rec": GRU4Rec(GRU4RecConfig(factors=512, word_factors=256, pair_lags=49, pair_gap_days=days(0.85))),
        "bpr": BPR(BPRConfig(decay_days=fading)),
        "lightgcn": LightGCN(LightGCNConfig(decay_days=fading)),
        "irgan": IRGAN(IRGANConfig(decay_days=fading)),
        "ease": EASE(EASEConfig(neighbours=1000, decay_days=days(0.65))),
        "implicit_als": ImplicitALS(ImplicitALSConfig(min_users=1, max_items=10**6, decay_days=fading)),
        "tifu_knn": TIFUKNN(),
        "affinity": Affinity(AffinityConfig()),
        "personal_frequency": PersonalFrequency(),
        "trending": Trending(),
    }


@dataclass(frozen=True, slots=True)
class EveryItem:
    """A source that scores lists only, asked with lists of the whole catalogue."""

    source: Source

    @property
    def reason(self) -> Reason:
        return self.source.reason

    def retrieve(self, batch: QueryBatch, n: int) -> ItemLists:
        return self.source.retrieve(batch, n)

    def score(self, batch: QueryBatch, lists: ItemLists) -> Float32:
        return self.source.score(batch, lists)

    def cause(self, batch: QueryBatch, lists: ItemLists) -> Int32:
        return self.source.cause(batch, lists)

    def score_all(self, batch: QueryBatch) -> Float32:
        size, item = len(batch.eligible), np.arange(len(batch.eligible), dtype=np.int32)
        every = lists_of(np.tile(item, len(batch)), offsets(np.full(len(batch), size)))
        return self.source.score(batch, every).reshape(len(batch), size)


def scoring_all(source: Source) -> CatalogueScorer:
    """The source, able to score the whole catalogue."""
    return source if isinstance(source, CatalogueScorer) else EveryItem(source)
