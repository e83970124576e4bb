"""Search by words over the twelve items of conftest.py."""

from dataclasses import replace

import numpy as np
import pytest

from shopkeeper.pipeline.lists import Bool
from shopkeeper.search import TextSearch, lexical
from shopkeeper.search.lexical import EXACT_ID


def found(shop: TextSearch, text: str, allowed: Bool, n: int = 10) -> list[int]:
    return [int(item) for item in shop.lexical.search.search(text, allowed, n)[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cheddar", {4}),
        ("apples", {2, 3}),  # English endings do not count
        ("apple", {2, 3}),
        ("KRUGER", {5}),  # brand, accents and case
        ("drugstore", {5}),  # category
        ("children", {1}),  # description
        ("chedar", {4}),  # a slip
        ("yog", {9, 10}),  # unfinished
        ("yog ", set()),  # finished: no such word
        ("牛奶", {8}),
        ("巧克力", {8}),
        ("wardrobe", set()),
    ],
)
def test_what_a_text_finds(shop: TextSearch, eligible: Bool, text: str, expected: set[int]) -> None:
    assert set(found(shop, text, eligible)) == expected


def test_all_words_outrank_some(shop: TextSearch, eligible: Bool) -> None:
    assert found(shop, "chocolate milk", eligible)[:2] == [1, 0]


def test_a_title_outranks_a_description(shop: TextSearch, eligible: Bool) -> None:
    assert found(shop, "cheese", eligible)[0] == 4
    assert set(found(shop, "cheese", eligible)) == {4, 6, 7}


def test_items_of_one_text_come_in_order_of_popularity(shop: TextSearch, eligible: Bool) -> None:
    assert found(shop, "margherita", eligible) == [7, 6]


def test_an_id_finds_its_item_first(shop: TextSearch, eligible: Bool) -> None:
    item, score = shop.lexical.search.search(" milk-2 ", eligible, 3)

    assert item[0] == 1
    assert score[0] == EXACT_ID
    assert shop.lexical.search.score(" milk-2 ", item)[0] == EXACT_ID


def test_words_that_say_nothing_are_left_out(shop: TextSearch, eligible: Bool) -> None:
    assert found(shop, "something with cheese for me", eligible)[0] == 4


def test_a_deleted_item_is_not_indexed(shop: TextSearch) -> None:
    assert 11 not in found(shop, "milk yesterday", np.ones(12, bool))


def test_a_full_answer_scores_one_and_half_an_answer_about_half(shop: TextSearch, eligible: Bool) -> None:
    (full,) = shop.lexical.search.search("shampoo", eligible, 1)[1]
    (half,) = shop.lexical.search.search("shampoo wardrobe", eligible, 1)[1]

    assert 0.9 < full < 1.2
    assert 0.3 < half < 0.9


@pytest.mark.parametrize("fetch", [1, 2, 1000])
def test_a_mask_never_empties_a_list_that_has_answers(
    shop: TextSearch, eligible: Bool, monkeypatch: pytest.MonkeyPatch, fetch: int
) -> None:
    monkeypatch.setattr(lexical, "FIRST_FETCH", fetch)
    fresh = replace(shop, lexical=replace(shop.lexical, search=replace(shop.lexical.search)))  # remembers no query

    every = found(fresh, "dairy milk", eligible)

    assert len(every) == 5
    for item in every:
        only = np.zeros(12, bool)
        only[item] = True
        assert found(fresh, "dairy milk", only) == [item]


@pytest.mark.parametrize("fetch", [1, 1000])
def test_given_items_score_as_in_the_search(
    shop: TextSearch, eligible: Bool, monkeypatch: pytest.MonkeyPatch, fetch: int
) -> None:
    item, score = shop.lexical.search.search("frozen milk", eligible, 12)
    monkeypatch.setattr(lexical, "FIRST_FETCH", fetch)
    fresh = replace(shop.lexical.search)  # remembers no query

    every = fresh.score("frozen milk", np.arange(12, dtype=np.int32))

    expected = np.zeros(12, np.float32)
    expected[item] = score
    np.testing.assert_array_equal(every, expected)
    assert set(np.flatnonzero(every).tolist()) == {0, 1, 6, 7}


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("milk", [0, 1]),
        ("frozen pizza", [6, 7]),
        ("dairy chocolate", [1]),  # a word of the category, and one of the title
        ("frozen milk", []),  # each word is somewhere, and nothing holds both
        ("milk zzzzqqq", [0, 1]),  # a word that nothing holds asks for nothing
        ("chedar", [4]),
        ("froz", [6, 7]),
        ("", []),
        ("zzzzqqq", []),
    ],
)
def test_what_holds_every_word(shop: TextSearch, eligible: Bool, text: str, items: list[int]) -> None:
    search, few = shop.lexical.search, np.arange(12) < 7
    none, beside = np.empty(0, np.int32), np.array([1, 5], np.int32)
    assert sorted(search.holding(text, eligible, none).tolist()) == items
    assert sorted(search.holding(text, few, none).tolist()) == [item for item in items if item < 7]
    assert sorted(search.holding(text, eligible, beside).tolist()) == sorted({*items, 1, 5})
