"""Events read as columns say what they say one by one: the same events, refusals and notes, and the same tables."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from shopkeeper.api.event_body import EventBatch, EventIn, EventRule, sift_events, unread_aliases
from shopkeeper.api.event_column import Plain, plain_events
from shopkeeper.api.event_line import line_of, read_lines
from shopkeeper.api.event_many import MANY, sift_body, sift_many
from shopkeeper.api.receipt import Sifted, SiftedEvents
from shopkeeper.data.mark_rule import MarkRule
from shopkeeper.record import DAY, Event, Item, parse_time
from shopkeeper.store import Receipt, Store, open_store
from shopkeeper.store.database import Database
from shopkeeper.store.frame import EVENT_COLUMN
from shopkeeper.store.row import event_frame

NOW = parse_time("2026-03-01T12:00:00Z")
MARKS = MarkRule.of(["clerk"], ["Bot"])
LIVE = EventRule(NOW, NOW, replays=False, currency="EUR", mark=MARKS)
REPLAY = EventRule(parse_time("2018-01-01T05:00:00Z"), NOW, replays=True, currency="JPY", mark=MARKS)
TABLES = {"event": "change", "person": "person", "visitor": "visitor_id", "counter": "name"}

TEXT = st.sampled_from(["a", "é\U0001f600", " ", "", "a\nb", "a\x7f", "a\0", "\ud800", "x" * 256, "x" * 257])
ODD = st.none() | st.booleans() | st.sampled_from([[], {}, 1.5, 7, "7", 10**400, float("nan"), "x" * 20_001])
NUMBER = st.integers(-2, 9) | st.floats(-10, 10) | st.sampled_from([0.1 + 0.2, 5.98, 1e9, 1e308, -0.0, 2**60, "2.5"])
MONEY = (
    NUMBER | st.decimals(-9999, 9999, places=2).map(float) | st.sampled_from([1.001, 1e12, 99_999_999.99, 0.3 - 1e-9])
)
TIME = st.sampled_from(
    ["2026-03-01", "2017-05-05T10:00:00+02:00", "2017-05-05 10:00", "20170505T100000Z", "2017-05-05T10:00:60Z", "soon"]
) | st.sampled_from(
    [NOW, NOW + DAY, NOW + DAY + 1, NOW + 2 * DAY, REPLAY.now, REPLAY.now + 1, 10**14, 10**9, -5, 2**70]
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT, lambda kept: st.lists(kept) | st.dictionaries(TEXT, kept), max_leaves=4
)
KIND = st.sampled_from(
    ["view", "purchase", "add_to_cart", "Product Viewed", "return", "rate", "search", "View Item", "teleport", ""]
)
FIELDS = {
    **dict.fromkeys(["event_id", "session_id", "surface", "recommendation_id", "experiment"], TEXT),
    "time": TIME, "user_id": TEXT | st.just("clerk"), "visitor_id": TEXT, "item_id": TEXT, "quantity": NUMBER,
    "value": MONEY, "currency": st.sampled_from(["EUR", "USD", "JPY", "KWD", "CLF", "eur", "EURO", "EUR\n", ""]),
    "rating": NUMBER, "text": TEXT, "query": TEXT, "position": st.integers(-1, 100_001) | NUMBER,
    "mark": st.sampled_from(["bot", "staff", "guest", ""]),
    "context": st.dictionaries(TEXT | st.just("campaign"), JSON, max_size=2)
    | st.sampled_from([{"user_agent": "GoogleBot/2"}, {"user_agent": ["Bot"]}, {"a": {"user_agent": "Bot"}}])
    | st.sampled_from([{"a": "x" * 63_990}, {"a": [1, "\x1e", {}]}]),
    "campaign": JSON, "qty": NUMBER, "timestamp": TIME, "user_agent": st.just("my bot"),
}  # fmt: skip
SOUND = {"type": KIND, "user_id": st.sampled_from(["ann", "bob"]), "item_id": st.sampled_from(["tea", "cup"])}
ROW = st.builds(
    lambda sound, fields: {**sound, **fields},
    st.fixed_dictionaries({}, optional=SOUND) | st.fixed_dictionaries(SOUND),
    st.dictionaries(st.sampled_from(list(FIELDS)), st.none(), max_size=3).flatmap(
        lambda names: st.fixed_dictionaries({name: FIELDS[name] | ODD for name in names})
    ),
)

# Mostly one that EventLine takes, whatever the rules then say of it.
NAMED = {
    **{name: FIELDS[name] for name in ("event_id", "session_id", "visitor_id", "text", "query")},
    **{name: FIELDS[name] for name in ("value", "currency", "time", "mark", "context")},
    "quantity": st.integers(1, 9) | st.floats(0.5, 1e9), "rating": st.floats(0, 5), "position": st.integers(0, 9),
}  # fmt: skip
LINE = st.fixed_dictionaries(SOUND, optional=NAMED)


@dataclass
class Told:
    """All that is told of a batch, before the store has seen it."""

    events: list[tuple[Any, ...]]
    numbers: list[int]
    refused: list[tuple[int, str]]
    repaired: int
    note: str | None


def one_by_one(rows: list[Any], rule: EventRule) -> Told:
    read = EventBatch.model_validate({"events": rows}).events
    sifted, repaired = sift_events(read, rule)
    frame, unwritable = event_frame(sifted.rows)
    assert not unwritable
    refused = [(refusal.row, refusal.reason) for refusal in sifted.refused]
    return Told(frame.select(list(EVENT_COLUMN)).rows(), list(sifted.numbers), refused, repaired, unread_aliases(read))


def as_columns(rows: list[Any], rule: EventRule) -> Told:
    return told_of(*sift_many(rows, rule))


def as_lines(rows: list[Any], rule: EventRule) -> Told | None:
    """As a request's JSON is read; None where not all rows are as most senders write them."""
    batch = read_lines(json.dumps({"events": rows}).encode())
    if batch is None:
        return None
    assert read_lines(json.dumps(rows).encode()) is not None
    return told_of(*sift_body(batch, rule))


