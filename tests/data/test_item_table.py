"""ItemTable and Vocabulary: rows by item_index, what may be shown when, live changes."""

import numpy as np
import polars as pl
import pytest

from shopkeeper.data import ItemTable, Vocabulary
from shopkeeper.record import ItemKind
from shopkeeper.store.frame import CATALOGUE_COLUMN
from shopkeeper.testing.log import table_of

NOW = 100


def rows(table: ItemTable, *indices: int, **changed: object) -> pl.DataFrame:
    """Some rows of a table, changed."""
    picked = table.frame.filter(pl.col("item_index").is_in(list(indices)))
    return picked.with_columns(pl.lit(value, CATALOGUE_COLUMN[name]).alias(name) for name, value in changed.items())


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({}, True),
        ({"kind": "content"}, False),
        ({"enabled": False}, False),
        ({"deleted": True}, False),
        ({"stock": 0}, False),
        ({"stock": -1}, False),
        ({"stock": 3}, True),
        ({"available_from": NOW}, True),
        ({"available_from": NOW + 1}, False),
        ({"expires_at": NOW + 1}, True),
        ({"expires_at": NOW}, False),
    ],
)
def test_what_may_be_shown(row: dict[str, object], shown: bool) -> None:
    assert table_of([row]).eligible(NOW).tolist() == [shown]


def test_a_group_is_shown_once_and_each_kind_for_itself() -> None:
    table = table_of([{}, {"group_index": 0}, {"kind": "store"}])
    assert table.group.tolist() == [0, 0, 2]
    assert table.eligible(NOW).tolist() == [True, False, False]
    assert table.eligible(NOW, ItemKind.STORE).tolist() == [False, False, True]


def test_changes_replace_and_add_rows_and_leave_the_old_table_as_it_was() -> None:
    table = table_of([{"title": "a"}, {"title": "b"}, {"title": "c"}])
    new = rows(table, 2, item_index=4, group_index=4, item_id="i4", title="e")
    newer = table.replaced(pl.concat([new, rows(table, 0, title="A")]))
    assert newer.frame["title"].to_list() == ["A", "b", "c", None, "e"]
    assert newer.frame["item_index"].to_list() == [0, 1, 2, 3, 4]
    assert newer.eligible(NOW).tolist() == [True, True, True, False, True]  # nobody has come as number 3 yet
    assert newer.group.tolist() == [0, 1, 2, 3, 4]
    assert table.frame["title"].to_list() == ["a", "b", "c"]


def test_rows_in_any_order_are_sorted() -> None:
    table = table_of([{"title": "a"}, {"title": "b"}, {"title": "c"}])
    assert ItemTable(table.frame.reverse()).frame["title"].to_list() == ["a", "b", "c"]


def test_ids_find_their_items_and_nothing_else() -> None:
    table = table_of([{}, {}])
    later = table.replaced(rows(table, 1, item_index=3, group_index=3, item_id="i3"))
    assert later.indices(["i3", "i0", "no", "", "i1"]).tolist() == [3, 0, -1, -1, 1]
    assert table.indices([]).dtype == np.int32


def test_an_item_is_read_by_title_brand_and_narrow_categories() -> None:
    table = table_of([
        {"title": "Green tea, 20 bags", "brand": "Leaf", "category": "Food > Drinks > Tea"},
        {"title": "Cup", "category": "Kitchen"},
        {"brand": "Leaf"},
        {},
        {"title": "Milk, 1 qt."},
    ])  # fmt: skip
    assert table.texts() == ["Green tea, 20 bags. Leaf. Tea, Drinks", "Cup. Kitchen", "Leaf", "", "Milk, 1 qt"]


def test_an_empty_catalogue_is_ordinary() -> None:
    table = table_of([])
    assert (len(table), table.texts(), table.eligible(NOW).tolist(), table.group.tolist()) == (0, [], [], [])
    assert table.indices(["a"]).tolist() == [-1]
    grown = table.replaced(table_of([{"title": "first"}]).frame)
    assert grown.texts() == ["first"]


def test_a_vocabulary_goes_both_ways() -> None:
    words = Vocabulary(["b", "a"])
    assert (len(words), words.ids, words.index("a"), words.index("c"), words.id(0)) == (2, ("b", "a"), 1, -1, "b")
    assert ("a" in words, "c" in words) == (True, False)
    assert words.indices(["c", "b"]).tolist() == [-1, 0]
    for outside in (-1, 2):
        with pytest.raises(IndexError):
            words.id(outside)
