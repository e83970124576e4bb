"""A long log is read by processes of their own: the same rows as a short one's way gives."""

import threading
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shopkeeper.error import StoreError
from shopkeeper.operation.shop import store_url
from shopkeeper.record import EVENT_CODE, Event, EventType, Item, Mark
from shopkeeper.record.clock import parse_time
from shopkeeper.store import Store, log_read, open_store
from shopkeeper.store.database import Database
from shopkeeper.store.frame import LEARNED_COLUMN
from shopkeeper.testing.logged import logged


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    """Either database."""
    address: str = request.getfixturevalue(request.param)
    return address


def _event(number: int) -> Event:
    """Nulls first, times out of order."""
    return Event(
        EventType.RATE if number % 3 else EventType.VIEW,
        time=100 - number % 7,
        visitor_id=f"v{number % 5}",
        item_id="tea",
        event_id=str(number),
        session_id=f"s{number}" if number > 3 else None,
        rating=number % 10 / 2 if number > 4 else None,
        quantity=1.5 if number > 5 else None,
        value=number if number > 6 else None,
        mark=Mark.BOT if number == 9 else None,
    )


def _filled(url: str) -> Store:
    store = open_store(url)
    store.catalogue.put([Item("tea")])
    store.events.append([_event(number) for number in range(40)])
    return store


def test_both_ways_give_the_same_rows(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = _filled(url)
    short = [store.events.learned(), store.events.learned(97), store.events.learned(0)]
    monkeypatch.setattr(log_read, "LONG", -1)
    long = [store.events.learned(), store.events.learned(97), store.events.learned(0)]
    store.close()
    assert [frame.height for frame in short] == [39, 16, 0]
    assert long[0].schema == LEARNED_COLUMN
    assert all(one.equals(other) for one, other in zip(short, long, strict=True))


def test_what_is_learned_is_what_the_log_says(url: str) -> None:
    store = _filled(url)
    store.catalogue.put([Item("far")])
    back = Event(
        EventType.RETURN, time=7, user_id="u", item_id="far", event_id="r", quantity=1, context={"purchased": 4}
    )
    store.events.append([back, Event(EventType.SEARCH, time=8, user_id="u", event_id="s", query="tea")])
    log, learned = logged(store).filter(pl.col("item_index").is_not_null()), store.events.learned()
    store.close()
    same = ["person", "item_index", "type", "time"]
    assert learned.select(same).equals(log.select(same))
    told = log.select(pl.coalesce("share", "rating").fill_null(float("nan"))).to_series()
    assert learned["told"].equals(told.alias("told"))
    assert learned.filter(type=EVENT_CODE[EventType.RETURN])["told"].to_list() == [0.25]
    pairs = pl.DataFrame([log["session_id"], learned["session"]]).unique()
    assert pairs.filter(pl.col("session_id").is_null())["session"].to_list() == [0]
    assert pairs["session"].n_unique() == pairs["session_id"].n_unique() == pairs.height == 36


def test_types_and_items_fit_into_their_bits() -> None:
    assert max(EVENT_CODE.values()) < 1 << log_read._TYPE_BITS
    assert parse_time("9999-12-31") << log_read._TYPE_BITS < 1 << 63
    assert np.iinfo(np.int32).max < 1 << log_read._ITEM_BITS


def test_all_processes_read_one_snapshot_while_others_write(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = _filled(url)
    monkeypatch.setattr(log_read, "LONG", -1)
    done = threading.Event()

    def write() -> None:
        for number in range(1000, 3000):
            store.events.append([_event(number)])
            if done.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    learned = store.events.learned()
    done.set()
    writer.join()
    store.close()
    number = pl.Series("session", [f"s{number}" for number in range(1000, 3000)]).hash(0)
    seen = number.is_in(learned["session"].implode())
    assert seen[: seen.sum()].all()  # no hole: whoever sees an event sees those before it


@pytest.mark.parametrize("name", ["Jürgen's shop", "a#b", "100% ü?x"])
def test_a_file_of_any_name_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(log_read, "LONG", -1)
    (tmp_path / name).mkdir()
    store = _filled(store_url("sqlite:///shop.db", tmp_path / name))
    assert store.events.learned().height == 39
    store.close()


def test_persons_beyond_sixteen_bits_are_in_order() -> None:
    person = np.array([70_000, 3, 70_000, 65_536], "int32")
    time = np.array([2, 1, 1, 9])
    assert log_read.order(person, time).tolist() == [1, 3, 2, 0]


def test_a_store_that_went_away_says_so(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(sqlite_url)
    database.migrate()
    monkeypatch.setattr(log_read, "LONG", -1)
    database.address = "/no/such/folder/shop.db"
    with pytest.raises(StoreError, match=r"the log could not be read: .*failed to open"):
        log_read.read_learned(database, None)
    database.close()


def test_a_pipe_that_may_not_hold_more_is_read_as_it_is(tmp_path: Path) -> None:
    """A plain file stands for it: the system refuses to widen either."""
    plain = tmp_path / "no pipe"
    plain.write_bytes(b"rows")
    with plain.open("rb") as file:
        log_read.widen(file)
        assert file.read() == b"rows"
