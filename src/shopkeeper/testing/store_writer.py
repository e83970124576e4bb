"""Processes that write to a store, for tests with several of them and for tests that kill one."""

import sys

import polars as pl

from shopkeeper.record import Event, EventType, Item, Offer
from shopkeeper.store import open_store


def write_events(url: str, name: str, rounds: int) -> None:
    """Append events one by one, some for a user whom all processes share; put an item and an offer now and then."""
    store = open_store(url)
    for number in range(rounds):
        own = Event(EventType.VIEW, number, user_id=name, item_id="tea", event_id=f"{name}-{number}")
        shared = Event(EventType.CART, number, user_id="all", item_id="tea", event_id=f"all-{name}-{number}")
        receipt = store.events.append([own, shared])
        assert (receipt.accepted, receipt.rejected) == (2, ())
        store.catalogue.put([Item(f"{name}-{number}")], [Offer(f"{name}-{number}", price=number)])
    store.close()


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
