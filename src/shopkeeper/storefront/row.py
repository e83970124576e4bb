"""Rows of a page: the engine's lists as cards that a template shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from shopkeeper.operation.answer import cards_of_answers, reason_words
from shopkeeper.record import Answer, Query, RankedItem
from shopkeeper.serving import Card, Engine
from shopkeeper.storefront.price import price_text
from shopkeeper.storefront.tile import Tile, tile_of
from shopkeeper.surface import SURFACES

LEAST: Final = 4  # cards that make a row


@dataclass(frozen=True, slots=True)
class Shown:
    """One card."""

    item_id: str
    title: str
    brand: str
    price: str
    reason: str
    image: str
    tile: Tile
    place: int


@dataclass(frozen=True, slots=True)
class Row:
    """One list of a page. `fallback` names the stand-in that filled it, or is empty."""

    surface: str
    title: str
    description: str
    recommendation_id: str
    bundle_id: str
    cards: tuple[Shown, ...]
    fallback: str


def rows_of(engine: Engine, queries: Sequence[Query]) -> list[Row]:
    """A row for each query, in their order, from one pass through the engine and one look into the catalogue."""
    answers = engine.recommend(queries)
    cards = cards_of_answers(engine, answers)
    return [_row(answer, cards) for answer in answers]


def unlike(rows: Sequence[Row], length: int) -> list[Row]:
    """Rows cut to `length` cards, each without what the rows above it show; two rows alike are one row too many.

    A row that would keep fewer than LEAST cards, as in a small shop, stays as it is.
    """
    seen: set[str] = set()
    kept: list[Row] = []
    for row in rows:
        fresh = tuple(card for card in row.cards if card.item_id not in seen)
        cards = (fresh if len(fresh) >= LEAST else row.cards)[:length]
        seen |= {card.item_id for card in cards}
        kept.append(replace(row, cards=cards))
    return kept


def worth_showing(rows: Sequence[Row]) -> list[Row]:
    """Rows with something in them; of several that the same stand-in filled, only the first."""
    kept: list[Row] = []
    stood_in: set[str] = set()
    for row in rows:
        if row.cards and row.fallback not in stood_in:
            kept.append(row)
            stood_in |= {row.fallback} if row.fallback else set()
    return kept


def _row(answer: Answer, cards: dict[str, Card | None]) -> Row:
    surface = SURFACES[answer.surface]
    shown = tuple(
        _shown(place, number, card, cards)
        for number, place in enumerate(answer.items)
        if (card := cards[place.item_id])
    )
    return Row(
        surface=answer.surface,
        title=surface.title,
        description=surface.description,
        recommendation_id=answer.recommendation_id,
        bundle_id=answer.bundle_id,
        cards=shown,
        fallback=answer.fallback or "",
    )


def _shown(place: RankedItem, number: int, card: Card, cards: dict[str, Card | None]) -> Shown:
    return Shown(
        item_id=card.item_id,
        title=card.title,
        brand=card.brand or "",
        price=price_text(card.price, card.currency),
        reason=reason_words(place, cards),
        image=image_address(card.image_url),
        tile=tile_of(card.category, card.title),
        place=number,
    )


def image_address(url: str | None) -> str:
    """An address that a page may load, or "" for a tile instead."""
    return url if url and url.startswith(("https://", "http://")) else ""
