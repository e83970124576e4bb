"""Items that only events name: made where the format may have no catalogue, and never in place of a known one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shopkeeper.error import InputError
from shopkeeper.operation.ingest import ImportSummary, import_files
from shopkeeper.record import EVENT_CODE, EventType, Item
from shopkeeper.store import Store, open_store
from shopkeeper.testing.logged import logged

NOW = 1_514_764_800_000_000
INTERACTIONS = "USER_ID,ITEM_ID,TIMESTAMP\nada,tea,1488888000\nada,mug,1488888001\nben,mug,1488888002\n"
ITEMS = "item_id,title,brand\ntea,Darjeeling,Leaf\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/shop.db")
    yield opened
    opened.close()


def ingest(store: Store, tmp_path: Path, **text: str) -> ImportSummary:
    """Import `text`, named by its keyword, as CSV files."""
    paths = [tmp_path / f"{name}.csv" for name in text]
    for path, content in zip(paths, text.values(), strict=True):
        path.write_text(content)
    return import_files(store, paths, staging=tmp_path / "staging", now=NOW)


def titles(store: Store) -> dict[str, str]:
    return dict(store.catalogue.frame(NOW).select("item_id", "title").iter_rows())


def test_items_of_events_alone_are_made_and_said(store: Store, tmp_path: Path) -> None:
    summary = ingest(store, tmp_path, interactions=INTERACTIONS)
    assert (summary.accepted, summary.repaired, summary.rejected) == ({"item": 2, "event": 3}, {"item": 2}, {})
    assert "2 item rows: no catalogue has the item: it was made with its id only" in " ".join(summary.notes)
    assert titles(store) == {"tea": "", "mug": ""}


def test_items_of_the_same_import_are_not_made_bare(store: Store, tmp_path: Path) -> None:
    summary = ingest(store, tmp_path, interactions=INTERACTIONS, items=ITEMS)
    assert (summary.accepted, summary.repaired) == ({"item": 2, "event": 3}, {"item": 1})
    assert titles(store) == {"tea": "Darjeeling", "mug": ""}


def test_known_items_stay_as_they_are(store: Store, tmp_path: Path) -> None:
    ingest(store, tmp_path, items=ITEMS)
    ingest(store, tmp_path, interactions=INTERACTIONS)
    found = store.catalogue.get("tea")
    assert found is not None
    assert (found.item.title, found.item.brand) == ("Darjeeling", "Leaf")


def test_an_item_that_is_put_while_an_import_runs_stays_as_it_is(store: Store, tmp_path: Path) -> None:
    def put(stage: str, done: int, _total: int) -> None:
        if stage == "checking events" and done == 1:
            store.catalogue.put([Item("tea", title="Darjeeling")])

    path = tmp_path / "interactions.csv"
    path.write_text(INTERACTIONS)
    summary = import_files(store, [path], staging=tmp_path / "staging", now=NOW, progress=put)
    assert titles(store) == {"tea": "Darjeeling", "mug": ""}
    assert (summary.accepted["item"], summary.duplicate["item"]) == (1, 1)


def test_a_bare_item_gets_its_title_from_a_later_catalogue(store: Store, tmp_path: Path) -> None:
    ingest(store, tmp_path, interactions=INTERACTIONS)
    ingest(store, tmp_path, items=ITEMS)
    assert titles(store) == {"tea": "Darjeeling", "mug": ""}


def test_a_format_with_a_catalogue_still_refuses_events_of_unknown_items(store: Store, tmp_path: Path) -> None:
    events = "user_id,item_id,event,time\n" + "".join(f"u,tea,view,{1488888000 + at}\n" for at in range(100))
    summary = ingest(store, tmp_path, items=ITEMS, log=events + "u,mug,view,1488888000\n")
    assert (summary.accepted, summary.rejected) == ({"item": 1, "event": 100}, {"event": 1})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log.inter", "user_id:token\titem_id:token\ttimestamp:float\n7\t1\t1488888000\n7\t9\t1488888001\n"),
        ("log.txt", "7 1 9\n"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n7,1,4.0,1488888000\n7,9,5.0,1488888001\n"),
        ("interactions.csv", "USER_ID,ITEM_ID,TIMESTAMP\n7,1,1488888000\n7,9,1488888001\n"),
        ("log.csv", "user_id,item_id,event,time\n7,1,view,1488888000\n7,9,view,1488888001\n"),
        ("log.jsonl", '{"user_id":7,"item_id":1,"time":1488888000}\n{"user_id":7,"item_id":9,"time":1488888001}\n'),
    ],
)
def test_an_update_makes_no_items(store: Store, tmp_path: Path, name: str, text: str) -> None:
    """Whatever the format: items must be known, those of events too."""
    store.catalogue.put([Item("1", title="One")])
    path = tmp_path / name
    path.write_text(text)
    summary = import_files(store, [path], staging=tmp_path / "staging", now=NOW, update=True, max_rejects=0.5)
    assert (summary.accepted, summary.rejected) == ({"event": 1}, {"event": 1})
    assert "no item 9 is known: import the item first" in " ".join(summary.notes)
    assert titles(store) == {"1": "One"}


def test_an_update_refuses_items_of_which_a_format_tells_all(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,LANTERN,6,12/1/2010 8:26,2.55,17850,France\n"
    )
    with pytest.raises(InputError, match=r"sales\.csv: --update reads CSV, JSON lines and Parquet"):
        import_files(store, [path], staging=tmp_path / "staging", now=NOW, update=True)
    assert list((tmp_path / "staging").iterdir()) == []


def test_what_events_are_can_be_said_where_no_column_does(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "interactions.csv"
    path.write_text(INTERACTIONS)
    summary = import_files(store, [path], staging=tmp_path / "staging", now=NOW, event="purchase")
    assert "all are read as purchase" in " ".join(summary.guesses)
    assert logged(store)["type"].unique().to_list() == [EVENT_CODE[EventType.PURCHASE]]
    with pytest.raises(InputError, match="no type of event 'buying'"):
        import_files(store, [path], staging=tmp_path / "staging", now=NOW, event="buying")
