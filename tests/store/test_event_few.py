"""A few events written in plain Python are what frames make of them, in every table."""

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopkeeper.record import Event, EventType, Item, Mark
from shopkeeper.store import open_store
from shopkeeper.store.database import Database
from shopkeeper.store.erasure import entomb
from shopkeeper.store.event_few import FEW, usual_rows, write_few
from shopkeeper.store.event_key import event_keys
from shopkeeper.store.event_write import event_sieve, write_events
from shopkeeper.store.row import event_frame
from shopkeeper.store.transaction import Transaction

TABLES = {"event": "change", "person": "person", "visitor": "visitor_id", "counter": "name"}
GONE = "gone"  # a user who was erased at time 50


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Three items, nobody yet."""
    url: str = request.getfixturevalue(request.param)
    store = open_store(url)
    store.catalogue.put([Item(name) for name in ("tea", "cup", "pot")])
    store.close()
    database = Database(url)
    yield database
    database.close()


text = st.none() | st.text(max_size=8) | st.sampled_from(["a\0b", "\ud800", "é\U0001f600", "x" * 513])
number = st.none() | st.integers(-5, 5) | st.floats() | st.sampled_from([1e-4, 1e15, 0.1 + 0.2, -0.0, 10**400])
integer = st.none() | st.integers(-(2**64), 2**64) | st.integers(0, 9)
sent = st.builds(
    Event,
    type=st.sampled_from(list(EventType)),
    time=st.integers(0, 99),
    user_id=st.sampled_from([None, None, "ann", "bob", "", GONE]),
    visitor_id=st.sampled_from([None, "v", "w", "x", ""]),
    item_id=st.sampled_from(["tea", "cup", "tea", "cup", "pot", None, "no such"]),
    event_id=st.sampled_from([None, None, "", "e1", "e2", "e3"]),
)
odd = st.builds(
    Event,
    type=st.sampled_from(list(EventType)),
    time=st.integers(0, 9) | st.just(2**63),
    user_id=text,
    item_id=st.just("tea"),
    quantity=number,
    rating=number,
    value=integer,
    position=integer,
    session_id=text,
    query=text,
    context=st.dictionaries(st.text(max_size=3), text | number, max_size=2),
    mark=st.sampled_from([None, *Mark]),
)


log = st.lists(st.lists(sent | odd, min_size=1, max_size=4) | st.lists(sent, max_size=6), max_size=4)
one_database = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@settings(one_database, max_examples=12)
@given(batches=log)
def test_both_ways_write_the_same(database: Database, batches: list[list[Event]]) -> None:
    assert _written(database, batches, few=True) == _written(database, batches, few=False)


@pytest.mark.slow
@settings(one_database, max_examples=400)
@given(batches=log)
def test_both_ways_write_the_same_whatever_it_is(database: Database, batches: list[list[Event]]) -> None:
    assert _written(database, batches, few=True) == _written(database, batches, few=False)


@given(event=odd | sent)
def test_both_ways_make_the_same_key(event: Event) -> None:
    rows = usual_rows([event])
    if rows is not None:
        assert [row["event_key"] for row in rows] == event_keys(event_sieve(event_frame([event])[0]).frame).to_list()


@pytest.mark.parametrize(
    "events",
    [
        [Event(EventType.VIEW, 1, user_id="new", item_id="tea")],
        [Event(EventType.VIEW, 1, visitor_id="new", item_id="tea")],
        [Event(EventType.VIEW, 1, visitor_id="v", item_id="tea")],
        [Event(EventType.PURCHASE, 1, user_id="ann", visitor_id="u", item_id="cup", quantity=2, value=99, rating=4.5)],
        [Event(EventType.SEARCH, 1, user_id="ann", query="tea", context={"deep": {"er": [1, None]}})] * 2,
        [Event(EventType.VIEW, 1, visitor_id="n", item_id="tea", user_id="ann", mark=Mark.BOT), *[
            Event(EventType.VIEW, time, visitor_id="n", item_id="tea") for time in range(9)]],
    ],
)  # fmt: skip
def test_what_is_usual_needs_no_frame(database: Database, events: list[Event]) -> None:
    rows = usual_rows(events)
    assert rows is not None
    known = usual_rows([Event(EventType.VIEW, 0, visitor_id="v", item_id="cup")])
    assert known is not None
    with database.write() as transaction:
        write_few(transaction, known)
        assert write_few(transaction, rows) == [True] + [event is not events[0] for event in events[1:]]


@pytest.mark.parametrize(
    "event",
    [
        Event(EventType.VIEW, 1, user_id="ann", item_id="unknown"),
        Event(EventType.VIEW, 1, user_id="ann", visitor_id="v", item_id="tea"),  # "v" was a guest
        Event(EventType.VIEW, 1, user_id=GONE, item_id="tea"),
    ],
)
def test_what_frames_must_decide_is_left_to_them_unwritten(database: Database, event: Event) -> None:
    before = usual_rows([Event(EventType.VIEW, 0, visitor_id="v", item_id="cup")])
    rows = usual_rows([Event(EventType.VIEW, 0, user_id="bob", item_id="cup"), event])
    assert before is not None
    assert rows is not None
    with database.write() as transaction:
        entomb(transaction, "user_id", [GONE], 50)
        write_few(transaction, before)
        held = _content(transaction)
        assert write_few(transaction, rows) is None
        assert _content(transaction) == held


@pytest.mark.parametrize(
    "event",
    [
        Event(EventType.VIEW, 1, item_id="tea"),
        Event(EventType.VIEW, 1, user_id="ann"),
        Event(EventType.VIEW, 1, user_id="ann", item_id="tea", quantity=math.nan),
        Event(EventType.RATE, 1, user_id="ann", item_id="tea", rating=5.5),
        Event(EventType.RATE, 1, user_id="ann", item_id="tea", rating=-1),
        Event(EventType.VIEW, 1, user_id="ann", item_id="tea", context=[1]),  # type: ignore[arg-type]
        Event("look", 1, user_id="ann", item_id="tea"),  # type: ignore[arg-type]
    ],
)
def test_what_a_rule_might_refuse_is_not_usual(event: Event) -> None:
    assert usual_rows([event]) is None


def test_many_are_not_few() -> None:
    events = [Event(EventType.VIEW, time, user_id="ann", item_id="tea") for time in range(FEW + 1)]
    assert usual_rows(events) is None
    assert usual_rows(events[1:]) is not None


def test_rows_can_be_written_again_where_their_transaction_was_undone(database: Database) -> None:
    rows = usual_rows([Event(EventType.RATE, 5, user_id="ann", item_id="tea", rating=4, mark=Mark.STAFF)])
    assert rows is not None
    with suppress(_Undone), database.write() as transaction:
        assert write_few(transaction, rows) == [True]
        raise _Undone
    with database.write() as transaction:
        assert write_few(transaction, rows) == [True]
        assert write_few(transaction, rows) == [False]


class _Undone(Exception):
    """Takes a transaction back."""


def _written(database: Database, batches: Sequence[Sequence[Event]], *, few: bool) -> tuple[object, ...]:
    """What becomes of each batch, and all tables after them; nothing of it stays."""
    with suppress(_Undone), database.write() as transaction:
        entomb(transaction, "user_id", [GONE], 50)
        told = [_write(transaction, batch, few) for batch in batches]
        content = _content(transaction)
        raise _Undone
    return told, content


def _write(transaction: Transaction, batch: Sequence[Event], few: bool) -> tuple[list[int], object]:
    """The positions of the events that were written, and the refusals."""
    rows = usual_rows(batch) if few else None
    fresh = None if rows is None else write_few(transaction, rows)
    if fresh is not None:
        return [place for place, is_fresh in enumerate(fresh) if is_fresh], []
    frame, unwritable = event_frame(batch)
    sieve = event_sieve(frame)
    return sorted(write_events(transaction, sieve).to_list()), [*sieve.refusals, *unwritable]


def _content(transaction: Transaction) -> dict[str, list[Any]]:
    """Every row of the tables that events are written to."""
    transaction.finish()
    return {
        name: [tuple(row) for row in transaction.rows(f"SELECT * FROM {name} ORDER BY {key}")]
        for name, key in TABLES.items()
    }
