"""Facets of a search: what counts as a match, and that a field's own filter leaves its own counts alone."""

from dataclasses import replace

import pytest

from shopkeeper.error import InputError
from shopkeeper.record import Answer, Facets, Item, Offer, PriceRange, Query
from shopkeeper.serving import Engine

# Every word of theirs is their own: nothing else of the toy shop is found by it. (item_id, group, brand, aisle, price)
TOOLS = (
    ("sp-10", "sp", "Anvil", "Spanners", 500),
    ("sp-12", "sp", "Anvil", "Spanners", 700),
    ("sp-x", None, "Zephyr", "Spanners", 900),
    ("hm-1", None, "Anvil", "Hammers", 1500),
    ("hm-2", None, "Zephyr", "Hammers", 2500),
    ("hm-3", None, None, "Hammers", 3500),
)
HERE = "department = 'Ironmongery'"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """The toy shop, and an ironmonger's shelf."""
    items = [
        Item(id, title=f"Grommet {id}", brand=brand, group_id=group, category=("Ironmongery", aisle))
        for id, group, brand, aisle, _ in TOOLS
    ]
    engine.catalogue.put(items, [Offer(id, price=price, currency="EUR") for id, *_, price in TOOLS])
    return engine


def asked(engine: Engine, *facets: str, text: str = "grommet", filter: str | None = HERE, n: int = 10) -> Answer:
    (answer,) = engine.recommend([Query("search", n, text=text, filter=filter, facets=facets)])
    return answer


def told(answer: Answer, field: str) -> dict[str, int]:
    assert answer.facets is not None
    (facet,) = (facet for facet in answer.facets.fields if facet.field == field)
    return {each.value: each.count for each in facet.values}


def found(answer: Answer) -> int:
    assert answer.facets is not None
    return answer.facets.found


def test_products_are_counted_beyond_the_page_that_is_shown(engine: Engine) -> None:
    answer = asked(engine, "brand", "price", n=1)
    assert len(answer.items) == 1
    assert found(answer) == 5  # the two sizes of one spanner are one product
    assert told(answer, "brand") == {"Anvil": 2, "Zephyr": 2}
    assert answer.facets is not None
    assert [facet.field for facet in answer.facets.fields] == ["brand", "price"]
    assert answer.facets.fields[1].ranges == (PriceRange("EUR", 500, 3500, 5),)


def test_a_plain_search_has_no_facets(engine: Engine) -> None:
    assert asked(engine).facets is None


def test_variants_count_as_their_product_would(engine: Engine) -> None:
    before = asked(engine, "brand", "category", filter=f"{HERE} AND brand IN ('Anvil', 'Zephyr')")
    engine.catalogue.delete("sp-12")
    after = asked(engine, "brand", "category", filter=f"{HERE} AND brand IN ('Anvil', 'Zephyr')")
    assert before.facets == after.facets
    small, large = (asked(engine, "price", filter=f"{HERE} AND price {limit}") for limit in ("< 6", "> 6"))
    assert (found(small), found(large)) == (1, 4)


def test_a_fields_own_filter_does_not_restrict_its_counts(engine: Engine) -> None:
    answer = asked(engine, "brand", "category", "price", filter=f"{HERE} AND brand = 'Zephyr' AND price < 20")
    assert found(answer) == 1
    assert told(answer, "brand") == {"Anvil": 2, "Zephyr": 1}
    assert answer.facets is not None
    assert answer.facets.fields[2].ranges == (PriceRange("EUR", 900, 2500, 2),)
    either = asked(engine, "brand", filter=f"{HERE} AND (brand = 'Zephyr' OR price > 30)")
    assert told(either, "brand") == {"Zephyr": 2}  # no condition of its own: nobody can say which part is the brand's


def test_a_category_counts_with_all_that_lies_in_it(engine: Engine) -> None:
    ours = "brand IN ('Anvil', 'Zephyr')"
    whole = {"Ironmongery": 4, "Ironmongery > Hammers": 2, "Ironmongery > Spanners": 2}
    assert told(asked(engine, "category", filter=ours), "category") == whole
    hammers = f"(category = 'Ironmongery > Hammers' OR category LIKE 'Ironmongery > Hammers > %') AND {ours}"
    answer = asked(engine, "category", filter=hammers)
    assert (found(answer), told(answer, "category")) == (2, whole)


def test_every_place_of_a_list_is_a_match(engine: Engine) -> None:
    for text in ("grommet", "green tea or coffee", "something sweet", "milk", "tea-black", "zzzzqqq"):
        answer = asked(engine, "brand", text=text, filter=None, n=50)
        assert found(answer) >= len(answer.items)


def test_what_holds_every_word_is_a_match_and_what_shares_one_only_where_the_list_might_show_it(
    engine: Engine,
) -> None:
    many = [Item(f"peg-{number}", title=f"Wooden peg {number}", brand="Peg") for number in range(150)]
    engine.catalogue.put([*many, Item("peg-best", title="Wooden peg holder", brand="Best")])
    pegs = told(asked(engine, "brand", text="wooden peg", filter=None), "brand")
    assert (pegs["Peg"], pegs["Best"]) == (150, 1)
    one = told(asked(engine, "brand", text="wooden peg holder", filter=None), "brand")
    assert one["Best"] == 1
    assert one["Peg"] < 150


