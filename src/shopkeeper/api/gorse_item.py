"""Items as Gorse's clients send and read them: Comment is the title, Categories the category, Labels the attributes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from shopkeeper.api.field import Id, Text, Unreadable
from shopkeeper.api.gorse_field import GorseModel, Labels, Stamp, attributes_of, labels_of, stamp
from shopkeeper.api.item_body import Step
from shopkeeper.api.receipt import Sifted
from shopkeeper.error import InputError
from shopkeeper.record import Item, ItemPatch
from shopkeeper.store import Refusal

MOST_CATEGORIES: Final = 20
Categories = Annotated[
    list[Step], Field(max_length=MOST_CATEGORIES, description="kept as one path, from broad to narrow")
]


class ItemIn(GorseModel):
    """An item, whole: what Gorse does not know, such as a brand, is emptied; its price stays."""

    item_id: Id
    is_hidden: bool = False
    categories: Categories | None = None
    timestamp: Stamp = Field(None, description="in lists from then on; absent: always")
    labels: Labels = None
    comment: Text = Field("", description="the title")


class ItemPatchIn(GorseModel):
    """What is to be changed of an item; null, as absent, stays."""

    is_hidden: bool | None = None
    categories: Categories | None = None
    timestamp: Stamp = None
    labels: Labels = None
    comment: Text | None = None


class ItemOut(GorseModel):
    """An item."""

    item_id: str
    is_hidden: bool
    categories: list[str]
    timestamp: str
    labels: Any
    comment: str


class ItemPage(GorseModel):
    """Some items, those that changed last coming last."""

    cursor: str = Field(description="of the next page; empty: this was the last")
    items: list[ItemOut]


def sift_items(rows: Sequence[object]) -> Sifted[Item]:
    """Items to put, and refused rows; of several rows of one item the last counts, as in Gorse."""
    read = [(number, row) for number, row in enumerate(rows) if isinstance(row, ItemIn)]
    refused = [Refusal(number, row.reason) for number, row in enumerate(rows) if isinstance(row, Unreadable)]
    return Sifted(tuple(_item(row) for _, row in read), tuple(number for number, _ in read), tuple(refused))


def _item(row: ItemIn) -> Item:
    return Item(
        row.item_id,
        title=row.comment,
        category=tuple(row.categories or ()),
        attributes=attributes_of(row.labels),
        available_from=row.timestamp,
        enabled=not row.is_hidden,
    )


def patch_of(held: Item, patch: ItemPatchIn) -> ItemPatch:
    """The patch of an item that is held. Labels are replaced as a whole."""
    fields: dict[str, object] = {}
    if patch.is_hidden is not None:
        fields["enabled"] = not patch.is_hidden
    if patch.categories is not None:
        fields["category"] = tuple(patch.categories)
    if patch.timestamp is not None:
        fields["available_from"] = patch.timestamp
    if patch.labels is not None:
        fields["attributes"] = _replacing(held.attributes, attributes_of(patch.labels))
    if patch.comment is not None:
        fields["title"] = patch.comment
    return ItemPatch(held.item_id, fields)


def with_category(held: Item, category: str) -> ItemPatch | None:
    """The patch that adds a category, the narrowest. Raises InputError where there are MOST_CATEGORIES."""
    if category in held.category:
        return None
    if len(held.category) >= MOST_CATEGORIES:
        raise InputError(
            f"Item {held.item_id!r} has {len(held.category)} categories, the most there can be. Delete one first."
        )
    return ItemPatch(held.item_id, {"category": (*held.category, category)})


def without_category(held: Item, category: str) -> ItemPatch | None:
    """The patch that takes a category out."""
    if category not in held.category:
        return None
    return ItemPatch(held.item_id, {"category": tuple(step for step in held.category if step != category)})


def _replacing(held: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The merge patch (RFC 7396) that makes one object of another."""
    both = {
        name for name in held.keys() & wanted.keys() if isinstance(held[name], dict) & isinstance(wanted[name], dict)
    }
    merged = {name: _replacing(held[name], wanted[name]) for name in both}
    return {**dict.fromkeys(held), **wanted, **merged}


def tell_item(item: Item) -> dict[str, Any]:
    """ItemOut's members."""
    return {
        "ItemId": item.item_id,
        "IsHidden": not item.enabled,
        "Categories": list(item.category),
        "Timestamp": stamp(item.available_from),
        "Labels": labels_of(item.attributes),
        "Comment": item.title,
    }
