"""Facets count products, not variants: each once for every value that its variants have."""

import gc
import weakref
from contextlib import suppress

import numpy as np
import pytest

from shopkeeper.data import ItemTable
from shopkeeper.error import InputError
from shopkeeper.record import FacetValue, PriceRange
from shopkeeper.search.facet import FACET_COLUMN, CatalogueFacets
from shopkeeper.testing.log import table_of


def good(brand: str | None, category: str, price: int | None = None, group: int | None = None) -> dict[str, object]:
    told: dict[str, object] = {"brand": brand, "category": category, "price": price, "currency": "EUR"}
    return told if group is None else {**told, "group_index": group}


GOODS = [
    good("Alpina", "Dairy > Milk", 119),  # 0 leads a group of 0, 1 and 2
    good("Alpina", "Dairy > Cream", 159, 0),
    good("Berg", "Dairy > Milk", 99, 0),
    good("Berg", "Dairy > Milk > Oat", 249),  # 3
    good(None, "Household", None),  # 4
    good("", "", 500),  # 5
    {**good("Ätna", "Household", 4900), "currency": "JPY"},  # 6
]


@pytest.fixture
def facets() -> CatalogueFacets:
    return CatalogueFacets(table_of(GOODS))


def counted(facets: CatalogueFacets, field: str, items: list[int], most: int = 20) -> list[tuple[str, int]]:
    return [(each.value, each.count) for each in facets.facet(field, np.array(items, np.int32), most).values]


ALL = list(range(len(GOODS)))


def test_a_product_counts_once_for_each_value_of_its_variants(facets: CatalogueFacets) -> None:
    assert counted(facets, "brand", ALL) == [("Berg", 2), ("Alpina", 1), ("Ätna", 1)]
    assert counted(facets, "brand", [1, 2]) == [("Alpina", 1), ("Berg", 1)]
    assert counted(facets, "brand", [0, 1]) == [("Alpina", 1)]
    assert counted(facets, "brand", [4, 5]) == []
    assert [facets.products(np.array(items)) for items in (ALL, [1, 2], [2, 3])] == [5, 1, 2]


def test_a_category_counts_at_each_level_of_its_path(facets: CatalogueFacets) -> None:
    values = facets.facet("category", np.array(ALL), 20).values
    assert values == (
        FacetValue("Dairy", 2, 1),
        FacetValue("Dairy > Milk", 2, 2),
        FacetValue("Household", 2, 1),
        FacetValue("Dairy > Cream", 1, 2),
        FacetValue("Dairy > Milk > Oat", 1, 3),
    )
    assert counted(facets, "department", ALL) == [("Dairy", 2), ("Household", 2)]
    assert counted(facets, "category", [1]) == [("Dairy", 1), ("Dairy > Cream", 1)]


def test_only_the_most_frequent_values_are_told_and_how_many_there_are(facets: CatalogueFacets) -> None:
    facet = facets.facet("brand", np.array(ALL), 2)
    assert [each.value for each in facet.values] == ["Berg", "Alpina"]  # Ätna is as frequent, and later in order
    assert facet.distinct == 3
    assert facets.facet("department", np.array(ALL), 1).distinct == 2


def test_no_category_is_told_without_the_one_above_it(facets: CatalogueFacets) -> None:
    for most in range(1, 6):
        told = [value for value, _ in counted(facets, "category", ALL, most)]
        assert all(value.rpartition(" > ")[0] in ["", *told] for value in told)


def test_prices_are_a_range_for_each_currency(facets: CatalogueFacets) -> None:
    facet = facets.facet("price", np.array(ALL), 20)
    assert facet.ranges == (PriceRange("EUR", 99, 500, 3), PriceRange("JPY", 4900, 4900, 1))
    assert (facet.values, facet.distinct) == ((), 0)
    assert facets.facet("price", np.array([4]), 20).ranges == ()


def test_nothing_found_has_no_values(facets: CatalogueFacets) -> None:
    none = np.empty(0, np.int32)
    assert facets.products(none) == 0
    for field in FACET_COLUMN:
        facet = facets.facet(field, none, 20)
        assert (facet.values, facet.distinct, facet.ranges) == ((), 0, ())


def test_an_empty_catalogue_has_facets_too() -> None:
    for items in (table_of([]), table_of([{}, {}])):
        facets = CatalogueFacets(items)
        for field in FACET_COLUMN:
            assert facets.facet(field, np.arange(len(items), dtype=np.int32), 20).values == ()


