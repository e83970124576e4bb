"""The reader `recbole`: atomic files."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.data.reader import READERS, Entity, ReadOption
from shopkeeper.error import InputError

Read = Any
FIXTURE = Path(__file__).parent / "fixture"
NOW = 1_514_764_800_000_000


def fixture(read: Read, name: str) -> Any:
    return read(name, (FIXTURE / name).read_bytes())


def test_interactions_with_ratings(read: Read) -> None:
    reading = fixture(read, "films.inter")
    events = reading.frame(Entity.EVENT)
    assert events.select("user_id", "item_id", "type", "rating", "time").rows()[:2] == [
        ("196", "242", "rate", 3.0, 881250949_000_000),
        ("186", "302", "rate", 3.0, 891717742_000_000),
    ]
    assert events["time"][-1] == 883603013_500_000
    assert events.height == 9
    assert [(line, column) for line, column, _ in reading.rejects] == [(9, "timestamp")]
    assert all(chunk.new_items for chunk in reading.chunks)


def test_items_with_sequences_of_tokens(read: Read) -> None:
    reading = fixture(read, "films.item")
    items = reading.frame(Entity.ITEM)
    assert items.select("item_id", "title", "category").rows() == [
        ("242", "Harbour Lights", "Comedy"),
        ("302", 'The "Quiet" Line', "Crime"),
        ("377", "Paper Boats", "Children's"),
        ("51", "Long Meadow", "Drama"),
        ("346", "Winter Coats", "Drama"),
    ]
    assert json.loads(items["attributes"][1]) == {"release_year": "1997", "class": "Crime Thriller"}
    assert reading.frame(Entity.OFFER)["price"].to_list() == [499, 350, 200, 400]


def test_categories_are_a_path(read: Read) -> None:
    text = "item_id:token\tcategories:token_seq\n1\t'Drinks', 'Black Tea'\n2\tDrinks Coffee\n3\t\n"
    items = read("tea.item", text).frame(Entity.ITEM)
    assert items["category"].to_list() == ["Drinks > Black Tea", "Drinks > Coffee", ""]


def test_users(read: Read) -> None:
    users = fixture(read, "films.user").frame(Entity.USER)
    assert users.rows()[1] == ("186", '{"age":"39","gender":"F"}')


def test_without_timestamps_the_order_of_the_file_is_kept_and_said(read: Read) -> None:
    reading = read("log.inter", "user_id:token\titem_id:token\nu1\tp1\n\tp9\nu2\tp1\nu1\tp2\n")
    events = reading.frame(Entity.EVENT)
    seconds = [(time - 946_684_800_000_000) / 1e6 for time in events["time"]]
    assert (events["item_id"].to_list(), seconds) == (["p1", "p1", "p2"], [0, 2, 3])
    assert events["type"].unique().to_list() == ["view"]
    assert "Times are made up: a second apart" in reading.notes


def test_a_folder_is_read_items_first(tmp_path: Path) -> None:
    for suffix in ("inter", "user", "item"):
        shutil.copy(FIXTURE / f"films.{suffix}", tmp_path)
    chunks = list(READERS["recbole"].read(tmp_path, ReadOption(NOW, "USD")))
    assert [(chunk.entity.value, chunk.frame.height) for chunk in chunks] == [
        ("item", 5),
        ("offer", 4),
        ("user", 3),
        ("event", 9),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [("a\tb\n1\t2\n", "no `name:type` columns"), ("a:token\ta:float\n1\t2\n", "two columns of one name")],
)
def test_a_wrong_header_is_refused(read: Read, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read("x.inter", text, format="recbole")
