"""A list as every door tells it: with the titles, prices and plain words that people need."""

from collections.abc import Mapping, Sequence
from typing import Any

from shopkeeper.operation.facet import tell_facets
from shopkeeper.record import Answer, RankedItem, to_major
from shopkeeper.serving import Card, Engine
from shopkeeper.surface.reason import say


def tell_answers(engine: Engine, answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """JSON members of each list, `items` in order; one look into the catalogue for all of a market."""
    markets = {answer.market for answer in answers}
    told = {market: [answer for answer in answers if answer.market == market] for market in markets}
    cards = {market: cards_of_answers(engine, alike, market) for market, alike in told.items()}
    return [
        {
            "recommendation_id": answer.recommendation_id,
            "surface": answer.surface,
            "bundle_id": answer.bundle_id,
            "items": [_place(place, cards[answer.market]) for place in answer.items],
            "fallback": answer.fallback,
            "note": answer.note,
            **(tell_facets(answer.facets) if answer.facets else {}),
        }
        for answer in answers
    ]


def cards_of_answers(engine: Engine, answers: Sequence[Answer], market: str = "") -> dict[str, Card | None]:
    """The cards of all items of all lists, and of the items that they answer to, as a market has them."""
    places = [place for answer in answers for place in answer.items]
    wanted = dict.fromkeys([place.item_id for place in places])
    wanted |= dict.fromkeys(place.cause_item_id for place in places if place.cause_item_id is not None)
    return dict(zip(wanted, engine.cards(list(wanted), market), strict=True))


def reason_words(place: RankedItem, cards: Mapping[str, Card | None]) -> str:
    """Why an item is in its list, in a plain sentence."""
    cause = cards.get(place.cause_item_id) if place.cause_item_id is not None else None
    return say(place.reason, cause.title if cause else None)


def _place(place: RankedItem, cards: Mapping[str, Card | None]) -> dict[str, Any]:
    card = cards[place.item_id]
    return {
        "item_id": place.item_id,
        "title": card.title if card else "",
        "price": _price(card),
        "currency": card.currency if card else None,
        "score": round(place.score, 6),
        "source": place.source,
        "reason": reason_words(place, cards),
        "reason_code": place.reason,
        "cause_item_id": place.cause_item_id,
    }


def _price(card: Card | None) -> float | None:
    """In major units; None where no price is known."""
    if card is None or card.price is None or card.currency is None:
        return None
    return float(to_major(card.price, card.currency))
