"""An offer as the API takes it: what an item costs, and how much of it there is, in one market or store."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shopkeeper.api.field import (
    MAX_ROWS,
    Currency,
    Id,
    KeepGoing,
    Moment,
    Price,
    Unreadable,
    exact_minor,
    one_or_many,
)
from shopkeeper.api.item_body import Market, Stock
from shopkeeper.api.receipt import Sifted
from shopkeeper.record import Offer
from shopkeeper.store import Refusal


class OfferIn(BaseModel):
    """One offer, whole: what is absent here is emptied."""

    model_config = ConfigDict(extra="forbid")

    item_id: Id
    market: Market = Field("", description="or store; absent: the default market")
    price: Price | None = Field(None, description="in major units, exact: 2.99")
    currency: Currency | None = Field(None, description="ISO 4217; absent: the shop's")
    stock: Stock | None = None
    valid_from: Moment | None = Field(None, description="absent: from now on, unless it holds already")
    valid_to: Moment | None = Field(None, description="from then on the offer before it holds again")


class OfferBatch(BaseModel):
    """Offers to commit together. One alone, or a bare array of them, is taken as a batch too."""

    offers: list[Annotated[OfferIn, KeepGoing]] = Field(min_length=1, max_length=MAX_ROWS)

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, body: object) -> object:
        return one_or_many(body, "offers")


def sift_offers(rows: Sequence[object], currency: str) -> Sifted[Offer]:
    """Offers to put, and refused rows; `currency` is the shop's."""
    kept: list[Offer] = []
    numbers: list[int] = []
    refused: list[Refusal] = []
    for number, row in enumerate(rows):
        try:
            kept.append(_offer(row, currency))
        except ValueError as problem:
            refused.append(Refusal(number, str(problem)))
            continue
        numbers.append(number)
    return Sifted(tuple(kept), tuple(numbers), tuple(refused))


def _offer(row: object, currency: str) -> Offer:
    """The offer of a row. Raises ValueError with the reason."""
    if isinstance(row, Unreadable):
        raise ValueError(row.reason)
    assert isinstance(row, OfferIn)
    if row.price is None and row.stock is None:
        raise ValueError("price or stock is needed")
    code = None if row.price is None else row.currency or currency
    price = None if row.price is None or code is None else exact_minor(row.price, code)
    return Offer(row.item_id, row.market, price, code, row.stock, row.valid_from, row.valid_to)
