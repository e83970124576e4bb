"""Attributes as columns: what is a value, whose attributes are read, and what a change reads anew."""

import json
from typing import Any

import pytest

from shopkeeper.data.attribute import Attributes, attribute_of, served_attributes
from shopkeeper.error import InputError
from shopkeeper.testing.log import table_of


def row(told: object, **more: object) -> dict[str, Any]:
    return {"attributes": json.dumps(told, ensure_ascii=False), **more}


def values(attributes: Attributes, name: str) -> list[tuple[int, str]]:
    found = attributes.find(name)
    return list(zip(found.item.tolist(), found.value.to_list(), strict=True))


def test_texts_numbers_and_truths_are_values_alone_or_in_lists() -> None:
    table = table_of(
        [
            row({"colour": "red", "weight": 5, "organic": True}),
            row({"colour": ["blue", "red", "blue", None, ["deep"]], "weight": 5.0, "size": "5.50"}),
            row({"colour": None, "seller": {"name": "Ann"}, "weight": 0.25, "": "nameless", "long": "x" * 201}),
            row({"colour": "红色", "organic": False}),
        ]
    )
    assert values(table.attributes, "colour") == [(0, "red"), (1, "blue"), (1, "red"), (3, "红色")]
    assert values(table.attributes, "weight") == [(0, "5"), (1, "5"), (2, "0.25")]
    assert values(table.attributes, "organic") == [(0, "true"), (3, "false")]
    assert table.attributes.names() == ["colour", "weight", "organic", "size"]
    assert table.attributes.find("weight").number.to_list() == [5.0, 5.0, 0.25]
    assert table.attributes.find("colour").number.to_list() == [None] * 4


def test_what_is_no_finite_number_is_none() -> None:
    told = table_of([row({"x": each}) for each in ("nan", "inf", "-3", "1e2", "12 OZ")])
    assert told.attributes.find("x").number.to_list() == [None, None, -3.0, 100.0, None]


def test_only_products_that_are_there_have_attributes() -> None:
    goods = [row({"a": "x"}, kind="campaign"), row({"a": "x"}, deleted=True), {}, row({"b": "x"})]
    attributes = table_of(goods).attributes
    assert attributes.names() == ["b"]
    with pytest.raises(InputError, match=r"No product has an attribute 'a'. There are: b\.$"):
        attributes.find("a")


def test_an_error_names_some_of_many_attributes_and_says_where_there_is_none() -> None:
    with pytest.raises(InputError, match=r"There are: n00, .*, n19 and 5 more\.$"):
        table_of([row({f"n{number:02}": "x" for number in range(25)})]).attributes.find("colour")
    for empty in (table_of([]), table_of([{}])):
        with pytest.raises(InputError, match="None has any"):
            empty.attributes.find("colour")


def test_a_field_names_an_attribute_plainly_or_in_quotes() -> None:
    assert attribute_of("attribute.colour") == "colour"
    assert attribute_of("attribute.Screen size") == attribute_of('attribute."Screen size"') == "Screen size"
    assert attribute_of('attribute."12"" rack"') == '12" rack'
    assert attribute_of("brand") is None


def test_a_change_is_laid_over_what_was_read() -> None:
    before = table_of([row({"colour": "red", "size": "M"}), row({"colour": "blue"}), row({"kind": "x"})])
    assert before.attributes.names() == ["colour", "kind", "size"]
    changed = table_of([{}, row({"colour": ["green", "red"]}), row({"kind": "x"}), row({"size": "L"})]).frame[1:]
    after = before.replaced(changed)
    assert values(after.attributes, "colour") == [(0, "red"), (1, "green"), (1, "red")]
    assert values(after.attributes, "size") == [(0, "M"), (3, "L")]
    assert after.attributes.find("kind") is before.attributes.find("kind")  # nothing in it differs
    gone = after.replaced(table_of([row({"size": "M"}, deleted=True)]).frame)
    assert values(gone.attributes, "colour") == [(1, "green"), (1, "red")]
    bare = gone.replaced(table_of([{}, {}, {}]).frame[2:])
    assert bare.attributes.names() == ["colour", "size"]


def test_changes_over_what_was_never_read_are_read_from_the_table() -> None:
    table = table_of([row({"colour": "red"})]).replaced(table_of([row({"colour": "blue"})]).frame)
    assert values(table.attributes, "colour") == [(0, "blue")]


def test_what_is_served_names_nobody() -> None:
    """A bundle holds no rows about users: what is nested may name them, and so do campaigns."""
    served = served_attributes(
        table_of(
            [
                row({"colour": ["red", "blue"], "weight": 5, "review": [{"author": "Ann"}], "made": {"by": "Ann"}}),
                row({"households": ["27"]}, kind="campaign"),
                row({"colour": "red"}, deleted=True),
                {"attributes": None},
                {},
            ]
        ).frame
    )
    assert list(map(json.loads, served)) == [{"colour": ["red", "blue"], "weight": "5"}, {}, {}, {}, {}]
    assert served_attributes(table_of([]).frame).to_list() == []
    assert served.name == "attributes"
