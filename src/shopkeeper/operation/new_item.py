"""Events on items that nobody knows yet: the items are made, with their ids only."""

from collections.abc import Sequence

from shopkeeper.record import Event, Item
from shopkeeper.serving import Engine
from shopkeeper.store import Receipt, Refusal, Store


def append_with_items(engine: Engine, store: Store, events: Sequence[Event]) -> Receipt:
    """Commit events; those that were refused for want of their item are tried again once it is there.

    A deleted item is known and stays deleted.
    """
    receipt = engine.append_events(events)
    again = _without_item(store, events, receipt)
    if not again:
        return receipt
    bare = [Item(item_id) for item_id in dict.fromkeys(events[row].item_id or "" for row in again)]
    engine.catalogue.put(bare, new_only=True)  # somebody may have put the whole item meanwhile
    second = engine.append_events([events[row] for row in again])
    late = [Refusal(again[refusal.row], refusal.reason) for refusal in second.rejected]
    rejected = [refusal for refusal in receipt.rejected if refusal.row not in again] + late
    return Receipt(
        receipt.accepted + second.accepted,
        receipt.duplicate + second.duplicate,
        tuple(sorted(rejected, key=lambda refusal: refusal.row)),
        second.change,
    )


def _without_item(store: Store, events: Sequence[Event], receipt: Receipt) -> list[int]:
    """Rows that were refused, and whose item the store has never had."""
    refused = {refusal.row: item_id for refusal in receipt.rejected if (item_id := events[refusal.row].item_id)}
    known = set(store.catalogue.item_ids(sorted(set(refused.values())))["item_id"]) if refused else set()
    return [row for row, item_id in refused.items() if item_id not in known]
