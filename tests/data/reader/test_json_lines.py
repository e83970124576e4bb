"""The reader `jsonl`."""

import gzip
import json
from typing import Any

import pytest

from shopkeeper.data.reader import Entity
from shopkeeper.error import InputError

Read = Any


def test_types_survive_and_fields_may_be_absent(read: Read) -> None:
    rows = [
        {
            "user_id": 7,
            "item_id": "p1",
            "event": "purchase",
            "time": 1511166600000,
            "quantity": 2,
            "value": 3.98,
            "gift": True,
        },
        {
            "item_id": "p2",
            "user_id": "u2",
            "event": "view_item",
            "time": "2017-11-20T08:30:00+02:00",
            "note": {"a": [1, None]},
        },
    ]
    reading = read("log.jsonl", "\n".join(json.dumps(row) for row in rows))
    events = reading.frame(Entity.EVENT)
    assert events.select("user_id", "type", "time", "quantity", "value").rows() == [
        ("7", "purchase", 1511166600000000, 2.0, 398),
        ("u2", "view", 1511159400000000, None, None),
    ]
    assert [json.loads(text) for text in events["context"]] == [{"gift": True}, {"note": {"a": [1, None]}}]


def test_a_list_of_categories_is_a_path(read: Read) -> None:
    reading = read(
        "items.jsonl.gz", gzip.compress(b'{"item_id": "p1", "title": "Mug", "category": ["Home", "Kitchen"]}\n')
    )
    assert reading.frame(Entity.ITEM)["category"].to_list() == ["Home > Kitchen"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"item_id": "p2", ', "broken JSON"),
        ('["p2"]', "no object"),
        ('{"item_id": "p2", "price": NaN}', "broken JSON: NaN is no JSON number"),
        ('{"item_id": "p2", "weight": 1e999}', "broken JSON: 1e999 is too large a number"),
        ("[" * 100_000, "broken JSON"),
        ('{"item_id": "p2", "x": "\\u0000", "y": ' + "[" * 600 + "]" * 600 + "}", "nested more than 200 levels deep"),
        ('{"title": "no id"}', "no item_id"),
        ('{"item_id": "p2", "price": -1}', "-1 is below zero"),
        ('{"item_id": "p2", "price": [1]}', "[1] is no number"),
    ],
)
def test_a_bad_line_is_rejected(read: Read, line: str, reason: str) -> None:
    text = f'{{"item_id": "p1", "title": "Mug", "price": 1}}\n{line}\n{{"item_id": "p3", "title": "Cup"}}\n'
    reading = read("items.jsonl", text)
    assert reading.frame(Entity.ITEM)["item_id"].to_list() == ["p1", "p3"]
    ((number, _, said),) = reading.rejects
    assert number == 2
    assert reason in said


def test_escaped_characters_that_no_database_holds_are_dropped(read: Read) -> None:
    reading = read("items.jsonl", '{"item_id": "p1", "title": "a\\u0000b\\ud800", "x": "\\u0000"}\n')
    assert reading.frame(Entity.ITEM)["title"].to_list() == ["ab?"]
    assert reading.frame(Entity.ITEM)["attributes"].to_list() == ['{"x":""}']


def test_an_escaped_backslash_before_u0000_is_kept(read: Read) -> None:
    row = {"item_id": "p1", "path": "C:\\u0000", "deep": [{"n\x00": "a\x00b"}]}
    reading = read("items.jsonl", json.dumps(row) + "\n")
    (text,) = reading.frame(Entity.ITEM)["attributes"]
    assert json.loads(text) == {"path": "C:\\u0000", "deep": [{"n": "ab"}]}


def test_a_file_without_objects_is_an_error(read: Read) -> None:
    with pytest.raises(InputError, match="one object a line"):
        read("items.jsonl", "item_id,title\np1,Mug\n")


def test_an_array_that_was_cut_short_is_an_error(read: Read) -> None:
    with pytest.raises(InputError, match=r"items\.json ends inside the JSON that begins in line 3\. Nothing of it"):
        read("items.json", '[\n{"item_id": "p1", "title": "Mug"},\n{"item_id": "p2"')
