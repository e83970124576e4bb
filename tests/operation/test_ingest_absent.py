"""Updates by JSON lines: a key that a line does not have leaves what it would change; null empties."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.operation.ingest import ImportSummary, import_files
from shopkeeper.record import Item, Offer
from shopkeeper.store import Store, open_store

NOW = 1_514_764_800_000_000


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Three cups, with a brand, an attribute, a price and a stock."""
    opened = open_store(request.getfixturevalue(request.param))
    items = [Item(f"p{number}", title=f"Cup {number}", brand="Clay", attributes={"old": 1}) for number in (1, 2, 3)]
    opened.catalogue.put(items, [Offer(item.item_id, price=250, currency="USD", stock=4) for item in items])
    yield opened
    opened.close()


def ingest(store: Store, rows: list[dict[str, Any]], tmp_path: Path, **option: Any) -> ImportSummary:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return import_files(store, [path], staging=tmp_path / "staging", now=NOW, **option)


def item_of(store: Store, item_id: str) -> Item:
    found = store.catalogue.get(item_id)
    assert found is not None
    return found.item


def holds(store: Store, item_id: str) -> tuple[int | None, int | None]:
    """Price and stock now."""
    row = store.catalogue.frame(NOW).filter(item_id=item_id).row(0, named=True)
    return row["price"], row["stock"]


def test_a_key_that_is_absent_stays_and_null_empties(store: Store, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"item_id": "p1", "title": "Mug", "colour": "red"},
        {"item_id": "p2", "brand": "Tin", "price": 3.5},
        {"item_id": "p3", "title": "Bowl", "brand": None, "stock": 0},
    ]
    summary = ingest(store, rows, tmp_path, update=True)
    assert summary.accepted["item"] == 3
    assert item_of(store, "p1") == Item("p1", title="Mug", brand="Clay", attributes={"old": 1, "colour": "red"})
    assert item_of(store, "p2") == Item("p2", title="Cup 2", brand="Tin", attributes={"old": 1})
    assert item_of(store, "p3") == Item("p3", title="Bowl", attributes={"old": 1})
    assert [holds(store, item_id) for item_id in ("p1", "p2", "p3")] == [(250, 4), (350, 4), (250, 0)]


def test_null_takes_a_further_field_away(store: Store, tmp_path: Path) -> None:
    ingest(store, [{"item_id": "p1", "old": None}, {"item_id": "p2", "old": 2}], tmp_path, update=True)
    assert (item_of(store, "p1").attributes, item_of(store, "p2").attributes) == ({}, {"old": 2})


def test_lines_of_one_item_count_in_their_order(store: Store, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"item_id": "p1", "title": "First", "brand": "One"},
        {"item_id": "p1", "title": "Second"},
        {"item_id": "p1", "brand": "Three", "description": "x"},
        {"item_id": "p1", "title": "Fourth"},
    ]
    ingest(store, rows, tmp_path, update=True)
    assert item_of(store, "p1") == Item("p1", title="Fourth", brand="Three", description="x", attributes={"old": 1})


def test_a_line_without_its_item_is_a_reject(store: Store, tmp_path: Path) -> None:
    rows = [{"item_id": "p1", "title": "Mug"}, {"title": "Whose?"}]
    summary = ingest(store, rows, tmp_path, update=True, max_rejects=0.5)
    assert (summary.accepted, summary.rejected) == ({"item": 1}, {"item": 1})


def test_offers_keep_what_a_line_does_not_name(store: Store, tmp_path: Path) -> None:
    ingest(store, [{"item_id": "p1", "stock": 9}, {"item_id": "p2", "price": 2, "stock": 1}], tmp_path, kind="offers")
    assert (holds(store, "p1"), holds(store, "p2")) == ((250, 9), (200, 1))


def test_whole_items_are_whole_still(store: Store, tmp_path: Path) -> None:
    ingest(store, [{"item_id": "p1", "title": "Mug"}, {"item_id": "p2", "brand": "Tin"}], tmp_path)
    assert item_of(store, "p1") == Item("p1", title="Mug")
    assert item_of(store, "p2") == Item("p2", brand="Tin")
