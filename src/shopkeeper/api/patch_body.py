"""A change of an item as the API takes it: JSON merge patch (RFC 7396), absent stays and null empties."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shopkeeper.api.field import (
    MAX_ROWS,
    Currency,
    Id,
    JsonObject,
    KeepGoing,
    Moment,
    Price,
    Text,
    Unreadable,
    exact_minor,
    extra_fields,
    one_or_many,
)
from shopkeeper.api.item_body import CategoryPath, Market, Stock
from shopkeeper.api.receipt import Sifted
from shopkeeper.record import ItemKind, ItemPatch
from shopkeeper.store import Refusal


class PatchIn(BaseModel):
    """What is to be changed of a known item. Absent stays, null empties; `attributes`, and fields that are not named
    here, are merged into the item's attributes.

    A price keeps the stock, a stock keeps the price.
    """

    model_config = ConfigDict(extra="allow")

    kind: ItemKind | None = None
    title: Text | None = None
    description: Text | None = None
    category: CategoryPath | None = None
    brand: Text | None = None
    group_id: Id | None = None
    url: Text | None = None
    image_url: Text | None = None
    attributes: JsonObject | None = None
    available_from: Moment | None = None
    expires_at: Moment | None = None
    enabled: bool | None = None
    price: Price | None = Field(None, description="in major units, exact: 2.99; holds from now on")
    currency: Currency | None = Field(None, description="ISO 4217, beside a price; absent: the shop's")
    stock: Stock | None = None
    market: Market = Field("", description="whose price and stock; absent: the default market's")


class RowPatchIn(PatchIn):
    """A patch of a batch."""

    item_id: Id


class PatchBatch(BaseModel):
    """Patches to commit together. One alone, or a bare array of them, is taken as a batch too."""

    items: list[Annotated[RowPatchIn, KeepGoing]] = Field(min_length=1, max_length=MAX_ROWS)

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, body: object) -> object:
        return one_or_many(body, "items")


_OFFERED: Final = {"price", "currency", "stock", "market"}


def sift_patches(rows: Sequence[object], currency: str) -> Sifted[ItemPatch]:
    """Patches to make, and refused rows; `currency` is the shop's. A batch may name each item once."""
    numbers: dict[str, int] = {}
    kept: list[ItemPatch] = []
    refused: list[Refusal] = []
    for number, row in enumerate(rows):
        try:
            patch = _batch_patch(row, currency)
            if patch.item_id in numbers:
                raise ValueError(f"item_id {patch.item_id!r} is in row {numbers[patch.item_id]} already")
        except ValueError as problem:
            refused.append(Refusal(number, str(problem)))
            continue
        numbers[patch.item_id] = number
        kept.append(patch)
    return Sifted(tuple(kept), tuple(numbers.values()), tuple(refused))


def sift_patch(item_id: str, row: PatchIn, currency: str) -> Sifted[ItemPatch]:
    """The one patch of an item that the URL names."""
    try:
        if (row.__pydantic_extra__ or {}).pop("item_id", item_id) != item_id:
            raise ValueError("item_id is another one than the URL's")
        return Sifted((patch_of(item_id, row, currency),), (0,), ())
    except ValueError as problem:
        return Sifted((), (), (Refusal(0, str(problem)),))


def _batch_patch(row: object, currency: str) -> ItemPatch:
    if isinstance(row, Unreadable):
        raise ValueError(row.reason)
    assert isinstance(row, RowPatchIn)
    return patch_of(row.item_id, row, currency)


def patch_of(item_id: str, row: PatchIn, currency: str) -> ItemPatch:
    """The patch that a body means. Raises ValueError with the reason."""
    extra = extra_fields(row)
    fields: dict[str, Any] = row.model_dump(include=row.model_fields_set - _OFFERED - {"item_id"} - extra.keys())
    if extra:
        if "attributes" in fields and fields["attributes"] is None:
            raise ValueError(f"attributes: null empties them, and {', '.join(extra)} would be kept there. Send one")
        fields["attributes"] = {**fields.get("attributes", {}), **extra}
    offer = _offer(row, currency)
    if not fields and not offer:
        raise ValueError("names nothing to change")
    return ItemPatch(item_id, fields, offer, row.market)


def _offer(row: PatchIn, currency: str) -> dict[str, object]:
    """What the patch says of price and stock. Raises ValueError."""
    offer: dict[str, object] = {"stock": row.stock} if "stock" in row.model_fields_set else {}
    if row.price is not None:
        code = row.currency or currency
        offer |= {"price": exact_minor(row.price, code), "currency": code}
    elif "price" in row.model_fields_set:
        offer |= {"price": None, "currency": None}
    elif "currency" in row.model_fields_set:
        raise ValueError("currency: goes with a price, and none is given")
    if not offer and "market" in row.model_fields_set:
        raise ValueError("market: goes with a price or a stock, and neither is given")
    return offer