def test_a_search_for_nothing_has_empty_facets(engine: Engine) -> None:
    for text in ("", None):
        (answer,) = engine.recommend([Query("search", text=text, facets=("brand", "price"))])
        assert answer.facets is not None
        assert (answer.facets.found, [facet.values for facet in answer.facets.fields]) == (0, [(), ()])


def test_facets_are_of_the_market(engine: Engine) -> None:
    engine.catalogue.put([], [Offer("hm-3", "bern", stock=0), Offer("sp-x", "bern", 1000, "CHF")])
    (answer,) = engine.recommend(
        [Query("search", text="grommet", filter=HERE, market="bern", facets=("brand", "price"))]
    )
    assert answer.facets is not None
    assert answer.facets.found == 4
    assert answer.facets.fields[1].ranges == (PriceRange("EUR", 500, 2500, 3), PriceRange("CHF", 1000, 1000, 1))
    assert found(asked(engine, "brand")) == 5


def test_facets_in_a_batch_are_as_one_by_one(engine: Engine) -> None:
    queries = [
        Query("search", text=text, filter=f"{HERE} AND brand = 'Anvil'", facets=facets)
        for text, facets in (("grommet", ("brand",)), ("grommet hm-1", ()), (None, ("price",)), ("hm-2", ("brand",)))
    ]
    alone: list[Facets | None] = [engine.recommend([query])[0].facets for query in queries]
    assert [answer.facets for answer in engine.recommend(queries)] == alone
    assert alone[1] is None


def test_facets_follow_the_catalogue(engine: Engine) -> None:
    assert told(asked(engine, "brand"), "brand") == {"Anvil": 2, "Zephyr": 2}
    engine.catalogue.put([Item("hm-3", title="Grommet hm-3", brand="Zephyr", category=("Ironmongery", "Hammers"))])
    assert told(asked(engine, "brand"), "brand") == {"Anvil": 2, "Zephyr": 3}
    engine.catalogue.delete("sp-x")
    assert told(asked(engine, "brand"), "brand") == {"Anvil": 2, "Zephyr": 2}


def coloured(engine: Engine, *colours: tuple[str, object]) -> None:
    for id, colour in colours:
        stored = engine.catalogue.get(id)
        assert stored is not None
        engine.catalogue.put([replace(stored.item, attributes={"colour": colour, "Head size": 5})])


def test_attributes_are_facets_and_feel_no_condition_of_their_own(engine: Engine) -> None:
    coloured(engine, ("sp-10", "red"), ("sp-12", ["red", "blue"]), ("hm-1", "blue"), ("hm-2", "green"))
    assert told(asked(engine, "attribute.colour"), "attribute.colour") == {"blue": 2, "green": 1, "red": 1}
    red = asked(engine, "attribute.colour", "brand", filter=f"{HERE} AND attribute.colour = 'red'")
    assert (found(red), told(red, "brand")) == (1, {"Anvil": 1})
    assert told(red, "attribute.colour") == {"blue": 2, "green": 1, "red": 1}
    sized = asked(engine, 'attribute."Head size"', filter=f'{HERE} AND attribute."Head size" > 4 AND price < 20')
    assert told(sized, 'attribute."Head size"') == {"5": 2}


def test_attribute_facets_follow_the_catalogue(engine: Engine) -> None:
    coloured(engine, ("sp-10", "red"))
    assert told(asked(engine, "attribute.colour"), "attribute.colour") == {"red": 1}
    coloured(engine, ("hm-1", "red"), ("sp-10", "blue"))
    assert told(asked(engine, "attribute.colour"), "attribute.colour") == {"blue": 1, "red": 1}
    engine.catalogue.delete("hm-1")
    assert told(asked(engine, "attribute.colour"), "attribute.colour") == {"blue": 1}


def test_an_attribute_that_no_product_has_is_refused(engine: Engine) -> None:
    coloured(engine, ("sp-10", "red"))
    for query in (
        Query("search", text="grommet", facets=("attribute.color",)),
        Query("search", text="grommet", filter="attribute.color = 'red'"),
    ):
        with pytest.raises(InputError, match=r"No product has an attribute 'color'. There are: .*colour"):
            engine.recommend([query])


@pytest.mark.parametrize(("name", "hint"), [("color", ""), ("colour", r"Did you mean attribute\.colour\? ")])
def test_a_facet_that_there_is_not_is_refused_with_the_attributes_that_there_are(
    engine: Engine, name: str, hint: str
) -> None:
    coloured(engine, ("sp-10", "red"))
    there = "There are: brand, category, department, price; attribute.NAME with NAME of: Head size, colour"
    with pytest.raises(InputError, match=rf"^There is no facet '{name}'\. {hint}{there}\.$"):
        engine.recommend([Query("search", text="grommet", facets=(name,))])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (Query("search", text="a", facets=("brand", "colour")), "no facet 'colour'. There are: brand, category, dep"),
        (Query("home", facets=("brand",)), "'home' is no search"),
        (Query("search", text="a", facets=("brand",), max_facet_values=0), "1 to 200"),
        (Query("search", text="a", facets=("brand",), max_facet_values=201), "1 to 200"),
    ],
)
def test_facets_that_there_are_not_are_refused(engine: Engine, query: Query, words: str) -> None:
    with pytest.raises(InputError, match=words):
        engine.recommend([query])
