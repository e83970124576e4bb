"""All that is held of a person is told; an erased one is in no file of the shop, and no training brings them back."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from shopkeeper.data import load_dataset
from shopkeeper.error import NotFound
from shopkeeper.operation.ingest import import_files
from shopkeeper.operation.shop import Shop, open_shop
from shopkeeper.operation.train import train_shop
from shopkeeper.operation.user import erase_user, export_user
from shopkeeper.record import DAY, Event, EventType, Item
from shopkeeper.testing.exposure_contract import exposure
from shopkeeper.testing.full_shop import LAST, fill, shop_at

NAME = "zoe-7d1f"  # found nowhere by chance


@pytest.fixture
def full(tmp_path: Path) -> Shop:
    shop = shop_at(tmp_path / "shop")
    fill(shop.store)
    return shop


def test_what_is_held_of_a_user_is_told_in_words_of_the_shop(full: Shop) -> None:
    told = json.loads(json.dumps(export_user(full, "ann")))
    assert (told["user_id"], told["visitor_ids"], told["attributes"]) == ("ann", ["phone"], {"age": 30})
    assert told["events"][1] == {
        "type": "purchase",
        "time": "1970-01-01T00:00:00.000003Z",
        "item_id": "i0",
        "quantity": 1.5,
        "value": 2.25,
        "currency": "EUR",
    }
    assert [event["type"] for event in told["events"]] == ["view", "purchase", "rate"]
    (shown,) = told["exposures"]
    assert (shown["recommendation_id"], shown["item_ids"]) == ("r1", ["i0", "i1"])
    guest = export_user(full, "desk", visitor=True)
    assert (guest["user_id"], guest["events"][0]["context"]) == (None, {"a": [1, "ü"]})
    full.close()


def test_of_a_stranger_nothing_is_told(full: Shop) -> None:
    with pytest.raises(NotFound, match="Nothing is held of user 'nobody'"):
        export_user(full, "nobody")
    full.close()


def _write_of(shop: Shop, rounds: int) -> None:
    """Much of and about a person, and of others between it: pages fill, split and move."""
    shop.store.catalogue.put([Item("tea")])
    for number in range(rounds):
        events = [
            Event(
                EventType.VIEW,
                number,
                user_id=name,
                visitor_id=f"{name}-device-{number % 3}",
                item_id="tea",
                event_id=f"{name}-{number}",
                context={"note": f"{name} looked " * 20},
                session_id=f"{name}-session",
            )
            for name in (NAME, f"other-{number}")
        ]
        shop.store.events.append(events)
        shop.store.exposures.append([exposure(f"r{number}", number, user=NAME, visitor=f"{NAME}-device-0")])


def test_an_erased_user_is_in_no_byte_of_the_database(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    with shop_at(folder) as shop:
        _write_of(shop, 60)
        rejected = tmp_path / "events.csv"
        rejected.write_text(f"type,time,user_id,item_id\nview,1970-01-02,{NAME},tea\nview,never,{NAME},tea\n")
        import_files(shop.store, [rejected], staging=shop.runs / "import", now=LAST, max_rejects=0.9)
        assert NAME.encode() in _bytes_of(folder)

        summary = erase_user(shop, NAME)

        assert summary.scrubbed
        assert (summary.events, summary.exposures, len(summary.visitor_ids)) == (61, 60, 3)
        assert [name.partition("-")[0] for name in summary.import_files] == ["rejects"]
        assert NAME.encode() not in _bytes_of(folder)
        assert shop.store.events.count() == 60
    assert NAME.encode() not in _bytes_of(folder)
    with sqlite3.connect(folder / "shop.db") as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    file.close()


def test_an_erasure_while_others_read_still_takes_the_bytes_away(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    with shop_at(folder) as shop, open_shop(folder) as server:
        _write_of(shop, 5)
        server.store.events.history(NAME, None)
        assert erase_user(shop, NAME).scrubbed
        assert NAME.encode() not in _bytes_of(folder)
        assert len(server.store.events.history(NAME, None).total) == 0


def test_on_postgresql_rows_go_and_it_says_that_bytes_may_stay(postgres_url: str, tmp_path: Path) -> None:
    with shop_at(tmp_path / "shop", postgres_url) as shop:
        _write_of(shop, 5)
        assert not erase_user(shop, NAME).scrubbed
        assert shop.store.people.held(NAME) is None


def test_the_next_training_knows_nothing_of_an_erased_user(trained: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(trained, tmp_path / "shop")
    with open_shop(folder) as shop:
        last = shop.store.events.last_time()
        assert last is not None
        goods = ("milk", "soap", "caviar")
        store = shop.store.events
        old = [Event(EventType.PURCHASE, last - 1, user_id=NAME, item_id=item, session_id=NAME) for item in goods]
        assert store.append(old).accepted == 3
        first = train_shop(shop)
        before = load_dataset(shop.store, shop.setting.weights, last + DAY)

        erase_user(shop, NAME)
        assert store.append(old).accepted == 0
        second = train_shop(shop)

        after = load_dataset(shop.store, shop.setting.weights, last + DAY)
        assert (before.users - after.users, len(before.item) - len(after.item)) == (1, 3)
        assert second.bundle_id != first.bundle_id  # it was trained anew, not taken for the same
        caviar = shop.store.catalogue.get("caviar")
        assert caviar is not None
        assert caviar.item_index not in after.item
        # No bundle has rows about users, and no folder of a training either: not even the ones from before.
        assert NAME.encode() not in _bytes_of(folder)


def _bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
