"""Tiles: the department chooses colour and icon, and every icon is in the sprite."""

import re

import pytest

from shopkeeper.storefront.tile import DEPARTMENTS, PLAIN_ICON, tile_of
from shopkeeper.storefront.view import HERE


@pytest.mark.parametrize(
    ("department", "icon"),
    [
        ("PRODUCE", "leaf"),
        ("SEAFOOD-PCKGD", "fish"),
        ("MEAT-PCKGD", "meat"),
        ("DRUG GM", "pill"),
        ("GROCERY", "basket"),
        ("Soft drinks", "bottle"),
        ("Frozen foods", "snow"),
        ("Quantum goods", PLAIN_ICON),
    ],
)
def test_the_department_chooses_the_icon(department: str, icon: str) -> None:
    assert tile_of((department, "Something"), "A title").icon == icon


def test_the_narrowest_category_that_says_something_decides() -> None:
    assert tile_of(("Grocery", "Canned vegetables", "Quantum"), "A title").icon == "can"
    assert tile_of(("Grocery", "Frozen foods", "Pizza"), "A title").icon == "bread"


def test_letters_are_initials_of_the_narrowest_category_or_the_title() -> None:
    assert tile_of(("GROCERY", "Soft drinks"), "Cola").letters == "SD"
    assert tile_of((), "green tea leaves").letters == "GT"
    assert tile_of((), "").letters == ""


def test_an_unknown_department_keeps_its_colour() -> None:
    assert tile_of(("Quantum",), "a") == tile_of(("Quantum",), "a")
    assert tile_of(("Quantum",), "a").hue != tile_of(("Tachyon",), "a").hue


def test_every_icon_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'id="(\w+)"', (HERE / "static" / "icon.svg").read_text()))
    assert {icon for _, _, icon in DEPARTMENTS} | {PLAIN_ICON} <= drawn
