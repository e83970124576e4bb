"""The reader `parquet`."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from shopkeeper.data.reader import Entity
from shopkeeper.error import InputError

Read = Any


def packed(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def test_typed_columns_are_read_as_they_are_meant(read: Read) -> None:
    frame = pl.DataFrame(
        {
            "user_id": [1, 2],
            "item_id": [10, None],
            "action": ["buy", "search"],
            "timestamp": [datetime(2017, 11, 20, 8, 30), datetime(2017, 11, 20, 8, 30, 0, 5, UTC).replace(tzinfo=None)],
            "q": [None, "mug"],
            "score": [1.5, float("nan")],
            "tags": [["a", "b"], None],
        }
    )
    reading = read("log.parquet", packed(frame))
    events = reading.frame(Entity.EVENT)
    assert events.select("user_id", "item_id", "type", "time", "query", "rating").rows() == [
        ("1", "10", "purchase", 1511166600000000, None, 1.5)
    ]
    assert json.loads(events["context"][0]) == {"tags": ["a", "b"]}
    assert reading.rejects == [(2, "score", "NaN is no number")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"item_id,title\np1,Mug\n", "is no Parquet file"),
        (b"PAR1" + b"\x00" * 100, "cannot be read as Parquet"),
        (packed(pl.DataFrame({"item_id": ["a"], "title": ["b"]}).clear()), "holds no rows"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_an_error(read: Read, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read("items.parquet", content)


def test_a_zoned_time_is_told_in_utc(read: Read) -> None:
    times = pl.Series("time", [datetime(2017, 11, 20, 8, 30, tzinfo=UTC)]).dt.convert_time_zone("Asia/Shanghai")
    frame = pl.DataFrame({"user_id": ["u"], "item_id": ["p"], "time": times})
    assert read("log.parquet", packed(frame)).frame(Entity.EVENT)["time"].to_list() == [1511166600000000]
