"""The basket as a page shows it, and the acts that its buttons stand for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from shopkeeper.operation.price import price_text
from shopkeeper.record import Event, EventType, Query
from shopkeeper.serving import Basket, Card, Engine
from shopkeeper.storefront.row import Row, image_address, name_of, rows_of, unlike
from shopkeeper.storefront.shopper import Shopper
from shopkeeper.storefront.tile import Tile, tile_of

ANSWERS = "bought-together"  # the surface that answers to a basket


@dataclass(frozen=True, slots=True)
class Line:
    """One product in the basket; `price` is the text of one, `cost` minor units of `currency` for all of them."""

    card: Card
    quantity: int
    price: str
    cost: int | None
    image: str
    tile: Tile


def lines_of(engine: Engine, basket: Basket, market: str) -> tuple[Line, ...]:
    """A line for each product of the basket that the shop still has, at a market's prices."""
    cards = engine.cards(basket.item_ids, market)
    return tuple(_line(card, count) for card, count in zip(cards, basket.quantity, strict=True) if card)


def total_text(lines: Sequence[Line]) -> str:
    """What all of it costs; "" where a price is unknown or the currencies differ."""
    currencies = {line.card.currency for line in lines}
    costs = [line.cost for line in lines if line.cost is not None]
    if len(currencies) != 1 or len(costs) < len(lines):
        return ""
    return price_text(sum(costs), currencies.pop())


def companions(engine: Engine, shopper: Shopper, lines: Sequence[Line], n: int) -> list[Row]:
    """The row of what goes with the basket as a whole, made from n places; none for an empty one."""
    if not lines:
        return []
    items = tuple(line.card.item_id for line in lines)
    query = Query(ANSWERS, n, shopper.user_id, shopper.visitor_id, items, market=shopper.market)
    title, description = "Goes with your basket", "This list answers to the basket: put something in, and it changes."
    rows = [replace(row, title=title, description=description) for row in rows_of(engine, [query])]
    return unlike(rows, n, [name_of(line.card) for line in lines])


def purchases(lines: Sequence[Line], shopper: Shopper, now: int) -> list[Event]:
    """Everything in the basket bought at once: one session, so that it counts as one basket."""
    session = uuid4().hex
    return [
        Event(
            type=EventType.PURCHASE,
            time=now,
            user_id=shopper.user_id,
            visitor_id=shopper.visitor_id,
            item_id=line.card.item_id,
            session_id=session,
            quantity=float(line.quantity),
            value=line.cost,
            currency=line.card.currency,
            context={"door": "storefront"},
        )
        for line in lines
    ]


def _line(card: Card, quantity: int) -> Line:
    return Line(
        card=card,
        quantity=quantity,
        price=price_text(card.price, card.currency),
        cost=None if card.price is None else card.price * quantity,
        image=image_address(card.image_url),
        tile=tile_of(card.category, card.title),
    )
