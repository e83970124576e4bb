"""Rows worth showing: none that is empty, and each stand-in once."""

from dataclasses import replace

from shopkeeper.storefront.row import Row, Shown, image_address, name_of, unlike, worth_showing
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


def of_items(surface: str, items: str) -> Row:
    return replace(row(surface, 0), cards=tuple(replace(CARD, item_id=item, title=item) for item in items))


def test_a_row_leaves_out_what_a_row_above_it_shows() -> None:
    first, second = unlike([of_items("home", "abcdef"), of_items("buy-again", "abghijk")], length=5)
    assert "".join(card.item_id for card in first.cards) == "abcde"
    assert "".join(card.item_id for card in second.cards) == "ghijk"


def test_a_row_that_would_all_but_vanish_stays_as_it_is() -> None:
    _, second = unlike([of_items("home", "abcd"), of_items("buy-again", "abcde")], length=5)
    assert "".join(card.item_id for card in second.cards) == "abcde"


def test_of_cards_with_one_name_the_best_placed_is_shown() -> None:
    names = ("Bananas", "Milk", "bananas", "Bananas")
    row = replace(
        of_items("home", ""), cards=tuple(replace(CARD, item_id=str(n), title=title) for n, title in enumerate(names))
    )
    (shown,) = unlike([row], length=3)
    assert [card.item_id for card in shown.cards] == ["0", "1"]


def test_a_name_of_another_brand_is_another_card() -> None:
    row = replace(of_items("home", ""), cards=(CARD, replace(CARD, item_id="b", brand="Other")))
    assert [card.item_id for card in unlike([row], length=3)[0].cards] == ["a", "b"]


def test_what_the_page_is_about_is_not_in_its_rows() -> None:
    (shown,) = unlike([of_items("similar", "ab")], 5, [name_of(replace(CARD, title="A"))])
    assert "".join(card.item_id for card in shown.cards) == "b"
