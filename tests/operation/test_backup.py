"""Backups: whole while others write, on either database, into either database; what is damaged is not restored."""

import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import polars as pl
import pytest

from shopkeeper.error import InputError, NotFound, StoreError
from shopkeeper.operation.archive import MANIFEST
from shopkeeper.operation.backup import backup_shop
from shopkeeper.operation.restore import restore_shop
from shopkeeper.operation.shop import Shop, open_shop
from shopkeeper.record import Event, EventType, Item
from shopkeeper.store import Store
from shopkeeper.store.migration import SCHEMA_VERSION
from shopkeeper.testing.aggregate import assert_aggregates
from shopkeeper.testing.full_shop import fill, shop_at
from shopkeeper.testing.snapshot_contract import whole


def tables(store: Store) -> Mapping[str, pl.DataFrame]:
    with store.snapshot() as snapshot:
        return whole(snapshot)


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A backup of a shop in which every table has rows."""
    with shop_at(tmp_path / "full") as shop:
        fill(shop.store)
        backup_shop(shop, tmp_path / "full.backup")
    return tmp_path / "full.backup"


@pytest.mark.parametrize("source", ["sqlite_url", "postgres_url"])
@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_a_restored_shop_is_the_one_that_was_backed_up(
    source: str, target: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = tmp_path / "shop.backup"
    with shop_at(tmp_path / "old", request.getfixturevalue(source)) as old:
        fill(old.store)
        summary = backup_shop(old, file)
        before = tables(old.store)
    assert summary.rows == {name: frame.height for name, frame in before.items()}
    assert all(summary.rows.values())  # no table goes untried

    url = None if target == "sqlite" else request.getfixturevalue("second_postgres_url")
    shop_at(tmp_path / "new", url).close()
    restored = restore_shop(file, tmp_path / "new")

    with open_shop(tmp_path / "new") as new:
        after = tables(new.store)
        assert {name for name in before if not after[name].sort(pl.all()).equals(before[name].sort(pl.all()))} == set()
        assert restored.change == new.store.change_number() == summary.change
        assert restored.missing_bundle == "b1"
        _goes_on(new)


def _goes_on(new: Shop) -> None:
    """Numbers go on where they were, what was known is known, and the erased stay so."""
    change = new.store.change_number()
    new.store.catalogue.put([Item("new")])
    item = new.store.catalogue.get("new")
    assert item is not None
    assert (item.item_index, item.change) == (7, change + 1)
    again = Event(EventType.PURCHASE, 3, "ann", "phone", "i0", event_id="order-1")
    erased = Event(EventType.VIEW, 1, user_id="gone", item_id="i0")
    receipt = new.store.events.append([again, erased])
    assert (receipt.accepted, receipt.duplicate, len(receipt.rejected)) == (0, 1, 1)
    assert_aggregates(new.store)


@pytest.mark.parametrize("url", ["sqlite_url", "postgres_url"])
def test_what_was_acknowledged_before_a_backup_began_is_in_it(
    url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with shop_at(tmp_path / "busy", request.getfixturevalue(url)) as shop:
        shop.store.catalogue.put([Item("tea")])
        acknowledged: list[str] = []
        stop = threading.Event()

        def write(name: str) -> None:
            number = 0
            while not stop.is_set():
                event = Event(EventType.VIEW, number, user_id=f"{name}{number}", item_id="tea")
                assert shop.store.events.append([event]).accepted == 1
                acknowledged.append(f"{name}{number}")
                number += 1

        threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        while len(acknowledged) < 50:
            assert any(thread.is_alive() for thread in threads)
            stop.wait(0.005)
        before = set(acknowledged)
        summary = backup_shop(shop, tmp_path / "busy.backup")
        stop.set()
        for thread in threads:
            thread.join()

    restore_shop(tmp_path / "busy.backup", tmp_path / "new")
    with open_shop(tmp_path / "new") as new:
        held = set(new.store.events.users()["user_id"].to_list())
        assert before <= held <= set(acknowledged)
        assert new.store.events.count() == len(held) == summary.rows["event"]
        assert_aggregates(new.store)


def test_a_shop_that_is_not_empty_is_left_alone(full: Path, tmp_path: Path) -> None:
    with shop_at(tmp_path / "new") as new:
        new.store.catalogue.put([Item("own")])
    with pytest.raises(InputError, match="not empty"):
        restore_shop(full, tmp_path / "new")
    with open_shop(tmp_path / "new") as new:
        assert new.store.catalogue.item_ids()["item_id"].to_list() == ["own"]


def test_a_backup_is_not_written_over_a_file(full: Path, tmp_path: Path) -> None:
    before = full.read_bytes()
    with open_shop(tmp_path / "full") as shop, pytest.raises(InputError, match="exists already"):
        backup_shop(shop, full)
    assert full.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_backup_that_cannot_be_written_leaves_nothing(full: Path, tmp_path: Path) -> None:
    with open_shop(tmp_path / "full") as shop, pytest.raises(InputError, match="cannot be written"):
        backup_shop(shop, tmp_path / "no" / "such" / "folder.backup")


@pytest.mark.parametrize("place", [0.05, 0.3, 0.6, 0.9])
def test_a_damaged_backup_is_refused_and_nothing_is_made(full: Path, tmp_path: Path, place: float) -> None:
    content = bytearray(full.read_bytes())
    content[int(len(content) * place)] ^= 0xFF
    full.write_bytes(content)
    with pytest.raises(InputError, match=r"damaged|is no backup"):
        restore_shop(full, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_half_a_backup_is_refused(full: Path, tmp_path: Path) -> None:
    content = full.read_bytes()
    full.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="damaged"):
        restore_shop(full, tmp_path / "new")


@pytest.mark.parametrize(
    ("old", "new", "error", "words"),
    [
        (f'"schema_version": "{SCHEMA_VERSION}"', '"schema_version": "0099"', StoreError, "schema version 0099"),
        ('"version": 1', '"version": 2', StoreError, "format 2, newer"),
        ("shopkeeper-backup", "another", InputError, "is no backup"),
        ('"table/item.parquet"', '"table/other.parquet"', InputError, "damaged: .*item"),
    ],
)
def test_what_is_newer_or_no_backup_is_refused_by_name(
    full: Path, tmp_path: Path, old: str, new: str, error: type[Exception], words: str
) -> None:
    with ZipFile(full) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    text = members[MANIFEST].decode()
    assert old in text
    members[MANIFEST] = text.replace(old, new).encode()
    with ZipFile(full, "w", ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(error, match=words):
        restore_shop(full, tmp_path / "new")


def test_a_backup_that_does_not_exist_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no backup"):
        restore_shop(tmp_path / "nothing.backup", tmp_path / "new")


def test_settings_and_bundle_go_along_when_told_to(trained: Path, tmp_path: Path) -> None:
    toy = shutil.copytree(trained, tmp_path / "toy")
    with open_shop(toy) as shop:
        bundle_id = shop.store.office.publications()[0].bundle_id
        backup_shop(shop, tmp_path / "toy.backup", settings=True, bundle=True)
        names = {path.relative_to(shop.bundles) for path in (shop.bundles / bundle_id).rglob("*")}

    summary = restore_shop(tmp_path / "toy.backup", tmp_path / "new")

    assert (summary.bundle_id, summary.missing_bundle) == (bundle_id, None)
    with open_shop(tmp_path / "new") as new:
        assert new.setting.shop.name == "Toy shop"
        assert {path.relative_to(new.bundles) for path in (new.bundles / bundle_id).rglob("*")} == names
        assert [path.name for path in new.bundles.iterdir()] == [bundle_id]
