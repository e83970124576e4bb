"""Files recognised by how they begin, and by their names where that tells nothing."""

import gzip
import json
from pathlib import Path

import pytest

from shopkeeper.data.reader import READERS
from shopkeeper.data.reader.recognise import recognised, take_sample
from shopkeeper.error import InputError

FIXTURE = Path(__file__).parent / "fixture"
SHAPED = {
    "ga4.jsonl": "ga4",
    "ga4_call.json": "ga4",
    "google_retail_products.jsonl": "google_retail",
    "google_retail_events.jsonl": "google_retail",
    "segment.jsonl": "segment",
    "ubi_queries.jsonl": "ubi",
    "ubi_events.jsonl": "ubi",
    "json_ld.jsonl": "json_ld",
}


def name_of(path: Path) -> str:
    reader = recognised(path, READERS)
    return next(name for name, each in READERS.items() if each is reader)


@pytest.mark.parametrize(("file", "format"), SHAPED.items())
def test_content_tells_whatever_the_name(tmp_path: Path, file: str, format: str) -> None:
    content = (FIXTURE / file).read_bytes()
    records = [json.loads(line) for line in content.splitlines()]
    forms = {
        "plain": content,
        "packed.gz": gzip.compress(content),
        "marked.txt": b"\xef\xbb\xbf\n" + content,
        "array.json": json.dumps(records).encode(),
        "indented.json": json.dumps(records, indent=2).encode(),
        "one.json": json.dumps(records[-1], indent=4).encode(),
    }
    for name, form in forms.items():
        path = tmp_path / name
        path.write_bytes(form)
        assert name_of(path) == format, name


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.csv", "item_id,title\n", "csv"),
        ("a.unknown", "item_id;title\np1;Mug\n", "csv"),
        ("a.unknown", '{"item_id": "p1"}\n', "jsonl"),
        ("a.unknown", '[\n{"item_id": "p1"}]\n', "jsonl"),
        ("a.jsonl", '{"item_id": "p1", "event": "view", "events": []}\n', "jsonl"),
        ("a.json", '{"user_id": "u", "event_name": "view_item", "event_timestamp": 1, "item_id": "p"}', "jsonl"),
        ("a.unknown", "PAR1....", "parquet"),
        ("a.jsonl", '{"broken": \n{"item_id": "p1"}\n', "jsonl"),
    ],
)
def test_tables_and_flat_json_of_anybody(tmp_path: Path, name: str, content: str, format: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert name_of(path) == format


def test_a_file_that_tells_nothing_is_refused_with_the_formats(tmp_path: Path) -> None:
    path = tmp_path / "a.unknown"
    path.write_text("hello\n")
    with pytest.raises(InputError, match=r"tell no format. Give --format .*ga4"):
        recognised(path, READERS)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ('{"a": 1}\n{"a": 2}\n', True),
        ('{"a": 1}', True),
        ('{"a": \n{"a": 2}\n', True),  # a broken first line
        ('{\n"a": 1}\n', False),
        ('{"@graph": [\n{"a": 1}]}\n', False),
        ('[{"a": 1}]\n', False),
    ],
)
def test_json_lines_are_told_from_a_json_text(tmp_path: Path, content: str, lines: bool) -> None:
    path = tmp_path / "a"
    path.write_text(content)
    assert take_sample(path).is_json_lines is lines


def test_a_file_that_is_cut_short_or_away_has_no_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"x" * 1000)[:12])
    assert take_sample(path).head == b""
    assert take_sample(tmp_path / "none").head == b""
    assert take_sample(tmp_path).head == b""
