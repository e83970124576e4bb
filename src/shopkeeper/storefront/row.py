"""Rows of a page: the engine's lists as cards that a template shows."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from shopkeeper.operation.answer import cards_of_answers, reason_words
from shopkeeper.operation.price import price_text
from shopkeeper.record import Answer, Facets, Query, RankedItem
from shopkeeper.serving import Card, Engine
from shopkeeper.storefront.tile import Tile, tile_of
from shopkeeper.surface import SURFACES

LEAST: Final = 4  # cards that make a row
SPARE: Final = 3  # places asked for each that is shown: of cards with one name only the first is
Name = tuple[str, str]


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
    """One list of a page. `fallback` names the stand-in that filled it, `note` says what to know of it; or is empty.

    `facets` are a search's.
    """

    surface: str
    title: str
    description: str
    recommendation_id: str
    bundle_id: str
    cards: tuple[Shown, ...]
    fallback: str
    note: str = ""
    facets: Facets | None = None


def rows_of(engine: Engine, queries: Sequence[Query]) -> list[Row]:
    """A row for each query, in their order, from one pass through the engine and one look into the catalogue.

    The queries are of one market.
    """
    answers = engine.recommend(queries)
    cards = cards_of_answers(engine, answers, queries[0].market if queries else "")
    return [_row(answer, cards) for answer in answers]


def unlike(rows: Sequence[Row], length: int, shown: Sequence[Name] = ()) -> list[Row]:
    """Rows cut to `length` cards, each without what it or the rows above it show already, nor what is `shown` beside.

    Cards of one name and brand are one card to a shopper, so the best placed stands for them; and two rows alike are
    one row too many. This is done here and not in the pipelines of home and discover: a customer that buys three
    products of one name does buy three, and those lists foretell purchases. Ask for more places than are shown.
    A row that would keep fewer than LEAST cards, as in a small shop, repeats what rows above it show.
    """
    seen = set(shown)
    kept: list[Row] = []
    for row in rows:
        fresh = _one_of_each(row.cards, seen)
        cards = (fresh if len(fresh) >= LEAST else _one_of_each(row.cards, set(shown)))[:length]
        seen |= {name_of(card) for card in cards}
        kept.append(replace(row, cards=cards))
    return kept


def name_of(card: Shown | Card) -> Name:
    """What a shopper tells cards apart by."""
    return card.title.casefold(), (card.brand or "").casefold()


def _one_of_each(cards: Sequence[Shown], seen: Set[Name]) -> tuple[Shown, ...]:
    """The best placed card of each name that was not seen."""
    named: dict[Name, Shown] = {}
    for card in cards:
        if name_of(card) not in seen:
            named.setdefault(name_of(card), card)
    return tuple(named.values())


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
        note=answer.note or "",
        facets=answer.facets,
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
