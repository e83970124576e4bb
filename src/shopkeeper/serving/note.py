"""Notes: what a person should know of a list that is not what was asked for."""

from dataclasses import replace

import numpy as np

from shopkeeper.data import ItemTable
from shopkeeper.record import Answer, Query
from shopkeeper.serving.market import View
from shopkeeper.surface import Need, find_surface


def noted(query: Query, answer: Answer, view: View, nothing: str = "") -> Answer:
    """The answer with its market, and with a note of all that a person should know of it.

    `nothing` is why a search found nothing, where it did not.
    """
    notes = [note for note in (nothing, _of_goods(query, answer, view.items), _of_market(query.market, view)) if note]
    return replace(answer, market=query.market, note=" ".join(notes) or None)


def _of_goods(query: Query, answer: Answer, items: ItemTable) -> str:
    """That an item which the list should answer to is not known."""
    if find_surface(query.surface).needs is Need.ITEMS and (items.indices(query.item_ids) < 0).any():
        return _unknown(query, answer, items)
    return ""


def _of_market(market: str, view: View) -> str:
    """That a market's prices are not its own."""
    if market == view.market:
        return ""
    return f"Market '{market[:60]}' has no offers; prices and stock are those of the default market."


def _unknown(query: Query, answer: Answer, items: ItemTable) -> str:
    """Which items are not known, and what the list is instead."""
    row = np.flatnonzero(items.indices(query.item_ids) < 0)
    names = ", ".join(f"'{query.item_ids[place][:60]}'" for place in row[:5].tolist())
    several = f"items {names} are" if len(row) > 1 else f"item {names} is"
    stand_in = f"; this is the stand-in {answer.fallback}" if answer.fallback else ""
    return f"{several[0].upper()}{several[1:]} not known{stand_in}."
