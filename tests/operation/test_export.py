"""An export read in again makes the same shop."""

from pathlib import Path

import polars as pl
import pytest

from shopkeeper.data.reader import READERS
from shopkeeper.data.reader.recognise import recognised
from shopkeeper.error import InputError
from shopkeeper.operation.export import export_shop
from shopkeeper.operation.ingest import ImportSummary, import_files
from shopkeeper.operation.shop import Shop
from shopkeeper.operation.user import erase_user
from shopkeeper.record import DAY
from shopkeeper.store import Store
from shopkeeper.store.frame import EVENT_COLUMN
from shopkeeper.testing.aggregate import assert_aggregates
from shopkeeper.testing.full_shop import LAST, fill, shop_at
from shopkeeper.testing.snapshot_contract import whole

NOW = LAST + DAY


def take_in(shop: Shop, *paths: Path, again: bool = False) -> ImportSummary:
    staging = shop.runs / "import"
    return import_files(shop.store, paths, staging=staging, now=NOW, again=again, max_rejects=0)


def log_of(store: Store) -> pl.DataFrame:
    """Every event with the ids that a shop knows, whatever numbers the store gave."""
    with store.snapshot() as snapshot:
        tables = whole(snapshot)
    people = tables["person"].select("person", "user_id")
    links = tables["visitor"].group_by("person").agg(pl.col("visitor_id").min())
    log = tables["event"].join(people, on="person").join(links, on="person", how="left")
    return log.drop("person", "change").sort("event_key")


@pytest.mark.parametrize("whole_folder", [True, False])
def test_a_shop_made_of_an_export_is_the_same(tmp_path: Path, whole_folder: bool) -> None:
    folder = tmp_path / "export"
    with shop_at(tmp_path / "old") as old, shop_at(tmp_path / "new") as new:
        fill(old.store)
        summary = export_shop(old, folder)
        assert summary.rows == {"items": 7, "offers": 3, "users": 4, "visitors": 2, "events": 7}
        paths = [folder] if whole_folder else sorted(folder.iterdir())

        told = take_in(new, *paths)

        assert told.accepted == {"item": 7, "offer": 3, "user": 4, "link": 2, "event": 7}
        assert (told.rejected, told.repaired) == ({}, {})
        assert all(guess.endswith("read as an export of Shopkeeper.") for guess in told.guesses)
        same = pl.exclude("change", "deleted", "enabled")
        assert new.store.catalogue.frame(NOW).select(same).equals(old.store.catalogue.frame(NOW).select(same))
        deleted, disabled = old.store.catalogue.frame(NOW), new.store.catalogue.frame(NOW)
        assert disabled.filter(~pl.col("enabled"))["item_id"].to_list() == ["i5"]
        assert deleted.filter("deleted")["item_id"].to_list() == ["i5"]
        assert log_of(new.store).equals(log_of(old.store))
        columns = ["user_id", "attributes"]
        assert new.store.events.users().select(columns).equals(old.store.events.users().select(columns))
        for user, visitor in (("ann", None), (None, "phone"), (None, "tablet"), (None, "desk")):
            held, made = (store.events.history(user, visitor) for store in (old.store, new.store))
            assert made.recent.tolist() == held.recent.tolist()
        assert_aggregates(new.store)


def test_a_shop_that_takes_in_its_own_export_is_as_it_was(tmp_path: Path) -> None:
    with shop_at(tmp_path / "old") as old:
        fill(old.store)
        before = log_of(old.store)
        export_shop(old, tmp_path / "export")
        told = take_in(old, tmp_path / "export")
        assert (told.duplicate["event"], told.accepted["event"]) == (7, 0)
        assert log_of(old.store).equals(before)


def test_an_export_from_before_an_erasure_does_not_bring_the_person_back(tmp_path: Path) -> None:
    with shop_at(tmp_path / "old") as old:
        fill(old.store)
        export_shop(old, tmp_path / "export")
        erase_user(old, "ann")
        paths = sorted((tmp_path / "export").iterdir())
        for again in (False, True):
            take_in(old, *paths, again=again)
            assert old.store.people.held("ann") is None
            assert old.store.people.held("phone", visitor=True) is None


def test_anybody_can_read_an_export(tmp_path: Path) -> None:
    with shop_at(tmp_path / "old") as old:
        fill(old.store)
        export_shop(old, tmp_path / "export")
    events = pl.read_parquet(tmp_path / "export" / "events.parquet")
    assert events.columns == list(EVENT_COLUMN)
    bought = events.filter(type="purchase").row(0, named=True)
    assert (bought["user_id"], bought["item_id"], bought["quantity"], bought["value"]) == ("ann", "i0", 1.5, 225)
    assert events.filter(mark="bot")["user_id"].to_list() == ["crawler"]
    assert events.filter(pl.col("user_id").is_null())["visitor_id"].unique().to_list() == ["desk"]


def test_an_empty_shop_has_an_export_too(tmp_path: Path) -> None:
    with shop_at(tmp_path / "old") as old:
        assert set(export_shop(old, tmp_path / "export").rows.values()) == {0}


def test_an_export_is_not_written_among_other_files(tmp_path: Path) -> None:
    with shop_at(tmp_path / "old") as old, pytest.raises(InputError, match="not empty"):
        export_shop(old, tmp_path)


def test_only_files_of_an_export_are_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "items.parquet"
    pl.DataFrame({"sku": ["a"], "title": ["A"]}).write_parquet(path)
    assert recognised(path, READERS) is READERS["parquet"]
    with shop_at(tmp_path / "old") as old, pytest.raises(InputError, match="no file of an export"):
        import_files(old.store, [path], staging=tmp_path / "stage", now=NOW, format="export")


def test_a_damaged_file_of_an_export_says_so(tmp_path: Path) -> None:
    with shop_at(tmp_path / "old") as old:
        fill(old.store)
        export_shop(old, tmp_path / "export")
        path = tmp_path / "export" / "events.parquet"
        content = bytearray(path.read_bytes())
        content[200:900] = b"\xff" * 700
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"events\.parquet is damaged"):
            take_in(old, tmp_path / "export")
