"""Familiarity: a text of which the catalogue does not speak has no neighbours."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shopkeeper.data.item_table import ItemTable
from shopkeeper.language import Whitening
from shopkeeper.language.hashing import HashingEncoder
from shopkeeper.pipeline.lists import Bool
from shopkeeper.search import TextSearch
from shopkeeper.search.familiarity import Familiarity

Build = Callable[[Path, ItemTable], TextSearch]

TITLES = ["Whole milk", "Oat milk", "Chocolate with whole nuts", "Milk chocolate", "Oat biscuits with chocolate"]
ENCODER = HashingEncoder(512)


@pytest.fixture
def whitening() -> Whitening:
    return Whitening.fit(ENCODER.encode(TITLES), 128)


def fitted(whitening: Whitening, titles: list[str]) -> Familiarity:
    return Familiarity.fit(whitening, ENCODER, titles, len(titles), np.random.default_rng(7))


def test_the_share_of_a_text_within_the_catalogue_decides() -> None:
    """The catalogue varies along the first two of three axes; 0.6 of the first text lies there, 0.5 is asked."""
    plane = Whitening(np.zeros(3, np.float32), np.array([[2, 0], [0, 4], [0, 0]], np.float32))
    half = Familiarity(floor=0.5, texts=10)

    assert half.knows(np.array([0.6, 0, 0.8], np.float32), plane, 10)
    assert not half.knows(np.array([0, 0.28, 0.96], np.float32), plane, 10)


def test_random_letters_are_unknown_and_the_goods_are_not(whitening: Whitening) -> None:
    familiarity = fitted(whitening, TITLES)
    heard = [familiarity.knows(ENCODER.encode([text])[0], whitening, 5) for text in ("chocolate milk", "biscuits")]
    noise = [familiarity.knows(ENCODER.encode([text])[0], whitening, 5) for text in ("zzzzqqq", "xkcd vbnmw")]

    assert heard == [True, True]
    assert noise == [False, False]


def test_one_catalogue_has_one_floor(whitening: Whitening) -> None:
    assert fitted(whitening, TITLES) == fitted(whitening, TITLES)


def test_a_catalogue_that_has_outgrown_the_floor_is_asked_about_everything(whitening: Whitening) -> None:
    familiarity = fitted(whitening, TITLES)
    noise = ENCODER.encode(["zzzzqqq"])[0]

    assert not familiarity.knows(noise, whitening, 7)
    assert familiarity.knows(noise, whitening, 8)


def test_titles_that_look_like_noise_are_still_found_by_their_likes() -> None:
    """Article numbers for titles: the floor sinks until 95 % of the goods' own words are known."""
    titles = ["qx zvw plk", "wvz kjh xqx", "zzq pwk vvx"]
    odd = Whitening.fit(ENCODER.encode(titles), 128)
    familiarity = fitted(odd, titles)

    assert all(familiarity.knows(each, odd, 3) for each in ENCODER.encode(titles))


def test_without_titles_everything_is_known(whitening: Whitening) -> None:
    assert fitted(whitening, ["", "-"]) == Familiarity()


def test_what_is_saved_is_restored() -> None:
    assert Familiarity.restore(Familiarity(0.25, 12).array()) == Familiarity(0.25, 12)


def test_a_search_for_nonsense_finds_nothing(tmp_path: Path, table: ItemTable, build: Build, eligible: Bool) -> None:
    built = build(tmp_path / "search", table)
    opened = TextSearch.open(tmp_path / "search", table, built.meaning.vectors, built.meaning.query.encoder)

    assert len(opened.search("zzzzqqq", eligible, 24).item) == 0
    assert opened.meaning.familiarity == built.meaning.familiarity != Familiarity()


def test_what_words_find_is_scored_by_meaning_too(shop: TextSearch, eligible: Bool) -> None:
    """A floor that nothing reaches: "shampoo" is found by its word alone."""
    deaf = TextSearch(shop.lexical, replace(shop.meaning, familiarity=Familiarity(floor=2, texts=11)))

    lists = deaf.search("shampoo", eligible, 5)

    assert lists.item.tolist() == [5]
    assert (lists.part[0] > 0).all()
