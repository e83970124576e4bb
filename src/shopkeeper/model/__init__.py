"""Recommenders: one file for each, and REGISTRY, by which bundles and settings name them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from shopkeeper.model.affinity import Affinity, AffinityConfig
from shopkeeper.model.bpr import BPR, BPRConfig
from shopkeeper.model.ease import EASE, EASEConfig
from shopkeeper.model.gru4rec import GRU4Rec, GRU4RecConfig
from shopkeeper.model.implicit_als import ImplicitALS, ImplicitALSConfig
from shopkeeper.model.irgan import IRGAN, IRGANConfig
from shopkeeper.model.item_item import ItemItem, ItemItemConfig
from shopkeeper.model.item_svd import ItemSVD, ItemSVDConfig
from shopkeeper.model.learner import Learner, Run
from shopkeeper.model.lightgcn import LightGCN, LightGCNConfig
from shopkeeper.model.personal_frequency import PersonalFrequency, PersonalFrequencyConfig
from shopkeeper.model.popularity import Popularity, PopularityConfig
from shopkeeper.model.semantic import Semantic, SemanticConfig
from shopkeeper.model.term_overlap import TermOverlap, TermOverlapConfig
from shopkeeper.model.tifu_knn import TIFUKNN, TIFUKNNConfig
from shopkeeper.model.transformer import Transformer, TransformerConfig
from shopkeeper.model.transition import Transition, TransitionConfig
from shopkeeper.model.trending import Trending, TrendingConfig
from shopkeeper.model.two_tower import TwoTower, TwoTowerConfig


@dataclass(frozen=True, slots=True)
class Registered:
    """A recommender and its config, both dataclasses; `network`: PyTorch trains it, by the run's trainer."""

    model: type[Any]
    config: type[Any]
    network: bool = False


REGISTRY: Final[Mapping[str, Registered]] = MappingProxyType(
    {
        "popularity": Registered(Popularity, PopularityConfig),
        "trending": Registered(Trending, TrendingConfig),
        "personal_frequency": Registered(PersonalFrequency, PersonalFrequencyConfig),
        "tifu_knn": Registered(TIFUKNN, TIFUKNNConfig),
        "item_item": Registered(ItemItem, ItemItemConfig),
        "item_svd": Registered(ItemSVD, ItemSVDConfig),
        "transition": Registered(Transition, TransitionConfig),
        "gru4rec": Registered(GRU4Rec, GRU4RecConfig, network=True),
        "transformer": Registered(Transformer, TransformerConfig, network=True),
        "two_tower": Registered(TwoTower, TwoTowerConfig, network=True),
        "term_overlap": Registered(TermOverlap, TermOverlapConfig),
        "ease": Registered(EASE, EASEConfig),
        "bpr": Registered(BPR, BPRConfig, network=True),
        "lightgcn": Registered(LightGCN, LightGCNConfig, network=True),
        "irgan": Registered(IRGAN, IRGANConfig, network=True),
        "implicit_als": Registered(ImplicitALS, ImplicitALSConfig),
        "affinity": Registered(Affinity, AffinityConfig),
        "semantic": Registered(Semantic, SemanticConfig),
    }
)

__all__ = ["REGISTRY", "Learner", "Registered", "Run"]
