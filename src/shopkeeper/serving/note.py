"""Notes: what a person should know of a list that is not what was asked for."""

from dataclasses import replace

import numpy as np

from shopkeeper.data import ItemTable
from shopkeeper.record import Answer, Query
from shopkeeper.surface import Need, find_surface

NOTHING_FOUND = "Nothing in the catalogue answers these words."


def noted(query: Query, answer: Answer, items: ItemTable) -> Answer:
    """The answer, with a note where an item it should answer to is not known, or where a search found nothing."""
    needs = find_surface(query.surface).needs
    if needs is Need.TEXT and not answer.items:
        return replace(answer, note=NOTHING_FOUND)
    if needs is Need.ITEMS and (items.indices(query.item_ids) < 0).any():
        return replace(answer, note=_unknown(query, answer, items))
    return answer


def _unknown(query: Query, answer: Answer, items: ItemTable) -> str:
    """Which items are not known, and what the list is instead."""
    row = np.flatnonzero(items.indices(query.item_ids) < 0)
    names = ", ".join(f"'{query.item_ids[place][:60]}'" for place in row[:5].tolist())
    several = f"items {names} are" if len(row) > 1 else f"item {names} is"
    stand_in = f"; this is the stand-in {answer.fallback}" if answer.fallback else ""
    return f"{several[0].upper()}{several[1:]} not known{stand_in}."