def test_counting_products_is_counting_items_where_no_product_has_variants() -> None:
    rng = np.random.default_rng(4)
    brands = [f"b{number}" for number in rng.integers(0, 30, 500)]
    facets = CatalogueFacets(table_of([good(brand, "") for brand in brands]))
    some = rng.choice(500, 200, replace=False)
    told = counted(facets, "brand", some.tolist(), 200)
    expected = {brand: sum(brands[item] == brand for item in some) for brand in set(brands)}
    assert told == sorted(((b, n) for b, n in expected.items() if n), key=lambda each: (-each[1], each[0]))


def test_what_was_made_serves_a_later_table_where_nothing_in_it_differs(facets: CatalogueFacets) -> None:
    first = counted(facets, "brand", ALL)
    dearer = CatalogueFacets(table_of([{**row, "price": 1} for row in GOODS]), facets)
    assert counted(dearer, "brand", ALL) == first
    assert dearer._made["brand"] is facets._made["brand"]
    assert dearer.facet("price", np.array([0]), 20).ranges == (PriceRange("EUR", 1, 1, 1),)

    def later(rows: list[dict[str, object]]) -> list[tuple[str, int]]:
        items: ItemTable = table_of(rows)
        return counted(CatalogueFacets(items, facets), "brand", list(range(len(items))))

    assert later([{**GOODS[0], "brand": "Cima"}, *GOODS[1:]])[-2:] == [("Cima", 1), ("Ätna", 1)]
    assert later([*GOODS, good("Berg", "")])[0] == ("Berg", 3)
    assert later([{**row, "group_index": at} for at, row in enumerate(GOODS)])[:2] == [("Alpina", 2), ("Berg", 2)]


TAGGED: list[dict[str, object]] = [
    {"attributes": '{"colour": ["red", "blue"], "size": 38}'},  # 0 leads a group of 0 and 1
    {"attributes": '{"colour": ["blue", "green"]}', "group_index": 0},
    {"attributes": '{"colour": "blue", "size": "M"}'},
    {"brand": "Berg"},
]


def test_a_product_counts_once_for_each_value_of_an_attribute() -> None:
    facets = CatalogueFacets(table_of(TAGGED))
    assert counted(facets, "attribute.colour", [0, 1, 2, 3]) == [("blue", 2), ("green", 1), ("red", 1)]
    assert counted(facets, "attribute.colour", [1, 3]) == [("blue", 1), ("green", 1)]
    assert counted(facets, 'attribute."size"', [0, 1, 2, 3]) == [("38", 1), ("M", 1)]
    assert counted(facets, "attribute.colour", []) == []
    facet = facets.facet("attribute.colour", np.arange(4, dtype=np.int32), 1)
    assert (len(facet.values), facet.distinct) == (1, 3)


def test_an_attribute_that_no_product_has_is_an_error() -> None:
    with pytest.raises(InputError, match=r"No product has an attribute 'color'. There are: colour, size\."):
        CatalogueFacets(table_of(TAGGED)).facet("attribute.color", np.array([0]), 20)


def test_a_later_table_counts_its_own_attributes() -> None:
    table = table_of(TAGGED)
    facets = CatalogueFacets(table)
    assert counted(facets, "attribute.colour", [2]) == [("blue", 1)]
    dearer = table.replaced(table_of([{**TAGGED[0], "price": 5}]).frame)
    same = CatalogueFacets(dearer, facets)
    assert counted(same, "attribute.colour", [2]) == [("blue", 1)]
    assert same._made["attribute.colour"] is facets._made["attribute.colour"]
    swapped = table_of([*TAGGED[:2], {}, TAGGED[2]]).frame[2:]  # the same values, of other items
    other = CatalogueFacets(table.replaced(swapped), facets)
    assert counted(other, "attribute.colour", [2, 3]) == [("blue", 1)]
    assert counted(other, "attribute.colour", [2]) == []


def test_facets_keep_no_table_alive() -> None:
    """They are kept by table, in memory that lasts as long as the table: whoever held it would hold it for ever."""
    items = table_of(GOODS)
    facets = CatalogueFacets(items)
    counted(facets, "brand", ALL)
    with suppress(InputError):
        counted(facets, "attribute.colour", ALL)
    facets.facet("price", np.array(ALL), 20)
    gone = weakref.ref(items)
    del items
    gc.collect()
    assert gone() is None
