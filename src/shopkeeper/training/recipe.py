"""The recipe: which learners a shop is trained with, and which configs validation on the grocer's year chose."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from shopkeeper.evaluation.task import REPURCHASE, TASKS, Task
from shopkeeper.model import Learner
from shopkeeper.model.affinity import Affinity
from shopkeeper.model.implicit_als import ImplicitALS
from shopkeeper.model.item_item import ItemItem, ItemItemConfig
from shopkeeper.model.personal_frequency import PersonalFrequency, PersonalFrequencyConfig
from shopkeeper.model.popularity import Popularity, PopularityConfig
from shopkeeper.model.semantic import Semantic
from shopkeeper.model.trending import Trending
from shopkeeper.pipeline.vectors import TextVectors

# What evaluation shows beside the sources themselves: the baseline that every shop knows.
BASELINE: Final = "personal_frequency"

# The surfaces on which a learned ranker is tried against the blend, and what tells right from wrong there.
RANKED: Final[Mapping[str, Task]] = MappingProxyType(
    {"home": TASKS["next_basket"], "discover": TASKS["discovery"], "buy-again": REPURCHASE}
)

# Cut-offs where they are fewer than elsewhere: at each, the sources of `discover` take ten seconds to fit on a year of
# groceries, and with lessons of four no ranker was better than the blend there.
CUTS: Final[Mapping[str, int]] = MappingProxyType({"discover": 1})

LABEL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "popular": "popularity",
        "fresh": "first-time popularity",
        "again": "buy again",
        "affinity": "category affinity",
        "als": "implicit ALS",
        "together": "item-item",
        "semantic": "semantic neighbours",
        BASELINE: "personal frequency",
    }
)


def unfitted(vectors: TextVectors) -> dict[str, Learner]:
    """Every source of the bundle, not fitted yet."""
    return {
        "popular": Popularity(),
        "fresh": Popularity(PopularityConfig(half_life_days=30.0, first_only=True)),
        "trending": Trending(),
        "again": PersonalFrequency(PersonalFrequencyConfig(repeat_power=0.35, trend_power=0.5)),
        "affinity": Affinity(),
        "als": ImplicitALS(),
        "together": ItemItem(ItemItemConfig(forward=0.5, backward=0.15, lags=2, gap_days=14.0)),
        "semantic": Semantic(vectors),
    }


def baselines() -> dict[str, Learner]:
    """Yardsticks for evaluation only; no bundle holds them."""
    return {BASELINE: PersonalFrequency()}
