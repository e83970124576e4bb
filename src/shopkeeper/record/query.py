"""A query and its answer, as the doors and the engine speak of them: external ids, no arrays."""

from dataclasses import dataclass
from typing import Final

from shopkeeper.record.facet import Facets

MAX_N: Final = 200  # places of the longest list that can be asked for


@dataclass(frozen=True, slots=True)
class Query:
    """One request for a list. `item_ids` are the one looked at (similar) or those in the cart (bought-together)."""

    surface: str
    n: int = 10
    user_id: str | None = None
    visitor_id: str | None = None
    item_ids: tuple[str, ...] = ()
    text: str | None = None
    filter: str | None = None  # a SQL boolean expression over item columns
    now: int | None = None  # UTC microseconds; None: the shop's clock
    market: str = ""  # whose prices and stock count; "": the default market's
    facets: tuple[str, ...] = ()  # fields by which the products that a search finds are counted
    max_facet_values: int = 20  # of each of them


@dataclass(frozen=True, slots=True)
class RankedItem:
    """One place of a list: `source` contributed most to it, `cause_item_id` is the item that it answers to."""

    item_id: str
    score: float
    source: str
    reason: str  # a code of pipeline.lists.Reason, such as "bought_before"; words are chosen at the doors
    cause_item_id: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A list and where it came from.

    `fallback` names the stand-in that filled the list, where one did; `note` says what a person should know of it;
    `market` is the one that was asked for; `facets` are there where a search asked for them.
    """

    recommendation_id: str
    surface: str
    bundle_id: str
    items: tuple[RankedItem, ...]
    fallback: str | None = None
    note: str | None = None
    market: str = ""
    facets: Facets | None = None
