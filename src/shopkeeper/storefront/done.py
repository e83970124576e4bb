"""What a page says of what was just done there, and where that can be seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shopkeeper.record import EventType
from shopkeeper.storefront.shopper import Shopper
from shopkeeper.storefront.view import link

AGAIN: Final = "buy-again"  # the surface that shows what was bought


@dataclass(frozen=True, slots=True)
class Done:
    """`words` of what was done, and a link: its words and its address."""

    words: str
    link: str
    address: str


_WORDS: Final[Mapping[str, str]] = {
    EventType.CART.value: "It is in the basket.",
    EventType.UNCART.value: "Taken out of the basket.",
    EventType.PURCHASE.value: "Ordered. It belongs to the history now that lists are made from.",
}


def done_of(kind: str, shopper: Shopper) -> Done | None:
    """Of an act by its event type; None for what needs no word."""
    words = _WORDS.get(kind)
    if words is None:
        return None
    if kind == EventType.PURCHASE.value:  # not in the basket: it has left it, or never was there
        return Done(words, "See what to buy again", f"{link('/', **shopper.kept)}#row-{AGAIN}")
    return Done(words, "See the basket", link("/basket", **shopper.kept))