def told_of(sifted: Sifted[Event] | SiftedEvents, repaired: int, note: str | None) -> Told:
    assert isinstance(sifted, SiftedEvents)
    refused = [(refusal.row, refusal.reason) for refusal in sifted.refused]
    return Told(sifted.rows.select(list(EVENT_COLUMN)).rows(), list(sifted.numbers), refused, repaired, note)


@settings(deadline=None, max_examples=150)
@given(rows=st.lists(ROW | JSON, min_size=1, max_size=12), rule=st.sampled_from([LIVE, REPLAY]))
def test_both_ways_read_the_same(rows: list[Any], rule: EventRule) -> None:
    assert repr(as_columns(rows, rule)) == repr(one_by_one(rows, rule))


@settings(deadline=None, max_examples=150)
@given(rows=st.lists(LINE, min_size=1, max_size=12), rule=st.sampled_from([LIVE, REPLAY]))
def test_lines_read_the_same(rows: list[Any], rule: EventRule) -> None:
    assert repr(as_lines(rows, rule) or one_by_one(rows, rule)) == repr(one_by_one(rows, rule))


@pytest.mark.slow
@settings(deadline=None, max_examples=5_000)
@given(rows=st.lists(LINE, min_size=1, max_size=12), rule=st.sampled_from([LIVE, REPLAY]))
def test_lines_read_the_same_whatever_they_say(rows: list[Any], rule: EventRule) -> None:
    assert repr(as_lines(rows, rule) or one_by_one(rows, rule)) == repr(one_by_one(rows, rule))


@pytest.mark.slow
@settings(deadline=None, max_examples=5_000)
@given(rows=st.lists(ROW | JSON, min_size=1, max_size=12), rule=st.sampled_from([LIVE, REPLAY]))
def test_both_ways_read_the_same_whatever_it_is(rows: list[Any], rule: EventRule) -> None:
    assert repr(as_columns(rows, rule)) == repr(one_by_one(rows, rule))


def read_as_columns(rows: list[Any]) -> Plain:
    return plain_events([line_of(row) for row in rows], LIVE)


