"""Imports of parts of a catalogue, of whole ones, and of prices by themselves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopkeeper.data.mark_rule import MarkRule
from shopkeeper.error import ImportRejected, InputError
from shopkeeper.operation.ingest import ImportSummary, import_files
from shopkeeper.record import Event, EventType, Item, ItemKind, Offer
from shopkeeper.store import Store, open_store
from shopkeeper.testing.logged import logged

NOW = 1_514_764_800_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Four items that are enabled, one that is not, and a campaign."""
    opened = open_store(f"sqlite:///{tmp_path}/shop.db")
    items = [Item(f"p{number}", title=f"Cup {number}", brand="Clay", attributes={"old": 1}) for number in range(1, 5)]
    items += [Item("p5", enabled=False), Item("spring", ItemKind.CAMPAIGN)]
    opened.catalogue.put(items, [Offer("p1", price=250, currency="USD", stock=4)])
    yield opened
    opened.close()


def ingest(store: Store, text: str, tmp_path: Path, **option: Any) -> ImportSummary:
    path = tmp_path / "rows.csv"
    path.write_text(text)
    return import_files(store, [path], staging=tmp_path / "staging", **{"now": NOW, **option})


def item_of(store: Store, item_id: str) -> Item:
    found = store.catalogue.get(item_id)
    assert found is not None
    return found.item


def offers_of(store: Store, item_id: str) -> tuple[Offer, ...]:
    found = store.catalogue.get(item_id)
    assert found is not None
    return found.offers


def enabled(store: Store) -> list[str]:
    return store.catalogue.frame(0).filter("enabled")["item_id"].to_list()


def test_an_update_changes_the_columns_that_the_file_has(store: Store, tmp_path: Path) -> None:
    text = "item_id,title,brand,colour\np1,Mug,,red\np2,Bowl,Tin,\n"
    summary = ingest(store, text, tmp_path, update=True)
    assert summary.accepted == {"item": 2}
    assert item_of(store, "p1") == Item("p1", title="Mug", attributes={"old": 1, "colour": "red"})
    assert item_of(store, "p2") == Item("p2", title="Bowl", brand="Tin", attributes={"old": 1})
    assert offers_of(store, "p1")[0].price == 250


def test_an_update_of_an_unknown_item_is_a_reject_with_its_line(store: Store, tmp_path: Path) -> None:
    summary = ingest(store, "item_id,title\np1,Mug\np9,Jug\n", tmp_path, update=True, max_rejects=0.5)
    assert (summary.accepted, summary.rejected) == ({"item": 1}, {"item": 1})
    assert summary.rejects_file is not None
    assert "rows.csv,3,item_id,no item p9 is known: import the item first" in Path(summary.rejects_file).read_text()
    assert store.catalogue.get("p9") is None


def test_an_update_of_a_price_keeps_the_stock(store: Store, tmp_path: Path) -> None:
    ingest(store, "item_id,title,price\np1,Mug,3\n", tmp_path, update=True)
    assert offers_of(store, "p1")[-1] == Offer("p1", price=300, currency="USD", stock=4, valid_from=NOW)


def test_an_update_is_another_import_than_a_whole_one(store: Store, tmp_path: Path) -> None:
    ingest(store, "item_id,title\np1,Mug\n", tmp_path, update=True)
    assert not ingest(store, "item_id,title\np1,Mug\n", tmp_path).skipped
    assert item_of(store, "p1") == Item("p1", title="Mug")


def test_a_file_of_prices_leaves_items_alone(store: Store, tmp_path: Path) -> None:
    summary = ingest(store, "sku,store_id,price,stock\np1,paris,2.70,\np1,,,9\np2,rome,3,1\n", tmp_path)
    assert summary.accepted == {"offer": 3}
    assert item_of(store, "p1").title == "Cup 1"
    assert offers_of(store, "p2") == (Offer("p2", "rome", 300, "USD", 1),)


def test_a_file_of_stocks_keeps_prices_and_windows_are_read(store: Store, tmp_path: Path) -> None:
    ingest(store, "item_id,stock\np1,7\n", tmp_path)
    assert offers_of(store, "p1") == (Offer("p1", price=250, currency="USD", stock=7),)
    ingest(store, "item_id,price,valid_from,valid_to\np1,2,2018-02-01,2018-02-03\n", tmp_path)
    sale = offers_of(store, "p1")[-1]
    assert (sale.price, sale.valid_from, sale.valid_to) == (200, 1_517_443_200_000_000, 1_517_616_000_000_000)


