"""The variants of an item that can be sold, as its page offers them: live, of any market, and not too many."""

from typing import Any

import pytest

from shopkeeper.record import DAY, Item, ItemKind, ItemPatch, Offer
from shopkeeper.serving import Engine, Variants
from shopkeeper.serving.variant import MOST


def shirt(item_id: str, **fields: Any) -> Item:
    return Item(item_id, title=f"Shirt {item_id}", group_id="shirt", **fields)


def variants(engine: Engine, item_id: str, market: str = "") -> Variants:
    found = engine.catalogue.variants(item_id, market)
    assert found is not None
    return found


def ids(found: Variants) -> list[str]:
    return [each.item_id for each in found.shown]


def test_the_group_is_shown_in_the_catalogues_order_and_the_item_among_it(engine: Engine) -> None:
    engine.catalogue.put([shirt("b"), shirt("a"), Item("hat", title="Hat", group_id="hats"), shirt("c")])
    found = variants(engine, "a")
    assert (ids(found), found.present.item_id, found.more) == (["b", "a", "c"], "a", 0)
    assert found.present is found.shown[1]
    assert ids(variants(engine, "hat")) == ["hat"]
    assert ids(variants(engine, "milk")) == ["milk"]


def test_what_cannot_be_sold_is_left_out_but_for_the_item_itself(engine: Engine) -> None:
    now = engine.now()
    engine.catalogue.put(
        [
            shirt("on"),
            shirt("disabled", enabled=False),
            shirt("expired", expires_at=now),
            shirt("last-day", expires_at=now + DAY),
            shirt("not-yet", available_from=now + DAY),
            shirt("deleted"),
            shirt("advert", kind=ItemKind.AD),
        ]
    )
    engine.catalogue.delete("deleted")
    assert ids(variants(engine, "on")) == ["on", "last-day"]
    assert ids(variants(engine, "expired")) == ["on", "expired", "last-day"]
    assert ids(variants(engine, "advert")) == ["advert"]


@pytest.mark.parametrize("item_id", ["deleted", "nobody"])
def test_an_item_that_is_not_there_has_none(engine: Engine, item_id: str) -> None:
    engine.catalogue.put([shirt("deleted"), shirt("on")])
    engine.catalogue.delete("deleted")
    assert engine.catalogue.variants(item_id) is None


def test_each_change_of_the_group_is_seen_at_once(engine: Engine) -> None:
    engine.catalogue.put([shirt("a")])
    assert ids(variants(engine, "a")) == ["a"]
    engine.catalogue.put([shirt("b", attributes={"size": "M"})])
    assert ids(variants(engine, "a")) == ["a", "b"]
    assert variants(engine, "a").shown[1].attributes == {"size": ("M",)}
    engine.catalogue.patch([ItemPatch("b", {"attributes": {"size": "L"}})])
    assert variants(engine, "b").present.attributes == {"size": ("L",)}
    engine.catalogue.patch([ItemPatch("milk", {"group_id": "shirt"})])  # an older item now leads the group
    assert ids(variants(engine, "b")) == ["milk", "a", "b"]
    engine.catalogue.delete("a")
    engine.catalogue.patch([ItemPatch("milk", {"group_id": None})])
    assert ids(variants(engine, "b")) == ["b"]


def test_stock_is_the_markets_and_is_taken_as_there_where_it_is_not_tracked(engine: Engine) -> None:
    offers = [Offer("a", stock=0), Offer("b", stock=2), Offer("b", "zurich", stock=0)]
    engine.catalogue.put([shirt("a"), shirt("b"), shirt("c")], offers)
    assert [each.in_stock for each in variants(engine, "c").shown] == [False, True, True]
    assert [each.in_stock for each in variants(engine, "c", "zurich").shown] == [False, False, True]


def test_attributes_are_plain_texts_and_a_products_alone(engine: Engine) -> None:
    told = {"colour": ["red", "blue"], "size": 5.0, "washable": True, "nothing": None, "nested": {"a": 1}}
    engine.catalogue.put([shirt("a", attributes=told), shirt("ad", kind=ItemKind.AD, attributes={"sent_to": ["u1"]})])
    assert variants(engine, "a").present.attributes == {
        "colour": ("red", "blue"),
        "size": ("5",),
        "washable": ("true",),
    }
    assert variants(engine, "ad").present.attributes == {}


def test_an_item_without_a_title_goes_by_its_id(engine: Engine) -> None:
    engine.catalogue.put([Item("bare", group_id="shirt")])
    assert variants(engine, "bare").present.title == "bare"


def test_of_a_large_group_those_next_to_the_item_are_shown_and_the_rest_is_counted(engine: Engine) -> None:
    names = [f"s{number:02}" for number in range(50)]
    engine.catalogue.put([shirt(name) for name in names])
    for place, first in ((0, 0), (15, 0), (16, 1), (25, 10), (34, 19), (35, 19), (49, 19)):
        found = variants(engine, names[place])
        assert ids(found) == names[first : first + MOST + 1]
        assert (found.present.item_id, found.more) == (names[place], 50 - MOST - 1)


def test_a_group_of_as_many_as_are_shown_leaves_none_out(engine: Engine) -> None:
    engine.catalogue.put([shirt(f"s{number}") for number in range(MOST + 1)])
    assert variants(engine, "s3").more == 0
    assert len(variants(engine, "s3").shown) == MOST + 1
