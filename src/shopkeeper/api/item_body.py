"""An item as the API takes and gives it, with its price and stock beside it."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

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
from shopkeeper.api.receipt import Sifted
from shopkeeper.record import Item, ItemKind, Offer, format_time, to_major
from shopkeeper.store import Refusal, StoredItem

SEPARATOR: Final = ">"


def _path(value: object) -> object:
    """A category path, also from one text such as "Food > Fruit"."""
    return [part.strip() for part in value.split(SEPARATOR) if part.strip()] if isinstance(value, str) else value


Step = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00>]+$")]
CategoryPath = Annotated[
    list[Step],
    BeforeValidator(_path),
    Field(max_length=20, description='broad to narrow: ["Food", "Fruit"] or "Food > Fruit"'),
]
Stock = Annotated[int, Field(ge=0, le=2**53, description="pieces; absent: not tracked, taken as in stock")]
Market = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f]*$")]


class ItemIn(BaseModel):
    """One recommendable thing, whole: what is absent here is emptied. Fields not named are kept in `attributes`.

    Price and stock go together: with neither, both stay as they were; with one alone, the other becomes unknown.
    """

    model_config = ConfigDict(extra="allow")

    item_id: Id
    kind: ItemKind = ItemKind.PRODUCT
    title: Text = ""
    description: Text = ""
    category: CategoryPath = Field(default_factory=list)
    brand: Text | None = None
    group_id: Id | None = Field(None, description="the item group that a variant belongs to")
    url: Text | None = None
    image_url: Text | None = None
    attributes: JsonObject = Field(default_factory=dict)
    available_from: Moment | None = None
    expires_at: Moment | None = None
    enabled: bool = True
    price: Price | None = Field(None, description="in major units, exact: 2.99")
    currency: Currency | None = Field(None, description="ISO 4217; absent: the shop's")
    stock: Stock | None = None
    market: Market = Field("", description="whose price and stock; absent: the default market's")


class ItemBatch(BaseModel):
    """Items to insert or replace together. One item alone, or a bare array of them, is taken as a batch too."""

    # A row that cannot be read becomes an Unreadable here, whatever the annotation says of it.
    items: list[Annotated[ItemIn, KeepGoing]] = Field(min_length=1, max_length=MAX_ROWS)

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, body: object) -> object:
        return one_or_many(body, "items")


class OfferOut(BaseModel):
    """What the item costs in one market."""

    market: str
    price: float | None = Field(description="in major units")
    currency: str | None
    stock: int | None
    valid_from: str | None = Field(description="ISO 8601")
    valid_to: str | None


class ItemOut(BaseModel):
    """An item as the store holds it."""

    item_id: str
    kind: ItemKind
    title: str
    description: str
    category: list[str]
    brand: str | None
    group_id: str | None
    url: str | None
    image_url: str | None
    attributes: dict[str, Any]
    available_from: str | None
    expires_at: str | None
    enabled: bool
    offers: list[OfferOut]


def sift_items(rows: Sequence[object], currency: str) -> tuple[Sifted[Item], tuple[Offer, ...]]:
    """Items and offers to put, and refused rows; `currency` is the shop's. A batch may name each item once."""
    kept: list[Item] = []
    offers: list[Offer] = []
    numbers: dict[str, int] = {}
    refused: list[Refusal] = []
    for number, row in enumerate(rows):
        try:
            item, offer = _item(row, currency)
            if item.item_id in numbers:
                raise ValueError(f"item_id {item.item_id!r} is in row {numbers[item.item_id]} already")
        except ValueError as problem:
            refused.append(Refusal(number, str(problem)))
            continue
        numbers[item.item_id] = number
        kept.append(item)
        offers += [offer] if offer else []
    of_offers = (numbers[offer.item_id] for offer in offers)
    return Sifted(tuple(kept), (*numbers.values(), *of_offers), tuple(refused)), tuple(offers)


_OFFERED: Final = {"price", "currency", "stock", "market"}


def _item(row: object, currency: str) -> tuple[Item, Offer | None]:
    """The item of a row and its offer. Raises ValueError with the reason."""
    if isinstance(row, Unreadable):
        raise ValueError(row.reason)
    assert isinstance(row, ItemIn)
    fields = row.model_dump(exclude=_OFFERED | {"category", "attributes"} | set(row.__pydantic_extra__ or {}))
    item = Item(**fields, category=tuple(row.category), attributes={**row.attributes, **extra_fields(row)})
    if row.price is None and row.stock is None:
        return item, None
    code = row.currency or currency
    price = None if row.price is None else exact_minor(row.price, code)
    return item, Offer(row.item_id, row.market, price, code, row.stock, valid_from=None)


def item_out(stored: StoredItem) -> dict[str, Any]:
    """The JSON members of ItemOut."""
    item = stored.item
    return {
        **{name: getattr(item, name) for name in _AS_THEY_ARE},
        "category": list(item.category),
        "attributes": dict(item.attributes),
        "available_from": _time(item.available_from),
        "expires_at": _time(item.expires_at),
        "offers": [_offer_out(offer) for offer in stored.offers],
    }


_AS_THEY_ARE: Final = ("item_id", "kind", "title", "description", "brand", "group_id", "url", "image_url", "enabled")


def _offer_out(offer: Offer) -> dict[str, Any]:
    priced = offer.price is not None and offer.currency is not None
    return {
        "market": offer.market,
        "price": float(to_major(offer.price or 0, offer.currency or "")) if priced else None,
        "currency": offer.currency,
        "stock": offer.stock,
        "valid_from": _time(offer.valid_from) if offer.valid_from else None,
        "valid_to": _time(offer.valid_to),
    }


def _time(moment: int | None) -> str | None:
    return None if moment is None else format_time(moment)
