"""A filter's own conditions on a field are taken out of it where ANDs join them to the rest."""

import pytest

from shopkeeper.pipeline.own_condition import without_own


@pytest.mark.parametrize(
    ("expression", "left"),
    [
        ("brand = 'a'", None),
        ("brand IN ('a', 'b') AND price < 5", "price < 5"),
        ("price < 5 and Brand <> 'a' AND in_stock", "price < 5 AND in_stock"),
        ("price BETWEEN 1 AND 2 AND brand = 'a'", "price BETWEEN 1 AND 2"),
        ("brand BETWEEN 'a' AND 'c' AND brand <> 'b'", None),
        ("(brand = 'a' OR brand = 'b') AND NOT (price < 5 OR in_stock)", "NOT ( price < 5 OR in_stock )"),
        ("NOT brand = 'a' AND title = 'x AND brand'", "title = 'x AND brand'"),
        ("brand LIKE 'a%' AND brand IS NOT NULL", None),
    ],
)
def test_conditions_on_the_field_are_left_out(expression: str, left: str | None) -> None:
    assert without_own(expression, {"brand"}) == left


def test_conditions_on_an_attribute_are_its_own_however_it_is_quoted() -> None:
    filter = "attribute.colour IN ('red') AND Attribute.\"colour\" <> 'blue' AND attribute.\"screen size\" = '5'"
    assert without_own(filter, {"attribute.colour"}) == "attribute.\"screen size\" = '5'"
    assert without_own(filter, {"attribute.screen size"}) != filter
    assert without_own(filter, {"attribute.Colour"}) == filter


@pytest.mark.parametrize(
    "expression",
    [
        "price < 5",
        "brand = 'a' OR price < 5",
        "in_stock AND brand = 'a' OR brand = 'b'",
        "(brand = 'a' AND price < 5)",
        "brand = title",
        "TRUE",
        "title = 'brand'",
    ],
)
def test_a_filter_of_which_nothing_is_the_fields_own_stays_as_it_is(expression: str) -> None:
    assert without_own(expression, {"brand"}) == expression


def test_a_field_may_have_several_columns() -> None:
    filter = "(department = 'Food' OR category LIKE 'Food > %') AND price < 5"
    assert without_own(filter, {"category", "department"}) == "price < 5"
    assert without_own(filter, {"category"}) == filter
