"""Narrowing a search: what the address says of it, what filters, and what there is to choose."""

import polars as pl

from shopkeeper.pipeline.expression import ITEM_FILTER_COLUMN, check
from shopkeeper.record import Facet, Facets, FacetValue
from shopkeeper.storefront.narrow import (
    ASKED,
    LONGEST,
    MOST_BRANDS,
    MOST_VALUES,
    SHOWN,
    Choice,
    Narrowing,
    attribute_field,
    choices_of,
    facet_fields,
)

Q = {"q": "tea"}


def facets(brands: dict[str, int], categories: dict[str, int]) -> Facets:
    paths = tuple(FacetValue(path, count, path.count(" > ") + 1) for path, count in categories.items())
    names = tuple(FacetValue(name, count) for name, count in brands.items())
    return Facets(9, (Facet("category", paths, len(paths)), Facet("brand", names, len(names))))


def test_a_filter_is_made_of_what_was_chosen() -> None:
    assert Narrowing().filter is None
    assert Narrowing(("Toy", "L'Or")).filter == "brand IN ('Toy', 'L''Or')"
    below = "(category = 'Drinks > Tea' OR (category >= 'Drinks > Tea > ' AND category < 'Drinks > Tea >!'))"
    assert Narrowing(category="Drinks > Tea").filter == below
    assert Narrowing(("Toy",), "Drinks > Tea").filter == f"brand IN ('Toy') AND {below}"


def test_an_address_says_what_was_chosen_and_no_more() -> None:
    said = [("q", "tea"), ("brand", "a"), ("brand", "b"), ("brand", "a"), ("brand", ""), ("category", "x > y")]
    assert Narrowing.of(said) == Narrowing(("a", "b"), "x > y")
    assert Narrowing.of([("brand", f"b{number}") for number in range(30)]).brands[-1] == f"b{MOST_BRANDS - 1}"
    assert Narrowing(("a", "b&c"), "x > y").address == "category=x+%3E+y&brand=a&brand=b%26c"
    assert Narrowing().address == ""


def test_departments_come_first_and_then_what_lies_in_the_chosen_one() -> None:
    found = facets({}, {"Drinks": 5, "Drinks > Tea": 3, "Food": 2, "Drinks > Coffee": 2, "Drinks > Tea > Green": 1})
    (departments,) = choices_of(found, Narrowing(), Q)
    assert [(one.name, one.count, one.address) for one in departments.choices] == [
        ("Drinks", 5, "/search?q=tea&category=Drinks"),
        ("Food", 2, "/search?q=tea&category=Food"),
    ]
    (below,) = choices_of(found, Narrowing(category="Drinks > Tea"), Q)
    assert below.choices == (
        Choice("Drinks", 5, "/search?q=tea", chosen=True),
        Choice("Tea", 3, "/search?q=tea&category=Drinks", chosen=True),
        Choice("Green", 1, "/search?q=tea&category=Drinks+%3E+Tea+%3E+Green"),
    )


def test_where_all_lies_in_one_category_the_choice_is_among_what_it_holds() -> None:
    found = facets({}, {"Drinks": 5, "Drinks > Hot": 5, "Drinks > Hot > Tea": 3, "Drinks > Hot > Coffee": 2})
    (below,) = choices_of(found, Narrowing(), Q)
    assert [(one.name, one.address) for one in below.choices] == [
        ("Tea", "/search?q=tea&category=Drinks+%3E+Hot+%3E+Tea"),
        ("Coffee", "/search?q=tea&category=Drinks+%3E+Hot+%3E+Coffee"),
    ]


def test_a_chosen_brand_leads_the_others_and_can_be_taken_back() -> None:
    found = facets({"Alpina": 7, "Berg": 4, "Cima": 1}, {})
    (brands,) = choices_of(found, Narrowing(("Cima", "Gone")), Q)
    assert brands.choices == (
        Choice("Cima", 1, "/search?q=tea&brand=Gone", chosen=True),
        Choice("Gone", 0, "/search?q=tea&brand=Cima", chosen=True),
        Choice("Alpina", 7, "/search?q=tea&brand=Cima&brand=Gone&brand=Alpina"),
        Choice("Berg", 4, "/search?q=tea&brand=Cima&brand=Gone&brand=Berg"),
    )


def test_what_leaves_no_choice_is_not_shown() -> None:
    assert choices_of(None, Narrowing(), Q) == []
    assert choices_of(facets({"Toy": 9}, {"Food": 9}), Narrowing(), Q) == []
    assert [each.title for each in choices_of(facets({"Toy": 9}, {"Food": 9}), Narrowing(("Toy",)), Q)] == ["Brand"]


def test_attributes_are_chosen_in_an_address_and_filter() -> None:
    said = [("attribute.colour", "red"), ("attribute.screen size", "5'"), ("attribute.colour", "blue")]
    narrowing = Narrowing.of([*said, said[0], ("attribute.colour", ""), ("colour", "green")])
    assert narrowing == Narrowing(attributes={"colour": ("red", "blue"), "screen size": ("5'",)})
    assert narrowing.address == "attribute.colour=red&attribute.colour=blue&attribute.screen+size=5%27"
    assert narrowing.filter == """attribute."colour" IN ('red', 'blue') AND attribute."screen size" IN ('5''')"""
    assert attribute_field('6" nails') == 'attribute."6"" nails"'
    assert facet_fields(["colour"]) == ("category", "brand", 'attribute."colour"')


