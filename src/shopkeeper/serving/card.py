"""Cards: what a page shows of an item."""

from dataclasses import dataclass

from shopkeeper.data import ItemTable


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


_COLUMNS = [
    "item_id",
    "title",
    "description",
    "brand",
    "category",
    "price",
    "currency",
    "stock",
    "image_url",
    "kind",
    "deleted",
]


def cards_of(items: ItemTable, index: list[int]) -> list[Card | None]:
    """A card for each item_index, None for -1 and for what was deleted."""
    rows = items.frame.select(_COLUMNS)[[max(place, 0) for place in index]].rows() if len(items) else []
    cards: list[Card | None] = []
    for place, row in zip(index, rows, strict=False):
        *shown, deleted = row
        category = tuple(part for part in (shown[4] or "").split(" > ") if part)
        shown[1], shown[2], shown[4] = shown[1] or shown[0], shown[2] or "", category
        cards.append(None if place < 0 or deleted else Card(*shown))
    return cards or [None] * len(index)
