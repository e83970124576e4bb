"""Cards: what a page shows of an item."""

from dataclasses import dataclass
from typing import Any

from shopkeeper.data import ItemTable
from shopkeeper.store.frame import CATEGORY_SEPARATOR


@dataclass(frozen=True, slots=True)
class Card:
    """An item as a shopper sees it; `price` is minor units of `currency`, `category` runs from broad to narrow."""

    item_id: str
    title: str
    description: str
    brand: str | None
    category: tuple[str, ...]
    price: int | None
    currency: str | None
    stock: int | None
    image_url: str | None
    kind: str


def cards_of(items: ItemTable, index: list[int]) -> list[Card | None]:
    """A card for each item_index, None for -1 and for what was deleted."""
    return [_card(*items.card_rows(place)) if place >= 0 else None for place in index]


def _card(
    item_id: str, title: str | None, description: str | None, brand: str | None, category: str | None, *rest: Any
) -> Card | None:
    """The card of a row of CARD_COLUMN."""
    *offer, deleted = rest
    path = tuple(part for part in (category or "").split(CATEGORY_SEPARATOR) if part)
    return None if deleted else Card(item_id, title or item_id, description or "", brand, path, *offer)