def view(**fields: Any) -> dict[str, Any]:
    return {"type": "view", "user_id": "u", "item_id": "i", **fields}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"value": 5.98}, {"value": 598, "currency": "EUR"}),
        ({"type": "Order Completed", "quantity": 2}, {"type": "purchase", "quantity": 2.0}),
        ({"value": 1999, "currency": "JPY"}, {"value": 1999, "currency": "JPY"}),
        ({"value": 0.1 + 0.2}, {"value": 30}),
        ({"currency": "USD"}, {"value": None, "currency": None}),
        ({"time": "2017-05-05T10:00:00+02:00"}, {"time": parse_time("2017-05-05T08:00:00Z")}),
        ({}, {"time": NOW}),
        ({"context": {"b": 1}, "a": "ü"}, {"context": '{"a":"ü","b":1}'}),
        ({"user_agent": "SomeBot/1"}, {"mark": "bot"}),
        ({"user_id": "clerk", "mark": "bot"}, {"mark": "bot"}),
        ({"user_id": "clerk"}, {"mark": "staff"}),
    ],
)  # fmt: skip
def test_what_is_usual_is_read_as_columns(fields: dict[str, Any], told: dict[str, Any]) -> None:
    plain = read_as_columns([view(), view(**fields)])
    assert plain.left == ()
    read = plain.events.row(1, named=True)
    assert {name: read[name] for name in told} == told


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "teleport"},
        {"type": None},
        {"user_id": None},
        {"item_id": None},
        {"type": "search"},
        {"event_id": "a\nb"},
        {"quantity": 0},
        {"quantity": "2"},
        {"quantity": True},
        {"rating": 5.5},
        {"value": 1.001},
        {"value": 10**400},
        {"currency": "eur"},
        {"position": -1},
        {"position": 10**20},
        {"time": NOW + 2 * DAY},
        {"time": 1_500_000_000},
        {"mark": "guest"},
        {"context": None},
        {"context": {"a": "\0"}},
        {"context": {"a": 1}, "a": 2},
        {"extra": float("nan")},
        {"text": "\ud800"},
    ],
)
def test_what_a_rule_might_be_against_is_left_to_be_read_by_itself(fields: dict[str, Any]) -> None:
    plain = read_as_columns([view(), view(**fields), view()])
    assert plain.left == (1,)
    assert plain.events["row"].to_list() == [0, 2]


@pytest.mark.parametrize(
    "sent", [{"quantity": 0}, {"rating": 5.5}, {"event_id": ""}, {"event_id": "x" * 257}, {"qty": 1}]
)
def test_what_is_no_line_is_read_as_json(sent: dict[str, Any]) -> None:
    assert read_lines(json.dumps([view(), view(**sent)]).encode()) is None


def test_lines_that_a_rule_might_be_against_are_read_by_themselves() -> None:
    rows = [view(item_id="a", value=2), view(type="teleport"), view(user_id="a\nb"), view(currency="eur")]
    told = as_lines(rows, LIVE)
    assert told is not None
    assert [row[:6] for row in told.events] == [(None, "view", NOW, "u", None, "a")]
    assert [number for number, _ in told.refused] == [1, 2, 3]


def test_a_row_that_is_spelled_otherwise_keeps_its_place() -> None:
    rows = [view(item_id="a"), view(item_id="b", quantity="2"), {"type": "view"}, view(item_id="c")]
    sifted, _, _ = sift_many(rows, LIVE)
    assert sifted.rows["item_id"].to_list() == ["a", "b", "c"]
    assert sifted.rows["quantity"].to_list() == [None, 2.0, None]
    assert list(sifted.numbers) == [0, 1, 3]
    assert [(refusal.row, refusal.reason) for refusal in sifted.refused] == [(2, "user_id or visitor_id is needed")]


def test_columns_and_events_have_the_same_names() -> None:
    assert EventIn.model_fields.keys() == EVENT_COLUMN.keys()


