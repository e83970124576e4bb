"""The systems that `benchmark sequential` fits, and the configs that validation chose; a step counts a day there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from shopkeeper.data.sequence import days
from shopkeeper.model import Learner
from shopkeeper.model.item_item import ItemItem, ItemItemConfig
from shopkeeper.model.item_svd import ItemSVD, ItemSVDConfig
from shopkeeper.model.popularity import Popularity, PopularityConfig
from shopkeeper.model.semantic import Semantic, SemanticConfig
from shopkeeper.model.term_overlap import ATTRIBUTES, TermOverlap, TermOverlapConfig
from shopkeeper.model.transformer import Transformer, TransformerConfig
from shopkeeper.model.transition import Transition, TransitionConfig
from shopkeeper.operation.benchmark.sequential_alone import ALONE, ALONE_READS_TEXT, ALONE_TRAINED, alone
from shopkeeper.operation.benchmark.sequential_rank import RankConfig
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.training.even_blend_fit import EvenBlendFitConfig

BLEND: Final = "blend"
RANKED: Final = "ranked blend"  # whose best candidates a learned ranker puts in order
INSTANT: Final = "instant"
FULL: Final = "full"
# What is blended; validation gave the others next to no weight, since their evidence is in the transition's features.
_AT_ONCE: Final = ("item_item", "transition", "semantic", "words", "popularity")
# A wide network learns faster, and is held back more.
_NETWORKS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {"transformer": {}, "wide_transformer": {"learning_rate": 2e-3, "decay": 0.05}}
)
# What PyTorch trains, and the fields of TrainerConfig that differ.
TRAINED: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType({**_NETWORKS, **ALONE_TRAINED})
BLENDED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({INSTANT: _AT_ONCE, FULL: (*_AT_ONCE, *_NETWORKS)})
SYSTEMS: Final = (*BLENDED[FULL], "item_svd", "attributes", *ALONE)
TEXT_DIMENSION: Final = 256
READS_TEXT: Final = frozenset(
    {"transition", "semantic", *_NETWORKS, *ALONE_READS_TEXT}
)  # what needs the texts' vectors


@dataclass(frozen=True, slots=True)
class Effort:
    """How many validation questions are looked at for the blend's weights and for the trees, which takes most of what
    an instant fit takes."""

    weights: EvenBlendFitConfig = field(default_factory=EvenBlendFitConfig)
    rank: RankConfig = field(default_factory=RankConfig)


WHOLE: Final = Effort()
EFFORT: Final[Mapping[str, Effort]] = MappingProxyType(
    {INSTANT: Effort(EvenBlendFitConfig(users=5_000), RankConfig(users=8_000, rounds=100, rate=0.07)), FULL: WHOLE}
)
_NETWORK: Final = TransformerConfig(factors=512, word_factors=256, pair_lags=49, pair_gap_days=days(0.85))


def unfitted(vectors: TextVectors) -> Mapping[str, Learner]:
    """All systems but the blend by name, not fitted yet."""
    return MappingProxyType(
        {
            "item_item": ItemItem(
                ItemItemConfig(
                    forward=1.0,
                    backward=0.3,
                    lags=49,
                    gap_days=days(0.85),
                    same=0.0,
                    row_power=0.35,
                    column_power=0.1,
                    min_count=0.0,
                    neighbours=1000,
                    decay_days=days(0.65),
                )
            ),
            "item_svd": ItemSVD(
                ItemSVDConfig(forward=1.0, backward=0.3, lags=49, gap_days=days(0.85), same=0.0, decay_days=days(0.65))
            ),
            "transition": Transition(
                TransitionConfig(factors=512, pair_lags=49, pair_gap_days=days(0.85), lags=8, decay_days=days(0.65))
            ),
            "transformer": Transformer(_NETWORK),
            "wide_transformer": Transformer(replace(_NETWORK, width=128, heads=4, hidden=512)),
            "semantic": Semantic(vectors, SemanticConfig(decay_days=days(0.8), power=1.0)),
            "words": TermOverlap(TermOverlapConfig(decay_days=days(0.8))),
            "attributes": TermOverlap(TermOverlapConfig(ATTRIBUTES, decay_days=days(0.8))),
            "popularity": Popularity(PopularityConfig(half_life_days=1e6)),
            **alone(vectors),
        }
    )
