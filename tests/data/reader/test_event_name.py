"""The names of events mean the same in a file and over HTTP."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkeeper.data.reader.canonical import _plain
from shopkeeper.data.reader.event_name import EVENT_NAME, plain

NAMES = [
    *EVENT_NAME,
    "Order Completed",
    "add-to-cart",
    "addToCart",
    "  \ufeffproductViewed ",
    "查看view",
    "view查看",
    "Ansicht_öffnen",
    "vιew",
    "VIEW",
    "a1B2C",
    "",
    "__",
    "view\u00a0item",
]


def over_a_column(names: list[str]) -> list[str]:
    return pl.DataFrame({"name": names}).select(_plain(pl.col("name"))).to_series().to_list()


def test_a_name_and_a_column_of_names_are_made_plain_alike() -> None:
    assert over_a_column(NAMES) == [plain(name) for name in NAMES]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=1, max_size=20))
def test_whatever_the_letters(names: list[str]) -> None:
    assert over_a_column(names) == [plain(name) for name in names]


@pytest.mark.parametrize("name", ["查看view", "view查看", "vιew"])
def test_letters_of_other_scripts_are_not_dropped(name: str) -> None:
    assert plain(name) not in EVENT_NAME
    assert over_a_column([name]) == [name]
