"""Rows worth showing: none that is empty, and each stand-in once."""

from shopkeeper.storefront.row import Row, Shown, image_address, worth_showing
from shopkeeper.storefront.tile import Tile

CARD = Shown("a", "A", "", "", "Popular in this shop", "", Tile(0, "bag", "A"), 0)


def row(surface: str, cards: int, fallback: str = "") -> Row:
    return Row(surface, surface, "", "r", "b", (CARD,) * cards, fallback)


def test_empty_rows_and_repeated_stand_ins_are_left_out() -> None:
    shown = worth_showing(
        [row("home", 2, "popular"), row("discover", 2, "popular"), row("buy-again", 0), row("trending", 1)]
    )
    assert [kept.surface for kept in shown] == ["home", "trending"]


def test_rows_without_a_stand_in_are_all_kept() -> None:
    assert len(worth_showing([row("home", 1), row("discover", 1)])) == 2


def test_only_web_addresses_become_images() -> None:
    assert image_address("https://shop.example/a.jpg") == "https://shop.example/a.jpg"
    assert [image_address(url) for url in ("javascript:alert(1)", "", None, "data:text/html,x")] == ["", "", "", ""]
