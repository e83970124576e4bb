"""What every store does with the acts of bots and staff: it keeps them, and nobody who learns or counts sees them.

These read the table of events: `frame` (Dataset, and with it every model, trend, popularity and evaluation), the
aggregates (histories, baskets, reasons), their rebuilding, the merge at a login, `last_time` (the dates of an
evaluation). These tell them, for they say what the log holds: `count`, `changes`, `snapshot` (backup, export), `held`,
`acts`.
"""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from shopkeeper.data import Dataset, load_dataset
from shopkeeper.record import DEFAULT_WEIGHT, Event, EventType, Item, Mark
from shopkeeper.store import Store
from shopkeeper.testing.aggregate import assert_aggregates, random_event

AS_OF = 10_000


def _learned(store: Store) -> tuple[Dataset, list[bytes], int | None]:
    users = store.events.users()["user_id"].to_list()
    histories = [store.events.history(user, None) for user in users]
    told = [part.tobytes() for history in histories for part in (history.total, history.recent)]
    return load_dataset(store, DEFAULT_WEIGHT, AS_OF), told, store.events.last_time()


class MarkContract:
    """Marked events beside those of shoppers."""

    @pytest.fixture
    def shopped(self, store: Store) -> Store:
        """Some hundred events of users and guests who log in."""
        rng = np.random.default_rng(7)
        store.catalogue.put([Item(f"i{number}") for number in range(12)])
        store.events.append([random_event(rng) for _ in range(300)])
        return store

    @pytest.mark.parametrize("few", [True, False])
    def test_nobody_learns_from_what_is_marked(self, shopped: Store, few: bool) -> None:
        rng = np.random.default_rng(8)
        before, count = _learned(shopped), shopped.events.count()
        known = [
            Event(EventType.PURCHASE, 500 + number, user_id=f"u{number % 3}", item_id=f"i{number % 12}", mark=mark)
            for number, mark in enumerate([*Mark] * 60)
        ]
        for start in range(0, len(known), 1 if few else len(known)):
            shopped.events.append(known[start : start + (1 if few else len(known))])
        bots = [replace(random_event(rng), mark=Mark.BOT, user_id=None, visitor_id="crawler") for _ in range(50)]
        receipt = shopped.events.append([replace(event, event_id=None) for event in bots])

        assert shopped.events.count() == count + len(known) + receipt.accepted
        dataset, histories, last = _learned(shopped)
        for name in ("person", "user", "item", "type", "time", "session", "amount"):
            np.testing.assert_array_equal(getattr(dataset, name), getattr(before[0], name), err_msg=name)
        assert (histories, last) == before[1:]
        assert len(shopped.events.history(None, "crawler").recent) == 0
        assert_aggregates(shopped)

    def test_rebuilding_leaves_them_out(self, shopped: Store) -> None:
        shopped.events.append([Event(EventType.CART, 400, user_id="u0", item_id="i0", mark=Mark.STAFF)])
        persons = shopped.events.persons()["person"].to_list()
        before = _learned(shopped)
        shopped.people.forget(persons, 0)
        assert _learned(shopped)[1:] == before[1:]

    def test_a_login_brings_none_of_them_along(self, store: Store) -> None:
        store.catalogue.put([Item("i0")])
        store.events.append([Event(EventType.VIEW, 1, visitor_id="v", item_id="i0", mark=Mark.BOT)])
        store.events.append([Event(EventType.VIEW, 2, user_id="ann", visitor_id="v", item_id="i0")])
        assert store.events.history("ann", None).recent["time"].tolist() == [2]

    def test_they_are_kept_and_told(self, shopped: Store) -> None:
        since = shopped.change_number()
        receipt = shopped.events.append([Event(EventType.VIEW, 999, user_id="u0", item_id="i0", mark=Mark.STAFF)])
        assert (receipt.accepted, receipt.marked) == (1, 1)
        assert shopped.events.changes(since).frame["mark"].to_list() == [2]
        held = shopped.people.held("u0")
        assert held is not None
        assert held.events["mark"].to_list()[-1] == 2
        with shopped.snapshot() as snapshot:
            assert pl.concat(list(snapshot.frames("event", ["mark"])))["mark"].sum() == 2

    def test_a_receipt_counts_what_was_taken_and_marked(self, store: Store) -> None:
        store.catalogue.put([Item("i0")])
        bot = Event(EventType.VIEW, 1, visitor_id="b", item_id="i0", mark=Mark.BOT)
        sent = [bot, bot, replace(bot, time=2, mark=None), replace(bot, item_id="no such")]
        receipt = store.events.append(sent)
        assert (receipt.accepted, receipt.duplicate, len(receipt.rejected), receipt.marked) == (2, 1, 1, 1)
        frame = pl.DataFrame({"type": "view", "time": [1, 3, 4], "visitor_id": "b", "item_id": "i0", "mark": "bot"})
        assert store.events.ingest(frame).marked == 2
        assert store.events.append([bot]).marked == 0
