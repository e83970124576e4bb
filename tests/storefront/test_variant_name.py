"""What tells variants apart, and what a page says of attributes; names and values may be anything."""

from collections.abc import Sequence
from typing import Any

from shopkeeper.serving import Variant, Variants
from shopkeeper.storefront.variant import FACTS, LONGEST_FACT, LONGEST_NAME, facts_of, links_of


def variant(item_id: str, title: str = "Shirt", **attributes: Any) -> Variant:
    told = {name: value if isinstance(value, tuple) else (value,) for name, value in attributes.items()}
    return Variant(item_id, title, True, told)


def names(*shown: Variant, preferred: Sequence[str] = ()) -> list[str]:
    return [each.name for each in links_of(Variants(shown[0], shown, 0), preferred)]


def facts(shown: Variant, preferred: Sequence[str] = ()) -> list[tuple[str, str]]:
    return [(fact.title, fact.text) for fact in facts_of(shown, preferred)]


def test_variants_are_named_by_the_attributes_that_differ() -> None:
    rows = [("rot", "S"), ("rot", "M"), ("blau", "L")]
    shown = [variant(f"M100-{at}", farbe=colour, größe=size, stoff="Leinen") for at, (colour, size) in enumerate(rows)]
    assert names(*shown) == ["rot · S", "rot · M", "blau · L"]
    assert names(*shown, preferred=["größe", "never"]) == ["S · rot", "M · rot", "L · blau"]


def test_an_item_alone_has_nothing_to_choose() -> None:
    assert names(variant("a", colour="red")) == []


def test_the_present_one_and_those_out_of_stock_are_marked() -> None:
    here, gone = variant("a", size="S"), Variant("b", "Shirt", False, {"size": ("M",)})
    told = [(each.item_id, each.present, each.in_stock) for each in links_of(Variants(here, (gone, here), 0))]
    assert told == [("b", False, False), ("a", True, True)]


def test_without_attributes_that_differ_the_title_tells_and_else_the_id() -> None:
    assert names(variant("a", "Mug, red"), variant("b", " Mug,\n blue")) == ["Mug, red", "Mug, blue"]
    assert names(variant("a"), variant("b")) == ["a", "b"]


def test_variants_of_one_name_are_told_apart_all_the_same() -> None:
    red = [variant(item_id, title, colour="red") for item_id, title in (("a", "Mug, matt"), ("b", "Mug"), ("c", "Mug"))]
    assert names(*red, variant("d", "Mug", colour="blue")) == ["Mug, matt", "b", "c", "blue"]


def test_one_that_lacks_an_attribute_is_named_by_the_others_or_its_title() -> None:
    assert names(variant("a", size="S", colour="red"), variant("b", size="M"), variant("c", "Mug")) == [
        "S · red",
        "M",
        "Mug",
    ]


def test_codes_for_machines_name_nothing_that_is_told_apart_without_them() -> None:
    grid = [
        variant(f"{colour}-{size}", gtin=f"40063813339{at}{size}", colour=colour, size=size, mpn=f"MUG-{at}00")
        for at, (colour, size) in enumerate([("red", "3"), ("red", "4"), ("blue", "4")])
    ]
    assert names(*grid) == ["red · 3", "red · 4", "blue · 4"]
    assert names(variant("a", "Mug, red", gtin="40063813"), variant("b", "Mug, blue", gtin="40063814")) == [
        "Mug, red",
        "Mug, blue",
    ]
    assert names(variant("a", volume="1000ml"), variant("b", volume="1500ml")) == ["1000ml", "1500ml"]
    lamps = [variant("a", socket="E27", light="2700K-A1"), variant("b", socket="E27", light="4000K-A1")]
    assert names(*lamps) == ["2700K-A1", "4000K-A1"]


def test_yes_and_no_say_of_what() -> None:
    assert names(variant("a", gift_box="true"), variant("b", gift_box="false")) == ["Gift box: true", "Gift box: false"]


def test_names_are_short_and_never_empty() -> None:
    long = [variant("a", "Mug A", care="x" * 41), variant("b", "Mug B", care="y")]
    assert names(*long) == ["Mug A", "Mug B"]
    many = [variant(word, **{f"part {at}": word * 30 for at in range(9)}) for word in "ab"]
    assert names(*many) == [f"{'a' * 30} · {'a' * 26}…", f"{'b' * 30} · {'b' * 26}…"]
    assert {len(name) for name in names(*many)} == {LONGEST_NAME}
    alike = [variant(word, "t" * 70 + word, size=" \u00a0 ") for word in "ab"]
    assert names(*alike) == ["a", "b"], "cut, their titles are the same"
    assert names(variant("a", size=" "), variant("b", size="M", colour=("red", " dark\tblue "))) == [
        "Shirt",
        "M · red, dark blue",
    ]


def test_facts_are_titles_and_values_of_which_some_are_lists() -> None:
    told = variant("a", screen_size="5", colour=("red", "blue"), image=("https://shop.example/a.jpg",), care=" ")
    assert facts(told) == [("Screen size", "5"), ("Colour", "red, blue")]
    assert facts(told, ["colour"]) == [("Colour", "red, blue"), ("Screen size", "5")]
    assert facts(Variant("a", "Mug", True, {" ": ("x",)})) == []


def test_facts_are_bounded() -> None:
    many = facts(variant("a", **{f"n{at}": "word " * 100 for at in range(50)}), ["n49", "n48"])
    assert [title for title, _ in many] == ["N49", "N48", *(f"N{at}" for at in range(FACTS - 2))]
    assert all(len(text) <= LONGEST_FACT and text.endswith("word…") for _, text in many)
