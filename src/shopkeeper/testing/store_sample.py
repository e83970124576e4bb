"""The small things that the contracts of the store put in and look at."""

from shopkeeper.record import Event, EventType, Item
from shopkeeper.store.history import Packed

TEA = Item("tea", title="Green tea", category=("Grocery", "Tea"), brand="Leaf", attributes={"organic": True})
CUP = Item("cup", title="Cup")


def view(item_id: str | None, time: int = 1, *, user: str | None = None, visitor: str | None = None) -> Event:
    """A view of an item."""
    return Event(EventType.VIEW, time, user_id=user, visitor_id=visitor, item_id=item_id)


def items_of(history_part: Packed) -> list[int]:
    """The items of a history's rows."""
    return [int(item) for item in history_part["item"]]