ACT = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["view", "purchase", "return", "rate", "search", "impression"]),
        "item_id": st.sampled_from(["tea", "cup", "pot", "no such"]),
        "time": st.integers(NOW - 9, NOW),
        "query": st.just("tea"),
    },
    optional={
        "user_id": st.sampled_from(["ann", "bob"]),
        "visitor_id": st.sampled_from(["v", "w", "x"]),
        "event_id": st.sampled_from(["e1", "e2"]),
        "rating": st.integers(0, 6),
        "quantity": st.integers(1, 3),
        "context": st.sampled_from([{"purchased": 4}, {"user_agent": "bot"}]),
    },
)
one_fixture = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=[("sqlite_url",), ("postgres_url", "second_postgres_url")])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[tuple[Store, Database]]]:
    """Two stores of three items, for one to be sent events one by one, and the other the same as columns."""
    urls = [request.getfixturevalue(name) for name in request.param]
    urls = urls if len(urls) == 2 else [*urls, f"sqlite:///{tmp_path / 'second.db'}"]
    opened = [(open_store(url), Database(url)) for url in urls]
    for store, _ in opened:
        store.catalogue.put([Item(name) for name in ("tea", "cup", "pot")])
    yield opened
    for store, database in opened:
        store.close()
        database.close()


@settings(one_fixture, max_examples=20)
@given(batches=st.lists(st.lists(ACT, min_size=1, max_size=9), min_size=1, max_size=5))
def test_both_ways_leave_the_same_tables(stores: list[tuple[Store, Database]], batches: list[list[Any]]) -> None:
    (one, first), (many, second) = stores
    for rows in batches:
        sifted, _ = sift_events(EventBatch.model_validate({"events": rows}).events, LIVE)
        columns, _, _ = sift_many(rows, LIVE)
        by_row = one.events.append(sifted.rows) if sifted.rows else Receipt(0)
        by_column = many.events.ingest(columns.rows) if len(columns.rows) else Receipt(0)
        assert by_row == by_column
        assert sifted.rejected(by_row) == columns.rejected(by_column)
    assert _emptied(first) == _emptied(second)


def _emptied(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the tables that events are written to; they are as they were before any event then."""
    with database.write() as transaction:
        held = {
            name: [tuple(row) for row in transaction.rows(f"SELECT * FROM {name} ORDER BY {key}")]
            for name, key in TABLES.items()
        }
        for statement in ("DELETE FROM event", "DELETE FROM person", "DELETE FROM visitor"):
            transaction.connection.exec_driver_sql(statement)
        transaction.connection.exec_driver_sql("UPDATE counter SET value = 3 WHERE name = 'change'")
        transaction.connection.exec_driver_sql("UPDATE counter SET value = -1 WHERE name = 'person'")
    return held


def test_a_large_batch_is_answered_as_a_small_one(client: TestClient) -> None:
    client.put("/v1/items", json={"item_id": "many-1", "title": "Many"})
    good = [{"type": "view", "user_id": f"many-{n}", "item_id": "many-1", "event_id": f"many-{n}"} for n in range(MANY)]
    odd = [
        good[0],
        {**good[1], "event_id": "many-bot", "mark": "bot", "qty": 2},
        {**good[2], "item_id": "nobody knows"},
        {**good[3], "type": "teleport"},
        {**good[4], "event_id": "many-text", "quantity": "2"},
        "nonsense",
    ]
    answer = client.post("/v1/events", json={"events": [*good, *odd]})
    told = answer.json()
    assert answer.status_code == 202
    assert (told["accepted"], told["duplicate"], told["repaired"], told["marked"]) == (MANY + 2, 1, 0, 1)
    assert [(row["row"] - MANY, row["reason"][:24]) for row in told["rejected"]] == [
        (2, "no item 'nobody knows' i"),
        (3, "type: Input should be 'i"),
        (5, "the row: Input should be"),
    ]
    assert "not read as fields: qty." in told["note"]
    again = client.post("/v1/events", json=[*good, *odd]).json()
    assert (again["accepted"], again["duplicate"], again["marked"]) == (0, MANY + 3, 0)


def test_a_large_batch_of_nothing_good_is_an_error(client: TestClient) -> None:
    answer = client.post("/v1/events", json=["nonsense"] * MANY)
    assert answer.status_code == 422
    assert len(answer.json()["rejected"]) == MANY


@pytest.mark.parametrize("value", [b'"\xff"', b"9" * 5_000])
def test_what_nobody_asks_for_beside_the_events_must_be_json_too(value: bytes) -> None:
    events = json.dumps([view()] * MANY).encode()
    assert read_lines(b'{"events": ' + events + b"}") is not None
    assert read_lines(b'{"x": ' + value + b', "events": ' + events + b"}") is None
