"""Conditions on attributes hold where one of an item's values meets them; of what has none they are false."""

import json

import pytest

from shopkeeper.error import FilterError
from shopkeeper.pipeline.expression import filter_mask
from shopkeeper.testing.log import table_of

GOODS = table_of(
    [
        {"brand": "a", "attributes": json.dumps({"colour": "red", "weight": 5, "organic": True, "size": "M"})},
        {"brand": "b", "attributes": json.dumps({"colour": ["blue", "red"], "weight": "12.5", "size": 38})},
        {"brand": "a", "attributes": json.dumps({"colour": "L'Or", "screen size": '12"', "颜色": "红"})},
        {"brand": "b"},
    ]
)


@pytest.mark.parametrize(
    ("expression", "items"),
    [
        ("attribute.colour = 'red'", [0, 1]),
        ("attribute.colour IN ('blue', 'L''Or')", [1, 2]),
        ("attribute.colour = 'red' AND attribute.colour = 'blue'", [1]),
        ("attribute.colour != 'red'", [1, 2]),  # one of its colours is another
        ("NOT attribute.colour = 'red'", [2]),  # none of its colours is red
        ("attribute.colour NOT IN ('red', 'blue')", [2]),
        ("attribute.colour LIKE '%u%' OR brand = 'a'", [0, 1, 2]),
        ("attribute.colour NOT ILIKE 'R%'", [1, 2]),
        ("attribute.colour IS NULL", [3]),
        ("attribute.colour is not null and not (brand = 'b')", [0, 2]),
        ("attribute.weight > 5", [1]),
        ("attribute.weight BETWEEN -1 AND 5 AND brand = 'a'", [0]),
        ("attribute.weight IN (5, 12.5)", [0, 1]),
        ("attribute.weight = '5'", [0]),
        ("attribute.size > 3", [1]),
        ("NOT attribute.size > 50", [1]),  # of M it is not known
        ("attribute.organic = TRUE", [0]),
        ("attribute.organic = false", []),
        ('Attribute."screen size" = \'12"\'', [2]),
        ("attribute.颜色 = '红'", [2]),
        ("brand = 'a' AND price IS NULL AND attribute.colour = 'red'", [0]),
    ],
)
def test_an_expression_selects_by_attributes(expression: str, items: list[int]) -> None:
    assert filter_mask(GOODS, expression).nonzero()[0].tolist() == items


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("attribute.color = 'red'", r"No product has an attribute 'color'\. There are: colour, "),
        ("attribute.Colour = 'red'", "There are: colour, "),
        ("attribute.colour", "An attribute stands before"),
        ("attribute.colour AND brand = 'a'", "An attribute stands before"),
        ("'red' = attribute.colour", "An attribute stands before"),
        ("attribute.colour = brand", "An attribute stands before"),
        ("attribute.colour = attribute.size", "An attribute stands before"),
        ("attribute.colour IN ()", "An attribute stands before"),
        ("attribute.colour('red')", "An attribute stands before"),
        ("attribute.colour LIKE 5", "An attribute stands before"),
        ("attribute.colour IN ('red', 5)", "texts and numbers at once"),
        ("attribute.colour 'red'", "no operator between"),
        ("brand attribute.colour = 'red'", "no operator between"),
        ("attribute. colour = 'red'", "names 'attribute'|cannot be read"),
        ("attribute = 'red'", "names 'attribute', which is no column.*attribute.NAME"),
        ("attribute.weight = 1 BETWEEN 0 AND 1", "An attribute stands before"),
        ("attribute.weight = 5 - 3", "An attribute stands before"),
        ("5 - attribute.weight = 3", "An attribute stands before"),
        ("brand = attribute.colour = 'a'", "An attribute stands before"),
        ("attribute.weight = 5 IS NULL", "An attribute stands before"),
        ("condition_0 = TRUE AND attribute.colour = 'red'", "names 'condition_0'"),
        ("attribute.weight = - - 5", "comment"),
    ],
)
def test_what_is_refused_of_attributes(expression: str, words: str) -> None:
    with pytest.raises(FilterError, match=words):
        filter_mask(GOODS, expression)


def test_a_refusal_of_a_catalogue_without_attributes_says_so() -> None:
    with pytest.raises(FilterError, match="None has any"):
        filter_mask(table_of([{}]), "attribute.colour = 'red'")