def test_of_attributes_only_those_that_are_offered_narrow_in_the_order_of_the_offer() -> None:
    said = Narrowing(("Toy",), "x", {"size": ("M",), "cost": ("2",), "colour": ("red",)})
    assert said.among(["colour", "weight", "size"]) == Narrowing(("Toy",), "x", {"colour": ("red",), "size": ("M",)})


def test_the_most_that_can_be_chosen_is_a_filter_that_is_allowed() -> None:
    attributes = [f"a{number}" for number in range(5)]
    brands = [("brand", str(number)) for number in range(30)]
    values = [(f"attribute.a{number % 5}", str(number)) for number in range(30)]
    narrowing = Narrowing.of([("category", "x > y"), *brands, *values]).among(attributes)
    assert sum(map(len, narrowing.attributes.values())) == MOST_VALUES
    assert check(narrowing.filter or "", ITEM_FILTER_COLUMN)


def test_what_is_not_offered_takes_no_place_of_what_is() -> None:
    junk = [("attribute.junk", str(number)) for number in range(30)]
    assert Narrowing.of([*junk, ("attribute.colour", "red")]).among(["colour"]).attributes == {"colour": ("red",)}


def test_long_names_are_as_many_as_a_filter_holds() -> None:
    tea = "茶" * 200  # 600 bytes
    chosen = [("brand", tea), ("brand", "a"), *(("attribute.colour", f"{number}{tea}") for number in range(5))]
    narrowing = Narrowing.of(chosen).among(["colour"])
    assert (narrowing.brands, [one[0] for one in narrowing.attributes["colour"]]) == ((tea, "a"), ["0", "1"])
    assert check(narrowing.filter or "", ITEM_FILTER_COLUMN)


def test_what_is_too_long_itself_takes_nothing_else_away() -> None:
    long = "茶" * 600  # 1,800 bytes, three times in a category's condition
    said = [("brand", "a"), ("attribute.colour", "red")]
    assert Narrowing.of([("category", long), *said]).among(["colour"]) == Narrowing(("a",), "", {"colour": ("red",)})
    several = [("brand", long), *said, ("category", "x > y"), ("brand", "b" * 300)]
    kept = Narrowing.of(several).among(["colour"])
    assert kept == Narrowing(("a", "b" * 300), "x > y", {"colour": ("red",)})
    quotes = [("category", "x"), ("brand", "'" * 600), ("attribute.colour", "b"), ("brand", "b" * 599)]
    assert Narrowing.of([*quotes, ("brand", "c" * 599)]).among(["colour"]) == Narrowing(
        ("b" * 599, "c" * 599), "x", {"colour": ("b",)}
    )


def test_a_name_is_left_out_rather_than_cut_to_one_that_nothing_has() -> None:
    assert Narrowing.of([("brand", "b" * (LONGEST + 1)), ("brand", "a")]).brands == ("a",)
    assert Narrowing.of([("category", "c" * (LONGEST + 1)), ("brand", "b" * LONGEST)]) == Narrowing(("b" * LONGEST,))


def test_attributes_follow_brands_and_several_of_their_values_can_be_chosen() -> None:
    values = (FacetValue("red", 5), FacetValue("blue", 2))
    found = Facets(9, (Facet("brand"), Facet('attribute."pack_colour"', values, 2)))
    (colours,) = choices_of(found, Narrowing(category="Tea", attributes={"pack_colour": ("blue",)}), Q)
    assert colours.title == "Pack colour"
    assert colours.choices == (
        Choice("blue", 2, "/search?q=tea&category=Tea", chosen=True),
        Choice("red", 5, "/search?q=tea&category=Tea&attribute.pack_colour=blue&attribute.pack_colour=red"),
    )


def test_a_page_shows_a_few_of_many() -> None:
    many = {f"b{number:03}": ASKED - number for number in range(ASKED)}
    (brands,) = choices_of(facets(many, {}), Narrowing(), Q)
    assert [one.name for one in brands.choices] == [f"b{number:03}" for number in range(SHOWN)]


def test_a_name_is_taken_as_it_is_written() -> None:
    paths = ["A_B", "A_B > c", "A_B > c > d", "AxB > c", "A_B >", "A_Bs > c", "50% off > x", "50 days off > x"]
    frame = pl.DataFrame({"category": paths})

    def kept(category: str) -> list[str]:
        filter = Narrowing.of([("category", category)]).filter
        return frame.filter(pl.sql_expr(filter or "true"))["category"].to_list()

    assert kept("A_B") == ["A_B", "A_B > c", "A_B > c > d"]
    assert kept("50% off") == ["50% off > x"]
    spaced = Narrowing.of([("brand", "Kings\u00a0Tea "), ("brand", "a\x00b\nc")])
    assert spaced.brands == ("Kings\u00a0Tea ", "abc")
