"""Variants: the items of one group that can be sold, as a page offers them to choose from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shopkeeper.data import ItemTable
from shopkeeper.data.attribute import attributes_of
from shopkeeper.pipeline.lists import Int32
from shopkeeper.record import ItemKind

MOST: Final = 30  # beside the item itself
_COLUMN: Final = ("item_id", "title", "stock", "kind", "attributes")


@dataclass(frozen=True, slots=True)
class Variant:
    """One item of a group; `attributes` (a product's alone) has the values of each as texts, none of them nested."""

    item_id: str
    title: str
    in_stock: bool
    attributes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Variants:
    """`present` is the item that was asked for, on sale or not. `shown` are the variants on sale and this one, in the
    order in which they came into the catalogue; of a large group its nearest ones, `more` being left out."""

    present: Variant
    shown: tuple[Variant, ...]
    more: int


def variants_of(items: ItemTable, index: int, now: int) -> Variants | None:
    """The group of an item_index at a time (UTC microseconds); None for -1 and for what was deleted."""
    if index < 0 or items.frame["deleted"][index]:
        return None
    member = items.variants(index, now)
    place = int(member.searchsorted(index))
    # From link to link all of a large group can be reached, for each page shows the next ones on either side.
    first = max(min(place - MOST // 2, len(member) - MOST - 1), 0)
    shown = _read(items, member[first : first + MOST + 1])
    return Variants(shown[place - first], shown, len(member) - len(shown))


def _read(items: ItemTable, index: Int32) -> tuple[Variant, ...]:
    rows = items.frame.select(_COLUMN)[index].iter_rows()
    return tuple(
        Variant(
            item_id,
            title or item_id,
            stock is None or stock > 0,
            attributes_of(told) if kind == ItemKind.PRODUCT.value else {},
        )
        for item_id, title, stock, kind, told in rows
    )