def test_a_price_is_stored_in_the_currency_that_it_names(store: Store, tmp_path: Path) -> None:
    summary = ingest(store, "id,title,price,availability\np9,Jug,109.00 EUR,out of stock\n", tmp_path)
    assert offers_of(store, "p9") == (Offer("p9", price=10900, currency="EUR", stock=0),)
    assert summary.accepted == {"item": 1, "offer": 1}


@pytest.mark.parametrize("update", [False, True])
def test_what_is_in_stock_again_is_sold_again_at_its_price(store: Store, tmp_path: Path, update: bool) -> None:
    ingest(store, "item_id,availability\np1,sold out\n", tmp_path, update=update)
    assert offers_of(store, "p1")[-1] == Offer("p1", price=250, currency="USD", stock=0, valid_from=NOW)
    ingest(store, "item_id,availability\np1,in stock\n", tmp_path, update=update)
    assert offers_of(store, "p1")[-1] == Offer("p1", price=250, currency="USD", stock=None, valid_from=NOW)


def test_whole_items_with_words_of_availability_alone_keep_price_and_stock(store: Store, tmp_path: Path) -> None:
    ingest(store, "item_id,title,availability\np1,Mug,out of stock\n", tmp_path)
    assert offers_of(store, "p1") == (Offer("p1", price=250, currency="USD", stock=4),)
    assert item_of(store, "p1").attributes == {"availability": "out of stock"}


def test_prices_and_stocks_from_two_files_are_both_taken(store: Store, tmp_path: Path) -> None:
    stock = tmp_path / "stock.csv"
    stock.write_text("item_id,stock\np1,7\n")
    price = tmp_path / "price.csv"
    price.write_text("item_id,price\np1,3\n")
    import_files(store, [price, stock], staging=tmp_path / "staging", now=NOW)
    assert (offers_of(store, "p1")[-1].price, offers_of(store, "p1")[-1].stock) == (300, 7)


def test_offers_that_say_nothing_or_of_unknown_items_are_rejects(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ImportRejected, match="2 of 3 rows"):
        ingest(store, "item_id,market,price\np1,,\np9,,1\np2,,1\n", tmp_path)


def test_a_sync_disables_what_the_feed_lacks_and_enables_what_is_back(store: Store, tmp_path: Path) -> None:
    store.events.append([Event(EventType.PURCHASE, 1, user_id="u", item_id="p4")])
    summary = ingest(store, "item_id,title\np1,A\np2,B\np3,C\np5,E\n", tmp_path, sync=True)
    assert enabled(store) == ["p1", "p2", "p3", "p5", "spring"]
    assert summary.notes == ("sync: 1 items were absent and are disabled, 1 are enabled again",)
    assert item_of(store, "p4") == Item("p4", title="Cup 4", brand="Clay", attributes={"old": 1}, enabled=False)
    assert store.events.count() == 1
    again = ingest(store, "item_id,title\np1,A\np2,B\np4,D\np5,E\n", tmp_path, sync=True)
    assert enabled(store) == ["p1", "p2", "p4", "p5", "spring"]
    assert again.accepted == {"item": 4}


def test_a_feed_that_was_cut_short_is_refused(store: Store, tmp_path: Path) -> None:
    feed = "item_id,title\np1,A\np2,B\n"
    with pytest.raises(ImportRejected, match="would disable 2 of 4 items"):
        ingest(store, feed, tmp_path, sync=True)
    assert item_of(store, "p1").title == "Cup 1"
    assert list((tmp_path / "staging").iterdir()) == []
    ingest(store, feed, tmp_path, sync=True, max_disabled=0.5)
    assert enabled(store) == ["p1", "p2", "spring"]


def test_a_row_that_cannot_be_read_does_not_disable_its_item(store: Store, tmp_path: Path) -> None:
    text = "item_id,title,price\np1,A,1\np2,B,cheap\np3,C,3\n"
    summary = ingest(store, text, tmp_path, sync=True, max_rejects=0.5)
    assert enabled(store) == ["p1", "p2", "p3", "spring"]
    assert summary.rejected == {"item": 1}
    assert "sync: 1 items were absent and are disabled, 0 are enabled again" in summary.notes


