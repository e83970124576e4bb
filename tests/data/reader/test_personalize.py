"""The reader `personalize`: interactions, items and users of Amazon Personalize."""

import json
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.data.reader import Entity
from shopkeeper.error import InputError

Read = Any
FIXTURE = Path(__file__).parent / "fixture"


def fixture(read: Read, name: str, **option: Any) -> Any:
    return read(name, (FIXTURE / name).read_bytes(), **option)


def test_interactions_are_events_and_what_was_shown_beside_them(read: Read) -> None:
    events = fixture(read, "personalize_interactions.csv").frame(Entity.EVENT)
    assert events.select("user_id", "item_id", "type").rows() == [
        ("ada", "tea-01", "view"),
        ("ada", "tea-01", "cart"),
        ("ada", "tea-01", "purchase"),
        ("ben", "mug-07", "view"),
        ("ben", "mug-07", "rate"),
        ("cleo", "tin-02", "view"),
        ("dora", "tea-03", "view"),
        ("ed", "mug,07", "view"),
        ("ada", "tea-01", "impression"),
        ("ada", "mug-07", "impression"),
        ("ada", "tin-02", "impression"),
        ("ed", "mug,07", "impression"),
        ("ed", "tea-01", "impression"),
    ]
    assert events["time"][0] == 1488888000_000_000
    shown = events.filter(type="impression")
    assert shown["position"].to_list() == [0, 1, 2, 0, 2]
    assert shown["time"].to_list() == [1488888000_000_000] * 3 + [1488902400_000_000] * 2
    assert shown["recommendation_id"].to_list() == ["RID-5f2"] * 3 + [None] * 2


def test_the_value_of_a_rating_is_its_rating_and_any_other_is_kept(read: Read) -> None:
    events = fixture(read, "personalize_interactions.csv").frame(Entity.EVENT)
    assert events["rating"].to_list()[:8] == [None, None, None, None, 4.5, None, None, None]
    contexts = [json.loads(text) for text in events["context"]][:8]
    assert contexts == [
        {"DEVICE": "phone"},
        {"DEVICE": "phone"},
        {"EVENT_VALUE": "7.90", "DEVICE": "phone"},
        {"DEVICE": "laptop"},
        {"DEVICE": "laptop"},
        {"event_name": "StartCheckout"},
        {"EVENT_VALUE": "0.8", "DEVICE": "tv", "event_name": "Watch"},
        {},
    ]


def test_unknown_event_types_are_views_and_said(read: Read) -> None:
    reading = fixture(read, "personalize_interactions.csv")
    assert reading.repairs == {"EVENT_TYPE that we do not know: read as a view, its name kept in context": 2}
    assert [(line, column) for line, column, _ in reading.rejects] == [(8, "ITEM_ID"), (9, "TIMESTAMP")]


def test_a_mapping_says_what_the_value_is(read: Read) -> None:
    text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\nu1,p1,1488888000,purchase,7.90\n"
    events = read("x.csv", text, mapping={"EVENT_VALUE": "value"}).frame(Entity.EVENT)
    assert events.select("value", "currency").rows() == [(790, "USD")]


def test_items_have_their_category_path_price_and_first_day(read: Read) -> None:
    reading = fixture(read, "personalize_items.csv")
    items = reading.frame(Entity.ITEM)
    assert items.select("item_id", "category").rows() == [
        ("tea-01", "Drinks > Tea"),
        ("tea-03", "Drinks > Tea"),
        ("mug-07", "Kitchen"),
        ("tin-02", "Kitchen > Storage"),
        ("cup-04", "Kitchen > Cups"),
        ("pot-05", "Kitchen > Pots"),
        ("sieve-6", "Kitchen > Tools"),
        ("book-09", "Books"),
    ]
    assert items.row(0, named=True)["description"] == "Darjeeling, first flush, 100 g"
    assert items["available_from"][0] == 1480550400_000_000
    assert [json.loads(text) for text in items["attributes"]][:3] == [
        {"GENDER": "Any"},
        {"CATEGORY_L2": "Tea|Gifts", "GENDER": "Any"},
        {},
    ]
    offers = reading.frame(Entity.OFFER)
    assert offers["price"].to_list() == [790, 540, 120000, 350, 2400, 220, 1200]
    assert [(line, column) for line, column, _ in reading.rejects] == [(8, "ITEM_ID"), (10, "CREATION_TIMESTAMP")]


def test_a_film_has_the_first_of_its_genres(read: Read) -> None:
    items = read("x.csv", "ITEM_ID,GENRES\nm1,Action|Comedy\n").frame(Entity.ITEM)
    assert items.select("category", "attributes").rows() == [("Action", '{"GENRES":"Action|Comedy"}')]


def test_users_keep_what_is_known_of_them(read: Read) -> None:
    users = fixture(read, "personalize_users.csv").frame(Entity.USER)
    assert [(name, json.loads(text)) for name, text in users.rows()] == [
        ("ada", {"AGE": "34", "GENDER": "F", "MEMBERSHIP": "gold"}),
        ("ben", {"AGE": "41", "GENDER": "M"}),
        ("cleo", {"MEMBERSHIP": "silver"}),
    ]


def test_a_file_without_ids_is_refused_by_name(read: Read) -> None:
    with pytest.raises(InputError, match="neither USER_ID nor ITEM_ID"):
        read("x.csv", "a,b\n1,2\n", format="personalize")
