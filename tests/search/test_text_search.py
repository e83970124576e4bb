"""Search as a pipeline: both sources fused, opened from disk, kept fresh."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shopkeeper.data.item_table import ItemTable
from shopkeeper.error import BundleError
from shopkeeper.pipeline.lists import Bool, ItemLists, Reason
from shopkeeper.search import TextSearch
from shopkeeper.search.fuse import POPULARITY_SHARE, popularity_boost
from shopkeeper.search.text_search import text_batch

Good = tuple[str, str, str | None, str, str]
Rows = Callable[..., pl.DataFrame]
Build = Callable[[Path, ItemTable], TextSearch]
Change = Callable[..., TextSearch]


@pytest.fixture
def changed(shop: TextSearch, table: ItemTable, rows: Rows) -> Change:
    """The shop after one item was put: call with its item_index and the good."""

    def change(index: int, good: Good) -> TextSearch:
        return shop.with_changes(
            ItemTable(table.frame).replaced(rows([good], first=index)), np.array([index], np.int32)
        )

    return change


def items(lists: ItemLists) -> list[int]:
    return [int(item) for item in lists.item]


def test_words_and_meaning_are_told_apart(shop: TextSearch, eligible: Bool) -> None:
    lists = shop.search("shampoo", eligible, 5)

    assert items(lists)[0] == 5
    assert lists.source == ("lexical", "meaning")
    assert lists.reason[0] == Reason.MATCHES_TEXT
    assert (lists.part[0] > 0).all()
    assert (lists.cause == -1).all()
    assert not lists.fallback.any()


def test_meaning_answers_where_no_word_does(shop: TextSearch, eligible: Bool) -> None:
    lists = shop.search("shampoooooing", eligible, 3)  # to a hashing encoder, letters in common are meaning

    assert items(lists)[0] == 5
    assert lists.part[0, 0] == 0
    assert lists.reason[0] == Reason.MATCHES_MEANING


def test_every_source_scores_every_place(shop: TextSearch, eligible: Bool) -> None:
    lists = shop.search("dairy milk", eligible, 12)

    again = shop.lexical.score(text_batch("dairy milk", eligible, 12), lists)
    np.testing.assert_array_equal(lists.part[:, 0], again)
    again = shop.meaning.score(text_batch("dairy milk", eligible, 12), lists)
    np.testing.assert_array_equal(lists.part[:, 1], again)


@pytest.mark.parametrize(
    "text",
    ["", " ", "!?.,;", "\x00", '"', "''; DROP TABLE item; --", "title:foo AND (", "*", "~1^2", "[a TO b]", "\ud800"],
)
def test_odd_texts_are_ordinary_input(shop: TextSearch, eligible: Bool, text: str) -> None:
    lists = shop.search(text, eligible, 5)

    assert len(lists) == 1
    assert len(lists.item) <= 5
    assert np.isfinite(lists.score).all()


@pytest.mark.parametrize("text", ["", "   ", "!?.,;", "12 99"])
def test_a_text_that_says_nothing_finds_nothing(shop: TextSearch, eligible: Bool, text: str) -> None:
    assert items(shop.search(text, eligible, 5)) == []


@pytest.mark.parametrize("text", ["title:milk AND (", '"milk', "milk' OR 1=1", "-milk", "MILK!"])
def test_a_query_language_is_just_words(shop: TextSearch, eligible: Bool, text: str) -> None:
    assert set(shop.lexical.search.search(text, eligible, 9)[0].tolist()) == {0, 1}


def test_ten_thousand_letters_are_read_from_their_beginning(shop: TextSearch, eligible: Bool) -> None:
    assert items(shop.search("cheddar cheese " + "x" * 10_000, eligible, 1)) == [4]
    assert items(shop.search("cheddar " * 1_500, eligible, 1)) == [4]


def test_an_emoji_is_read_by_its_name(shop: TextSearch, eligible: Bool) -> None:
    assert items(shop.search("🍕", eligible, 2)) == [7, 6]


def test_a_mask_is_kept(shop: TextSearch, eligible: Bool) -> None:
    only = np.zeros(12, bool)
    only[[3, 6]] = True

    assert items(shop.search("cheddar cheese apple", only & eligible, 5)) == [3, 6]
    assert items(shop.search("cheese", np.zeros(12, bool), 5)) == []


def test_a_request_among_others_gets_the_same_answer(shop: TextSearch, eligible: Bool) -> None:
    texts = ["milk", None, "frozen pizza", ""]
    one = text_batch("milk", eligible, 4)
    batch = type(one)(
        **{
            **{name: getattr(one, name) for name in one.__slots__},
            "text": tuple(texts),
            "now": np.zeros(4, np.int64),
            "history": type(one.history)(
                one.history.total, np.zeros(5, np.int64), one.history.recent, np.zeros(5, np.int64)
            ),
            "item_offset": np.zeros(5, np.int64),
            "excluded_offset": np.zeros(5, np.int64),
        }
    )

    together = shop.pipeline.run(batch)

    for row, text in enumerate(texts):
        alone = shop.search(text or "", eligible, 4)
        span = slice(together.offset[row], together.offset[row + 1])
        assert together.items_of(row).tolist() == items(alone)
        assert together.score[span].tolist() == alone.score.tolist()


def test_a_bundle_opens_with_the_same_answers(shop: TextSearch, folder: Path, table: ItemTable, eligible: Bool) -> None:
    opened = TextSearch.open(folder, table, shop.meaning.vectors, shop.meaning.query.encoder)

    for text in ("milk", "chedar chese", "yog", "牛奶", "pizza-2"):
        expected, answer = shop.search(text, eligible, 8), opened.search(text, eligible, 8)
        assert items(answer) == items(expected)
        assert answer.score.tolist() == expected.score.tolist()


def test_a_damaged_bundle_says_so(tmp_path: Path, shop: TextSearch, table: ItemTable, build: Build) -> None:
    build(tmp_path / "search", table)
    (tmp_path / "search" / "lexical" / "meta.json").write_text("{")
    with pytest.raises(BundleError, match="lexical"):
        TextSearch.open(tmp_path / "search", table, shop.meaning.vectors, shop.meaning.query.encoder)
    with pytest.raises(BundleError):
        TextSearch.open(tmp_path / "nowhere", table, shop.meaning.vectors, shop.meaning.query.encoder)


def test_a_new_item_is_found_at_once_and_the_old_search_is_untouched(shop: TextSearch, changed: Change) -> None:
    newer = changed(12, ("bread-1", "Rye bread", None, "Bakery", ""))
    thirteen = np.ones(13, bool)

    for text in ("rye bread", "bread-1", "bre", "braed"):
        assert items(newer.search(text, thirteen, 1)) == [12], text
    assert 12 not in items(shop.search("rye bread", thirteen, 13))


def test_a_changed_title_replaces_the_old_one(changed: Change, eligible: Bool) -> None:
    newer = changed(5, ("shampoo-1", "Conditioner", "Krüger", "Drugstore > Hair", ""))

    assert items(newer.search("conditioner", eligible, 1)) == [5]
    assert newer.lexical.search.search("shampoo", eligible, 9)[0].tolist() == []


def test_a_deleted_item_is_found_no_more_even_where_the_mask_allows_it(changed: Change) -> None:
    newer = changed(5, ("gone-5", "Shampoo", "Krüger", "Drugstore > Hair", ""))

    assert 5 not in items(newer.search("shampoo", np.ones(12, bool), 12))


def test_a_new_item_of_a_known_text_joins_it(shop: TextSearch, changed: Change) -> None:
    newer = changed(12, ("pizza-3", "Frozen pizza margherita", None, "Frozen > Pizza", "with cheese"))

    assert newer.lexical.search.overlay is None  # nothing was indexed
    assert newer.meaning.vectors.vector is shop.meaning.vectors.vector  # nothing was encoded
    assert items(newer.search("margherita", np.ones(13, bool), 3)) == [7, 6, 12]


def test_changes_add_up_and_score_like_a_new_build(
    changed: Change, goods: list[Good], rows: Rows, build: Build, tmp_path: Path
) -> None:
    more: list[Good] = [
        ("bread-1", "Rye bread", None, "Bakery", ""),
        ("milk-3", "Oat milk", "Alpina", "Dairy > Milk", ""),
    ]
    once = changed(12, more[0])
    twice = once.with_changes(ItemTable(rows([*goods, *more])), np.array([13], np.int32))
    rebuilt = build(tmp_path / "search", ItemTable(rows([*goods, *more])))
    fourteen = np.ones(14, bool)

    assert items(twice.search("rye", fourteen, 1)) == [12]
    for text in ("oat milk", "milk", "rye bread"):
        live = twice.lexical.search.score(text, np.arange(14, dtype=np.int32))
        fresh = rebuilt.lexical.search.score(text, np.arange(14, dtype=np.int32))
        np.testing.assert_allclose(
            live, fresh, atol=0.1
        )  # mean lengths differ between the two indexes, rarity does not


def test_an_empty_shop_answers_with_nothing_and_then_takes_its_first_item(
    goods: list[Good], rows: Rows, build: Build, tmp_path: Path
) -> None:
    empty = ItemTable(rows([]))
    shop = build(tmp_path / "search", empty)

    assert items(shop.search("milk", np.zeros(0, bool), 5)) == []
    newer = shop.with_changes(ItemTable(rows(goods[:1])), np.array([0], np.int32))
    assert items(newer.search("milk", np.ones(1, bool), 5)) == [0]


def test_popularity_lifts_a_score_by_its_share_at_most() -> None:
    # The median seller sells 1: logarithms of 1 + 0, 1, 1, 7 over that are 0, 1, 1, 3 times log 2.
    boost = popularity_boost(np.array([0, 1, 1, 7], np.float32))

    expected = 1 + POPULARITY_SHARE * np.array([0, 1, 1, 3]) / 3
    np.testing.assert_allclose(boost, expected, rtol=1e-6)
    assert popularity_boost(np.zeros(2, np.float32)).tolist() == [1, 1]


def test_a_change_of_price_changes_nothing_here(shop: TextSearch, goods: list[Good], changed: Change) -> None:
    assert changed(5, goods[5]) is shop


def test_warming_up_changes_no_answer(shop: TextSearch, eligible: Bool) -> None:
    before = items(shop.search("milk", eligible, 5))
    shop.warm_up()

    assert items(shop.search("milk", eligible, 5)) == before


def test_what_holds_every_word_is_found_in_what_changed_too(changed: Change) -> None:
    newer = changed(12, ("bread-1", "Chocolate bread", None, "Bakery", ""))
    gone = changed(1, ("gone-2", "Chocolate milk", "Alpina", "Dairy > Milk", ""))

    def holding(search: TextSearch, text: str) -> list[int]:
        return sorted(search.lexical.search.holding(text, np.ones(13, bool), np.empty(0, np.int32)).tolist())

    assert holding(newer, "chocolate") == [1, 12]
    assert holding(newer, "chocolate bread") == [12]
    assert holding(newer, "chocolate milk") == [1]
    assert holding(gone, "chocolate") == []
