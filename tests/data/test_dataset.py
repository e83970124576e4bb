"""Dataset: what a real store's log becomes, its histories, and snapshots of an earlier time."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shopkeeper.data import Dataset, load_dataset, weight_column
from shopkeeper.data.dataset import NO_SESSION
from shopkeeper.record import DAY, DEFAULT_WEIGHT, EVENT_CODE, Event, EventType, Item, Offer
from shopkeeper.store import Store, open_store
from shopkeeper.store.history import RECENT_LIMIT, Histories, grouped

KINDS = [kind for kind in EventType if kind is not EventType.SEARCH]
SIZE, PEOPLE, END = 12, 7, 400 * DAY


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A SQLite store of twelve items, two of them variants of item 3."""
    store = open_store(f"sqlite:///{tmp_path / 'shop.db'}")
    store.catalogue.put([Item(f"i{number}", group_id="g" if number in (3, 7, 8) else None) for number in range(SIZE)])
    yield store
    store.close()


def random_events(count: int, seed: int = 1) -> list[Event]:
    """Events of all types at all times, in the order in which a network would deliver them: none."""
    rng = np.random.default_rng(seed)
    events = []
    for number in range(count):
        kind = KINDS[rng.integers(len(KINDS))]
        user, time = rng.integers(PEOPLE), int(rng.integers(END))
        rating = float(rng.integers(2, 11)) / 2 if kind in (EventType.RATE, EventType.REVIEW) else None
        events.append(Event(kind, time, f"u{user}", item_id=f"i{rng.integers(SIZE)}", rating=rating,
                            session_id=f"s{number // 5}" if user else None, event_id=f"e{number}"))  # fmt: skip
    return [*events, Event(EventType.SEARCH, 5, "u0", query="tea")]


def filled(store: Store, events: list[Event], batches: int = 1) -> Store:
    """The store after the events came in several batches."""
    for part in np.array_split(np.arange(len(events)), batches):
        assert not store.events.append([events[at] for at in part]).rejected
    return store


def same(one: Histories, other: Histories) -> None:
    """Both tell the same, but for the last bits of what was summed in another order."""
    np.testing.assert_array_equal(one.total_offset, other.total_offset)
    np.testing.assert_array_equal(one.recent_offset, other.recent_offset)
    np.testing.assert_array_equal(one.recent, other.recent)
    for name in ("item", "type", "first", "last"):
        np.testing.assert_array_equal(one.total[name], other.total[name])
    for name in ("amount", "decayed"):
        np.testing.assert_allclose(one.total[name], other.total[name], rtol=1e-5, atol=1e-7)


def test_columns_are_what_was_said(store: Store) -> None:
    filled(store, [
        Event(EventType.PURCHASE, 3 * DAY, "ann", item_id="i7", session_id="one"),
        Event(EventType.VIEW, 2 * DAY, "ann", item_id="i1"),
        Event(EventType.REVIEW, DAY, "bob", item_id="i1", rating=1, session_id="one"),
        Event(EventType.SEARCH, DAY, "cat", query="tea"),
        Event(EventType.VIEW, 5 * DAY, "bob", item_id="i0"),
    ])  # fmt: skip
    dataset = load_dataset(store, DEFAULT_WEIGHT, 5 * DAY)
    assert (len(dataset), dataset.users, dataset.as_of, dataset.change) == (3, 2, 5 * DAY, store.change_number())
    assert dataset.user.tolist() == [0, 0, 1]
    assert dataset.item.tolist() == [1, 3, 1]  # i7 is a variant of i3
    assert dataset.time.tolist() == [2 * DAY, 3 * DAY, DAY]
    assert dataset.value.tolist() == pytest.approx([0.2, 1, -0.2])
    assert dataset.session.tolist() == [NO_SESSION, dataset.session[2], dataset.session[1]]
    assert dataset.of_type(EventType.VIEW, EventType.CART).tolist() == [True, False, False]
    users = dict(store.events.users().select("user_id", "person").rows())
    assert dataset.person.tolist() == [users["ann"], users["bob"]]


