"""A dry run tells all that it found, also where the import would be refused, and counts as the import does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.data.mark_rule import MarkRule
from shopkeeper.error import ImportRejected
from shopkeeper.operation.ingest import ImportSummary, import_files
from shopkeeper.store import Store, open_store

NOW = 1_514_764_800_000_000
ITEMS = "item_id,title\np1,Mug\np2,Cup\n"
HEADER = "user_id,item_id,event,time\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/shop.db")
    yield opened
    opened.close()


def ingest(store: Store, tmp_path: Path, events: list[str], **option: Any) -> ImportSummary:
    """Import two items, and events in as many files as there are texts."""
    paths = [tmp_path / "items.csv", *(tmp_path / f"events{number}.csv" for number in range(len(events)))]
    for path, text in zip(paths, [ITEMS, *(HEADER + text for text in events)], strict=True):
        path.write_text(text)
    return import_files(store, paths, staging=tmp_path / "staging", now=NOW, **option)


def test_what_would_be_refused_is_shown_all_the_same(store: Store, tmp_path: Path) -> None:
    events = ["u1,p1,view,2017-01-01\nu1,p1,dance,2017-01-02\n"]
    told = ingest(store, tmp_path, events, dry_run=True)
    assert (told.accepted, told.rejected) == ({"item": 2, "event": 1}, {"event": 1})
    assert [row["item_id"] for row in told.records["event"]] == ["p1"]
    assert "events0.csv: read as a table (CSV)." in told.guesses
    assert told.refusal is not None
    assert "1 of 4 rows could not be read" in told.refusal
    assert Path(told.rejects_file or "").is_file()
    with pytest.raises(ImportRejected, match="1 of 4 rows"):
        ingest(store, tmp_path, events)
    assert store.catalogue.item_ids().is_empty()


def test_its_counts_are_those_of_the_import(store: Store, tmp_path: Path) -> None:
    twice = "u1,p1,view,2017-01-01\n"
    more = f"u1,p2,view,2017-01-02\n{twice}{'u' * 513},p1,view,2017-01-01\nbot,p1,view,2017-01-03\n" + twice
    option: dict[str, Any] = {"max_rejects": 0.5, "mark": MarkRule.of(["bot"], [])}
    told = ingest(store, tmp_path, [twice + twice, more], dry_run=True, **option)
    done = ingest(store, tmp_path, [twice + twice, more], **option)
    assert done.accepted == {"item": 2, "event": 3}
    assert (done.duplicate, done.rejected, done.marked) == ({"event": 3}, {"event": 1}, 1)
    for name in ("accepted", "duplicate", "rejected", "repaired", "marked", "guesses", "notes"):
        assert getattr(told, name) == getattr(done, name)
    assert (told.refusal, done.refusal) == (None, None)


def test_a_shop_without_items_is_told_so_once(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(HEADER + "".join(f"u1,p{number},view,2017-01-0{1 + number}\n" for number in range(5)))
    told = import_files(store, [path], staging=tmp_path / "staging", now=NOW, dry_run=True)
    assert told.rejected == {"event": 5}
    assert told.refusal is not None
    assert told.refusal.count("import them first") == 1
    assert "events.csv line 2, column item_id: the shop has no items yet: import them first" in told.refusal
