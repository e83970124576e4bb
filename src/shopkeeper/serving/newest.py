"""Newest: what may be shown, the latest arrival first."""

from typing import Final

from shopkeeper.data import ItemTable
from shopkeeper.pipeline.lists import Int32

LATEST: Final = "latest"  # the list's name in answers and in the exposure log, and its places' source and reason


def newest_of(items: ItemTable, shown: Int32, n: int) -> list[tuple[str, int | None]]:
    """item_id and date (`available_from`, UTC microseconds) of the newest n of some items.

    Those with a date come first, by it; the others follow, the last to arrive first: an item_index is given once.
    """
    arrived = items.frame.select("item_id", "available_from", "item_index")[shown]
    latest = arrived.sort("available_from", "item_index", descending=True, nulls_last=True).head(n)
    return latest.select("item_id", "available_from").rows()
