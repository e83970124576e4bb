"""The reader `movielens`: three generations of files."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.data.reader import READERS, Chunk, Entity, ReadOption
from shopkeeper.error import InputError

Read = Any
FIXTURE = Path(__file__).parent / "fixture"
NOW = 1_514_764_800_000_000


def fixture(read: Read, folder: str, name: str) -> Any:
    return read(name, (FIXTURE / folder / name).read_bytes())


def folder(tmp_path: Path, name: str) -> list[Chunk]:
    shutil.copytree(FIXTURE / name, tmp_path / name)
    return list(READERS["movielens"].read(tmp_path / name, ReadOption(NOW, "USD")))


def test_films_have_a_year_and_the_first_of_their_genres(read: Read) -> None:
    items = fixture(read, "ml-latest-small", "movies.csv").frame(Entity.ITEM)
    assert items.select("item_id", "title", "category").rows() == [
        ("1", "Paper Boats (1995)", "Adventure"),
        ("11", "American Harbour, The (1995)", "Comedy"),
        ("29", "City of Lost Kites, The (Cité des cerfs-volants) (1995)", "Drama"),
        ("77", "Nowhere Road", ""),
        ("88", 'The "Quiet" Line (1997)', "Crime"),
    ]
    assert [json.loads(text) for text in items["attributes"]] == [
        {"genres": ["Adventure", "Animation", "Children"], "year": 1995},
        {"genres": ["Comedy", "Drama"], "year": 1995},
        {"genres": ["Drama"], "year": 1995},
        {},
        {"genres": ["Crime"], "year": 1997},
    ]


def test_ratings(read: Read) -> None:
    reading = fixture(read, "ml-latest-small", "ratings.csv")
    events = reading.frame(Entity.EVENT)
    assert events.select("user_id", "item_id", "type", "rating", "time").rows()[:2] == [
        ("1", "1", "rate", 4.0, 964982703_000_000),
        ("1", "11", "rate", 3.5, 964981247_000_000),
    ]
    assert [(line, column) for line, column, _ in reading.rejects] == [(7, "rating"), (9, "timestamp")]
    assert all(chunk.new_items for chunk in reading.chunks)


def test_tags_are_reviews_that_say_a_word(read: Read) -> None:
    events = fixture(read, "ml-latest-small", "tags.csv").frame(Entity.EVENT)
    assert events.select("user_id", "item_id", "type", "text", "rating").rows() == [
        ("2", "1", "review", "funny", None),
        ("2", "88", "review", 'based on a "true" story, they say', None),
        ("7", "29", "review", "1995", None),
    ]


def test_a_folder_is_read_films_first_and_says_what_it_leaves(tmp_path: Path) -> None:
    chunks = folder(tmp_path, "ml-latest-small")
    assert [(chunk.file, chunk.entity.value, chunk.frame.height) for chunk in chunks] == [
        ("movies.csv", "item", 5),
        ("ratings.csv", "event", 8),
        ("tags.csv", "event", 3),
    ]
    assert "not read: links.csv" in chunks[0].notes[0]


def test_ml_1m_is_latin_1(tmp_path: Path) -> None:
    items, users, ratings = folder(tmp_path, "ml-1m")
    assert items.frame.select("item_id", "title", "category").rows() == [
        ("1", "Paper Boats (1995)", "Animation"),
        ("29", "City of Lost Kites, The (Cité) (1995)", "Drama"),
    ]
    assert items.repairs == {"not UTF-8: read as Latin-1": 1}
    assert json.loads(users.frame["attributes"][0]) == {
        "gender": "F",
        "age": "1",
        "occupation": "10",
        "zip_code": "48067",
    }
    assert ratings.frame.select("user_id", "item_id", "rating", "time").rows() == [
        ("1", "29", 5.0, 978300760_000_000),
        ("2", "1", 3.0, 978302109_000_000),
    ]


def test_ml_100k_has_flags_for_genres(tmp_path: Path) -> None:
    items, users, ratings = folder(tmp_path, "ml-100k")
    assert items.frame.select("item_id", "title", "category", "url").rows() == [
        ("1", "Paper Boats (1995)", "Animation", "http://films.example/title?Paper%20Boats"),
        ("267", "unknown", "", None),
    ]
    assert [json.loads(text) for text in items.frame["attributes"]] == [
        {"release_date": "01-Jan-1995", "genres": ["Animation", "Children's", "Comedy"], "year": 1995},
        {},
    ]
    assert users.frame.rows() == [
        ("1", '{"age":"24","gender":"M","occupation":"technician","zip_code":"85711"}'),
        ("2", '{"age":"53","gender":"F","occupation":"other","zip_code":"94043"}'),
    ]
    assert ratings.frame["time"].to_list() == [881250949_000_000, 891717742_000_000]


def test_another_file_is_refused_by_name(read: Read) -> None:
    with pytest.raises(InputError, match="begins like none of MovieLens's files"):
        read("x.csv", "a,b\n1,2\n", format="movielens")