@pytest.mark.parametrize("batches", [1, 7])
def test_histories_are_those_that_the_store_tells(store: Store, batches: int) -> None:
    filled(store, random_events(900), batches)
    dataset = load_dataset(store, DEFAULT_WEIGHT, END)
    told = dataset.histories()
    users = dict(store.events.users().select("person", "user_id").rows())
    assert len(told) == PEOPLE
    for row, person in enumerate(dataset.person.tolist()):
        live = grouped(store.events.history(users[person], None), dataset.items.group)
        same(told.rows(np.array([row])), live)


def test_a_long_history_keeps_its_sums_and_its_latest_acts(store: Store) -> None:
    many = [Event(EventType.VIEW, DAY + at, "u0", item_id="i0", event_id=f"e{at}") for at in range(RECENT_LIMIT + 50)]
    filled(store, many, 3)
    dataset = load_dataset(store, DEFAULT_WEIGHT, END)
    told = dataset.histories()
    same(told, store.events.history("u0", None))
    assert told.total["amount"].tolist() == [RECENT_LIMIT + 50]
    assert told.recent["time"][0] == DAY + 50


def test_histories_that_all_share_cannot_be_written(store: Store) -> None:
    told = load_dataset(filled(store, random_events(20)), DEFAULT_WEIGHT, END).histories()
    for part in (told.total, told.total_offset, told.recent, told.recent_offset):
        with pytest.raises(ValueError, match="read-only"):
            part[...] = 0


@pytest.mark.parametrize("as_of", [0, 1, 100 * DAY, END])
def test_before_is_a_fresh_load_as_of_then(store: Store, as_of: int) -> None:
    filled(store, random_events(400))
    fresh = load_dataset(store, DEFAULT_WEIGHT, as_of)
    cut = load_dataset(store, DEFAULT_WEIGHT, END).before(as_of, fresh.items)
    for field in fields(Dataset):
        if field.name not in ("items", "session"):
            np.testing.assert_array_equal(getattr(cut, field.name), getattr(fresh, field.name), err_msg=field.name)
    # Sessions are numbered anew; what is of one session stays so.
    assert len(np.unique(np.stack([cut.session, fresh.session]), axis=1).T) == len(np.unique(fresh.session))
    same(cut.histories(), fresh.histories())


def test_prices_are_as_of_the_snapshot(store: Store) -> None:
    store.catalogue.put([], [Offer("i0", price=100, valid_from=10), Offer("i0", price=80, valid_from=20)])
    prices = [load_dataset(store, DEFAULT_WEIGHT, time).items.frame["price"][0] for time in (9, 10, 19, 20)]
    assert prices == [None, 100, 100, 80]


def test_a_store_without_events_or_items_is_ordinary(tmp_path: Path) -> None:
    empty = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    dataset = load_dataset(empty, DEFAULT_WEIGHT, END)
    assert (len(dataset), dataset.users, len(dataset.items), len(dataset.histories())) == (0, 0, 0, 0)
    assert len(dataset.before(0, dataset.items)) == 0
    empty.close()


def test_what_arrives_while_a_snapshot_is_read_waits_for_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store, [Event(EventType.VIEW, 1, "ann", item_id="i0")])
    read: Callable[[int], pl.DataFrame] = store.catalogue.frame

    def read_and_sell(as_of: int) -> pl.DataFrame:
        """A new item is put and bought between the reading of the catalogue and that of the log."""
        frame = read(as_of)
        store.catalogue.put([Item("new")])
        filled(store, [Event(EventType.PURCHASE, 2, "bob", item_id="new")])
        return frame

    monkeypatch.setattr(store.catalogue, "frame", read_and_sell)
    dataset = load_dataset(store, DEFAULT_WEIGHT, END)
    assert (len(dataset), len(dataset.items), dataset.users) == (1, SIZE, 1)


def test_weights_are_scaled_to_the_strongest() -> None:
    column = weight_column({EventType.PURCHASE: 4, EventType.VIEW: 1, EventType.RETURN: -4})
    assert column[[EVENT_CODE[kind] for kind in (EventType.PURCHASE, EventType.VIEW, EventType.RETURN)]].tolist() == [
        1, 0.25, -1,
    ]  # fmt: skip
    assert column[EVENT_CODE[EventType.CART]] == 0
    assert not weight_column({}).any()
    assert weight_column({EventType.DISMISS: -3}).min() == -3  # nothing to scale by
