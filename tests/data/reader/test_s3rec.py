"""The reader `s3rec`: sequences without times."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from shopkeeper.data.reader import READERS, Entity, ReadOption
from shopkeeper.error import InputError
from shopkeeper.record import DAY, EventType

Read = Any
FIXTURE = Path(__file__).parent / "fixture" / "s3rec.txt"
LAST = 946_684_800_000_000  # 2000-01-01T00:00:00Z
NOW = LAST + 10_000 * DAY


def test_each_line_is_a_person_whose_last_event_is_on_the_last_day(read: Read) -> None:
    reading = read("Tea.txt", FIXTURE.read_bytes())
    events = reading.frame(Entity.EVENT)
    assert events.height == 28
    third = events.filter(user_id="3").select("item_id", "time")
    assert third.rows() == [
        (item, LAST - days * DAY) for item, days in zip("12 11 14 12 15".split(), range(4, -1, -1), strict=True)
    ]
    assert events.group_by("user_id").agg(pl.col("time").max())["time"].unique().to_list() == [LAST]
    assert events["type"].unique().to_list() == ["purchase"]
    assert reading.lines(Entity.EVENT)[:5] == [1, 1, 1, 2, 3]
    assert "Those given are made up" in reading.notes
    assert "all are read as purchase" in reading.notes


def test_the_order_outlives_a_very_long_line(read: Read) -> None:
    events = read("long.txt", "1 " + " ".join(map(str, range(10_003))), format="s3rec").frame(Entity.EVENT)
    assert events["time"].is_sorted()
    assert events["time"].n_unique() == 10_003
    assert events["time"][:3].to_list() == [LAST - 10_000 * DAY - back * 1_000_000 for back in (2, 1, 0)]
    assert events["time"][0] > 0


def test_a_line_without_items_is_rejected_and_an_empty_one_passed_over(read: Read) -> None:
    reading = read("x.txt", "1 2\n7\n\n  3\t4  5 \n", format="s3rec")
    assert reading.rejects == [(2, "", "no items after the user")]
    assert reading.frame(Entity.EVENT).select("user_id", "item_id").rows() == [("1", "2"), ("3", "4"), ("3", "5")]
    assert read("y.txt", "1\n", format="s3rec").rejects == [(1, "", "no items after the user")]


def test_a_folder_gives_its_catalogue_first(tmp_path: Path) -> None:
    (tmp_path / "Tea.txt").write_text("1 2 3\n")
    (tmp_path / "Tea_sample.txt").write_text("1 9 8 7\n")
    (tmp_path / "README.txt").write_text("About tea\n")
    item = {
        "item_id": 2,
        "title": "Assam",
        "brand": "Leaf",
        "categories": [["Drinks", "Tea"], ["Gifts"]],
        "keywords": "tea",
    }
    (tmp_path / "items.jsonl").write_text(json.dumps(item))
    reader = READERS["s3rec"]
    items, events = reader.read(tmp_path, ReadOption(NOW, "USD", event=EventType.VIEW))
    assert items.frame.select("item_id", "title", "category", "attributes").rows() == [
        ("2", "Assam", "Drinks > Tea", '{"keywords":"tea"}')
    ]
    assert events.frame["type"].to_list() == ["view", "view"]
    assert events.new_items
    assert [file.name for file in reader.files(tmp_path)] == ["items.jsonl", "Tea.txt"]


def test_a_folder_of_several_files_is_refused(tmp_path: Path) -> None:
    for name in ("Tea.txt", "Mugs.txt"):
        (tmp_path / name).write_text("1 2 3\n")
    with pytest.raises(InputError, match=r"found: Mugs.txt, Tea.txt. Name the file"):
        READERS["s3rec"].files(tmp_path)
