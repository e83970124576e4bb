"""Items and offers: everything recommendable, and what it costs where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ItemKind(StrEnum):
    """What an item is; one catalogue, one event log and one pipeline serve them all."""

    PRODUCT = "product"
    CONTENT = "content"
    CAMPAIGN = "campaign"
    AD = "ad"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class Item:
    """One recommendable thing. Times are UTC microseconds; `category` runs from broad to narrow."""

    item_id: str
    kind: ItemKind = ItemKind.PRODUCT
    title: str = ""
    description: str = ""
    category: tuple[str, ...] = ()
    brand: str | None = None
    group_id: str | None = None  # the item group that a variant belongs to; None: a group of its own
    url: str | None = None
    image_url: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)  # JSON values only
    available_from: int | None = None
    expires_at: int | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """What an item costs in one market or store from `valid_from` on. Money is integer minor units."""

    item_id: str
    market: str = ""  # "" is the shop's default market
    price: int | None = None
    currency: str | None = None  # ISO 4217
    stock: int | None = None  # None: not tracked, taken as in stock
    valid_from: int | None = 0  # None: from now on, where what holds now says something else
    valid_to: int | None = None


@dataclass(frozen=True, slots=True)
class ItemPatch:
    """What is to be changed of a known item (RFC 7396): what is not named stays, None empties.

    `item` holds fields of Item, `attributes` being merged member by member; `offer` holds price with currency, or
    stock, or both, of one `market`.
    """

    item_id: str
    item: Mapping[str, object] = field(default_factory=dict)
    offer: Mapping[str, object] = field(default_factory=dict)
    market: str = ""