def test_a_sync_refuses_rows_that_do_not_tell_their_item(store: Store, tmp_path: Path) -> None:
    text = "item_id,title,price\np1,A,1\n,B,2\np3,C,3\np4,D,4\n"
    with pytest.raises(ImportRejected, match="1 rows of items could not be read, nor which items they are"):
        ingest(store, text, tmp_path, sync=True, max_rejects=0.5)
    assert enabled(store) == ["p1", "p2", "p3", "p4", "spring"]
    assert item_of(store, "p1").title == "Cup 1"
    ingest(store, text, tmp_path, max_rejects=0.5)
    assert item_of(store, "p1").title == "A"


def test_a_killed_sync_goes_on(store: Store, tmp_path: Path) -> None:
    feed = "item_id,title\np1,A\np2,B\np3,C\n"

    class Killed(Exception):
        pass

    def kill(stage: str, done: int, _total: int) -> None:
        if stage == "writing items" and done == 1:
            raise Killed

    with pytest.raises(Killed):
        ingest(store, feed, tmp_path, sync=True, progress=kill)
    assert "p4" in enabled(store)
    summary = ingest(store, feed, tmp_path, sync=True)
    assert enabled(store) == ["p1", "p2", "p3", "spring"]
    assert summary.notes == ("sync: 1 items were absent and are disabled, 0 are enabled again",)


@pytest.mark.parametrize(
    "torn",
    [
        b'{"part": 1, "dupl',
        b"\0" * 40,
        b"\0" * 40 + b"\n",
        b'{"part": 1, "duplicate": 0, "refused": [], "marked": 0}',
    ],
    ids=["half", "empty", "zeroed", "no end of line"],
)
def test_a_receipt_that_a_crash_tore_is_written_anew(store: Store, tmp_path: Path, torn: bytes) -> None:
    class Killed(Exception):
        pass

    def kill(stage: str, done: int, _total: int) -> None:
        if stage == "writing offers" and done == 2:
            raise Killed

    text = "item_id,title,price\np1,A,1\np9,B,2\n"
    with pytest.raises(Killed):
        ingest(store, text, tmp_path, progress=kill)
    (receipts,) = (tmp_path / "staging").glob("stage-*/receipts.jsonl")
    item, _offer = receipts.read_bytes().splitlines(keepends=True)
    receipts.write_bytes(item + torn)
    summary = ingest(store, text, tmp_path)
    assert (summary.accepted, summary.duplicate) == ({"item": 2, "offer": 0}, {"offer": 2})
    assert list((tmp_path / "staging").iterdir()) == []


def test_a_sync_takes_whole_catalogues_only(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Give one of them"):
        ingest(store, "item_id,title\np1,A\n", tmp_path, sync=True, update=True)
    with pytest.raises(InputError, match="these files hold none"):
        ingest(store, "item_id,price\np1,2\n", tmp_path, sync=True)
    assert store.catalogue.frame(NOW).filter(pl.col("item_id") == "p1")["price"].to_list() == [250]


def test_marked_events_of_a_file_are_kept_and_not_learned_from(store: Store, tmp_path: Path) -> None:
    text = (
        "user_id,item_id,event,time,mark\nu,p1,view,2017-01-01,bot\nu,p1,view,2017-01-02,\nu,p1,view,2017-01-03,cat\n"
    )
    summary = ingest(store, text, tmp_path, max_rejects=0.5)
    assert (summary.accepted, summary.rejected) == ({"event": 2}, {"event": 1})
    assert (store.events.count(), logged(store).height) == (2, 1)


def test_bots_and_staff_of_a_file_are_marked_by_the_shop_s_rule(store: Store, tmp_path: Path) -> None:
    text = (
        "user_id,item_id,event,time,user_agent\nu,p1,view,2017-01-01,x-Crawler/1\nu,p1,view,2017-01-02,Firefox\n"
        "anna,p1,view,2017-01-03,\n"
    )
    rule = MarkRule.of(["anna"], ["crawler"])
    assert ingest(store, text, tmp_path, mark=rule, dry_run=True).marked == 2
    summary = ingest(store, text, tmp_path, mark=rule)
    assert (summary.accepted, summary.marked) == ({"event": 3}, 2)
    assert (store.events.count(), logged(store).height) == (3, 1)
    assert ingest(store, text, tmp_path, mark=rule, again=True).marked == 0
