"""Ingest: whole or not at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.error import ImportRejected, InputError, NotFound
from shopkeeper.operation.ingest import ImportSummary, import_files
from shopkeeper.record import Offer
from shopkeeper.store import Store, open_store

NOW = 1_514_764_800_000_000
ITEMS = "item_id,title,price\np1,Mug,2.50\np2,Cup,1\n"
EVENTS = "user_id,item_id,event,time\nu1,p1,view,2017-01-01\nu1,p2,buy,2017-01-02\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/shop.db")
    yield opened
    opened.close()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "events.csv", tmp_path / "items.csv"]
    for path, text in zip(paths, (EVENTS, ITEMS), strict=True):
        path.write_text(text)
    return paths


def ingest(store: Store, paths: list[Path], tmp_path: Path, now: int = NOW, **option: Any) -> ImportSummary:
    return import_files(store, paths, staging=tmp_path / "staging", now=now, **option)


def prices(store: Store, as_of: int) -> list[int | None]:
    return store.catalogue.frame(as_of)["price"].to_list()


def test_files_in_any_order_go_in_and_are_counted(store: Store, files: list[Path], tmp_path: Path) -> None:
    summary = ingest(store, files, tmp_path)
    assert summary.accepted == {"item": 2, "offer": 2, "event": 2}
    assert (summary.rejected, summary.duplicate, summary.rejects_file) == ({}, {}, None)
    assert any("read as UTC" in guess for guess in summary.guesses)
    assert store.events.count() == 2
    found = store.catalogue.get("p1")
    assert found is not None
    assert [offer.price for offer in found.offers] == [250]
    assert list((tmp_path / "staging").iterdir()) == []


def test_the_same_inputs_are_skipped(store: Store, files: list[Path], tmp_path: Path) -> None:
    first = ingest(store, files, tmp_path)
    again = ingest(store, files, tmp_path, now=NOW + 1)
    assert again.skipped
    assert (again.accepted, again.time) == (first.accepted, NOW)
    assert again.fingerprint == first.fingerprint
    assert not ingest(store, files, tmp_path, currency="EUR").skipped


def test_events_sent_twice_count_as_duplicates(store: Store, files: list[Path], tmp_path: Path) -> None:
    ingest(store, files, tmp_path)
    files[0].write_text(EVENTS + "u2,p1,view,2017-01-03\n")
    summary = ingest(store, files[:1], tmp_path)
    assert (summary.accepted, summary.duplicate) == ({"event": 1}, {"event": 2})


def test_of_duplicate_ids_the_last_wins(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("item_id,title,price\np1,Old,1\np2,Cup,1\np1,New,3\n")
    summary = ingest(store, [path], tmp_path)
    assert summary.accepted == {"item": 2, "offer": 2}
    assert summary.repaired == {"item": 1}
    assert summary.notes == ("1 item rows: item_id given more than once: the last row was taken",)
    found = store.catalogue.get("p1")
    assert found is not None
    assert (found.item.title, found.offers[0].price) == ("New", 300)


def test_an_event_of_an_unknown_item_is_rejected_with_its_line(store: Store, files: list[Path], tmp_path: Path) -> None:
    files[0].write_text(EVENTS + "u2,p9,view,2017-01-03\n")
    summary = ingest(store, files, tmp_path, max_rejects=0.5)
    assert (summary.accepted["event"], summary.rejected) == (2, {"event": 1})
    assert summary.rejects_file is not None
    assert Path(summary.rejects_file).read_text().splitlines() == [
        "file,line,column,reason,excerpt",
        'events.csv,4,item_id,no item p9 is known: import the item first,"p9, u2, 1483401600000000"',
    ]


def test_an_event_of_an_item_that_the_store_has_is_taken(store: Store, files: list[Path], tmp_path: Path) -> None:
    ingest(store, files[1:], tmp_path)
    assert ingest(store, files[:1], tmp_path).accepted == {"event": 2}


def test_a_price_of_a_file_holds_from_now_on_and_leaves_the_past(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text(ITEMS)
    ingest(store, [path], tmp_path)
    store.catalogue.put([], [Offer("p1", price=300, valid_from=NOW + 10)])
    path.write_text(ITEMS.replace("2.50", "4"))
    ingest(store, [path], tmp_path, now=NOW + 20)
    assert [prices(store, NOW + after) for after in (0, 10, 19, 20)] == [[250, 100], [300, 100], [300, 100], [400, 100]]


def test_an_offer_that_holds_already_is_a_duplicate_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text(ITEMS)
    ingest(store, [path], tmp_path)
    before = store.change_number()
    path.write_text(ITEMS + "p3,Jug,3\n")
    summary = ingest(store, [path], tmp_path, now=NOW + 20)
    assert (summary.accepted["offer"], summary.duplicate) == (1, {"offer": 2})
    assert store.catalogue.changes(before, NOW + 20).frame["item_id"].to_list() == ["p3"]
    found = store.catalogue.get("p1")
    assert found is not None
    assert [(offer.price, offer.valid_from) for offer in found.offers] == [(250, 0)]


def test_prices_of_markets_hold_from_the_beginning_of_a_new_item(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("item_id,title,price,market\np1,Mug,2.50,paris\n")
    ingest(store, [path], tmp_path)
    path.write_text("item_id,title,price,market\np1,Mug,3,paris\n")
    ingest(store, [path], tmp_path, now=NOW + 20)
    found = store.catalogue.get("p1")
    assert found is not None
    assert [(offer.price, offer.valid_from) for offer in found.offers] == [(250, 0), (300, NOW + 20)]


def test_a_row_that_the_store_refuses_is_a_reject_with_its_line(
    store: Store, files: list[Path], tmp_path: Path
) -> None:
    files[0].write_text(EVENTS + f"{'u' * 5000},p1,view,2017-01-03\n")
    summary = ingest(store, files, tmp_path)
    assert (summary.accepted["event"], summary.rejected) == (2, {"event": 1})
    assert summary.rejects_file is not None
    header, row = Path(summary.rejects_file).read_text().splitlines()
    assert header == "file,line,column,reason,excerpt"
    assert row.startswith('events.csv,4,"",user_id is')
    assert any(note.startswith("rejected, for example events.csv line 4: ") for note in summary.notes)


def test_a_file_is_imported_anew_when_asked(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    for number, text in enumerate((ITEMS, ITEMS.replace("Mug", "Jug").replace("2.50", "3"))):
        path.write_text(text)
        ingest(store, [path], tmp_path, now=NOW + number)
    path.write_text(ITEMS)
    assert ingest(store, [path], tmp_path, now=NOW + 2).skipped
    summary = ingest(store, [path], tmp_path, now=NOW + 2, again=True)
    assert (summary.skipped, summary.time) == (False, NOW + 2)
    frame = store.catalogue.frame(NOW + 2)
    assert frame.select("title", "price").rows() == [("Mug", 250), ("Cup", 100)]


def test_too_many_rejects_commit_nothing(store: Store, files: list[Path], tmp_path: Path) -> None:
    files[0].write_text(EVENTS + "u2,p1,dance,2017-01-03\n")
    with pytest.raises(ImportRejected) as caught:
        ingest(store, files, tmp_path)
    message = str(caught.value)
    for said in ("1 of 5 rows", "events.csv line 4, column event: dance is no event type", "rejects-", "--max-rejects"):
        assert said in message
    assert store.events.count() == 0
    assert store.catalogue.item_ids().is_empty()
    assert ingest(store, files, tmp_path, max_rejects=0.2).accepted["event"] == 2


def test_a_damaged_file_beside_a_good_one_commits_nothing(store: Store, files: list[Path], tmp_path: Path) -> None:
    damaged = tmp_path / "more.csv.gz"
    damaged.write_bytes(b"\x1f\x8b\x08\x00nonsense")
    with pytest.raises(InputError, match=r"more\.csv\.gz"):
        ingest(store, [*files, damaged], tmp_path)
    assert store.catalogue.item_ids().is_empty()
    assert list((tmp_path / "staging").iterdir()) == []


def test_a_dry_run_counts_and_commits_nothing(store: Store, files: list[Path], tmp_path: Path) -> None:
    summary = ingest(store, files, tmp_path, dry_run=True)
    assert summary.dry_run
    assert summary.accepted == {"item": 2, "offer": 2, "event": 2}
    assert store.events.count() == 0
    assert not ingest(store, files, tmp_path).skipped


def test_a_dry_run_leaves_the_stage_of_a_killed_import(store: Store, files: list[Path], tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def kill(stage: str, _done: int, _total: int) -> None:
        if stage == "writing offers":
            raise Killed

    with pytest.raises(Killed):
        ingest(store, files, tmp_path, progress=kill)
    (stage,) = (tmp_path / "staging").iterdir()
    ingest(store, files, tmp_path, dry_run=True)
    assert (stage / "receipts.jsonl").is_file()
    assert ingest(store, files, tmp_path).accepted == {"item": 2, "offer": 2, "event": 2}


def test_a_stage_that_was_lost_is_sent_from_its_beginning(store: Store, files: list[Path], tmp_path: Path) -> None:
    fingerprint = ingest(store, files, tmp_path / "first", dry_run=True).fingerprint
    store.office.record_import(fingerprint, 2, None)  # a killed import went that far, and its stage was deleted
    ingest(store, files, tmp_path)
    assert prices(store, NOW) == [250, 100]
    assert store.events.count() == 2


def test_progress_tells_every_stage(store: Store, files: list[Path], tmp_path: Path) -> None:
    ended: list[str] = []

    def watch(stage: str, done: int, total: int) -> None:
        if done == total:
            ended.append(stage)

    ingest(store, files, tmp_path, progress=watch)
    assert ended == ["looking for changes", "checking offers", "checking events", "reading rows", "writing events"]


@pytest.mark.parametrize(
    ("name", "content", "option", "error", "said"),
    [
        ("items.csv", ITEMS, {"format": "xml"}, InputError, "There is no format 'xml'"),
        ("items.csv", ITEMS, {"kind": "shoes"}, InputError, "no kind of rows 'shoes'"),
        ("items.dat", "hello", {}, InputError, "tell no format"),
        ("items.csv", "item_id,title\n", {}, InputError, "hold no rows"),
        ("items.csv", None, {}, NotFound, "does not exist"),
    ],
)
def test_what_cannot_be_imported_is_an_error(
    store: Store,
    tmp_path: Path,
    *,
    name: str,
    content: str | None,
    option: dict[str, Any],
    error: type[Exception],
    said: str,
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(error, match=said):
        ingest(store, [path], tmp_path, **option)


def test_a_file_of_another_name_is_known_by_its_look(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "items.txt"
    path.write_text(ITEMS)
    assert ingest(store, [path], tmp_path).accepted["item"] == 2


def test_no_files_is_an_error(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No files are named"):
        ingest(store, [], tmp_path)
