"""What every store does when somebody logs in: one person on all devices, however and how often it is told."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import polars as pl
import pytest

from shopkeeper.record import Event, EventType
from shopkeeper.store import Store
from shopkeeper.testing.aggregate import assert_aggregates
from shopkeeper.testing.store_sample import CUP, TEA, view

# Ann looks about on a phone and at a desk, and logs in on each of them; Bob's tablet is another person's.
BEFORE = (view("cup", 1, visitor="phone"), view("tea", 2, visitor="desk"), view("cup", 3, visitor="tablet"))
LOGIN = (view("tea", 4, user="ann", visitor="phone"), view("cup", 5, user="ann", visitor="desk"))
AFTER = (view("cup", 6, visitor="phone"), view("tea", 7, visitor="desk"), view("tea", 8, user="bob", visitor="tablet"))


def _sent(store: Store, events: Sequence[Event], bulk: bool) -> None:
    if bulk:
        names = ("type", "time", "user_id", "visitor_id", "item_id")
        rows: list[dict[str, Any]] = [{name: getattr(event, name) for name in names} for event in events]
        store.events.ingest(pl.DataFrame(rows, infer_schema_length=None))
        return
    for event in events:
        store.events.append([event])


def _times(store: Store, user: str | None = None, visitor: str | None = None) -> list[int]:
    times: list[int] = store.events.history(user, visitor).recent["time"].tolist()
    return times


def _assert_merged(store: Store) -> None:
    assert _times(store, "ann") == [1, 2, 4, 5, 6, 7]
    assert _times(store, "bob") == [3, 8]
    for visitor in ("phone", "desk"):
        assert _times(store, visitor=visitor) == [1, 2, 4, 5, 6, 7]
    assert store.events.persons()["user_id"].sort().to_list() == ["ann", "bob"]
    assert store.events.count() == 8
    assert_aggregates(store)


class LoginContract:
    """Visitors who turn out to be users."""

    @pytest.fixture(params=[False, True], ids=["one-by-one", "bulk"])
    def bulk(self, request: pytest.FixtureRequest) -> bool:
        """How events are sent."""
        return bool(request.param)

    def test_devices_become_one_person(self, store: Store, bulk: bool) -> None:
        store.catalogue.put([CUP, TEA])
        _sent(store, [*BEFORE, *LOGIN, *AFTER], bulk)
        _assert_merged(store)

    def test_a_login_that_is_sent_twice_changes_nothing(self, store: Store, bulk: bool) -> None:
        store.catalogue.put([CUP, TEA])
        _sent(store, [*BEFORE, *LOGIN, *LOGIN, *AFTER, *LOGIN], bulk)
        _sent(store, [*LOGIN, *BEFORE], not bulk)
        _assert_merged(store)

    def test_logins_may_come_in_any_order(self, store: Store, bulk: bool) -> None:
        """Of one shop in which every order was told by people of its own."""
        store.catalogue.put([CUP, TEA])
        for number, order in enumerate(permutations((BEFORE[0], BEFORE[1], *LOGIN))):
            own = [
                view(event.item_id, event.time, user=f"a{number}" if event.user_id else None,
                     visitor=f"{event.visitor_id}{number}")
                for event in order
            ]  # fmt: skip
            _sent(store, own, bulk)
            assert _times(store, f"a{number}") == [1, 2, 4, 5], order
        assert store.events.persons().height == 24
        assert_aggregates(store)

    def test_what_a_guest_searched_for_becomes_the_user_s(self, store: Store, bulk: bool) -> None:
        store.catalogue.put([CUP])
        search = Event(EventType.SEARCH, 1, visitor_id="phone", query="cup")
        store.events.append([search])
        _sent(store, [view("cup", 2, user="ann", visitor="phone")], bulk)
        held = store.people.held("ann")
        assert held is not None
        assert (held.events["time"].to_list(), held.visitor_ids) == ([1, 2], ("phone",))
