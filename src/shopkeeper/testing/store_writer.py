"""Processes that write to a store, for tests with several of them and for tests that kill one."""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import polars as pl

from shopkeeper.record import Event, EventType, Item, ItemPatch, Offer, User
from shopkeeper.store import Store, open_store

THREADS: Final = 3  # of each process


def write_from_threads(url: str, name: str, rounds: int) -> None:
    """Write from three threads that share a store, which commits together what they send at once."""
    store = open_store(url)
    with ThreadPoolExecutor(THREADS) as pool:
        for written in [pool.submit(_write, store, f"{name}-{thread}", rounds) for thread in range(THREADS)]:
            written.result()
    store.close()


def _write(store: Store, name: str, rounds: int) -> None:
    """Append events, some for a user whom all share; put an item and an offer each time."""
    for number in range(rounds):
        own = Event(EventType.VIEW, number, user_id=name, item_id="tea", event_id=f"{name}-{number}")
        shared = Event(EventType.CART, number, user_id="all", item_id="tea", event_id=f"all-{name}-{number}")
        receipt = store.events.append([own, shared])
        assert (receipt.accepted, receipt.rejected) == (2, ())
        store.catalogue.put([Item(f"{name}-{number}")], [Offer(f"{name}-{number}", price=number)])


def revise_one(url: str, name: str, rounds: int) -> None:
    """Add categories of one's own to the item "tea", and labels to the user "ann", whom other processes change too."""
    store = open_store(url)
    for number in range(rounds):
        add_category(store, f"{name}-{number}")
        add_label(store, f"{name}-{number}")
    store.close()


def add_category(store: Store, category: str) -> None:
    """Add a category to the item "tea"."""

    def added(tea: Item) -> ItemPatch:
        return ItemPatch("tea", {"category": (*tea.category, category)})

    assert store.catalogue.revise("tea", added, 0).accepted == 1


def add_label(store: Store, label: str) -> None:
    """Add an attribute to the user "ann"."""
    added = store.people.revise("ann", lambda ann: User("ann", {**ann.attributes, label: True}))
    assert added.accepted == 1


def batch(number: int, rows: int) -> pl.DataFrame:
    """Batch `number` of an import: `rows` events of 50 users."""
    row = pl.int_range(rows, eager=True) + number * rows
    return pl.DataFrame(
        {
            "event_id": row.cast(pl.String),
            "type": ["purchase"] * rows,
            "time": row,
            "user_id": (row % 50).cast(pl.String),
            "item_id": ["tea"] * rows,
            "context": ['{"note":"a line long enough to fill pages"}'] * rows,
        }
    )


def ingest_for_ever(url: str, rows: int) -> None:
    """Ingest batches until killed, saying on standard output when each is begun."""
    store = open_store(url)
    for number in range(10_000):
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        store.events.ingest(batch(number, rows))


if __name__ == "__main__":
    ingest_for_ever(sys.argv[1], int(sys.argv[2]))
