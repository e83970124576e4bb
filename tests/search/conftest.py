"""A shop of twelve items, an encoder that knows nothing but letters, and no other parts."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from shopkeeper.data.item_table import ItemTable
from shopkeeper.language.hashing import HashingEncoder
from shopkeeper.pipeline.distinct import DistinctTexts
from shopkeeper.pipeline.lists import Bool
from shopkeeper.pipeline.vectors import TextVectors
from shopkeeper.search import TextSearch
from shopkeeper.store.frame import CATALOGUE_COLUMN

# (item_id, title, brand, category, description)
Good = tuple[str, str, str | None, str, str]

GOODS: list[Good] = [
    ("milk-1", "Whole milk 1 l", "Alpina", "Dairy > Milk", ""),  # 0
    ("milk-2", "Chocolate milk", "Alpina", "Dairy > Milk", "for children"),  # 1
    ("apple-1", "Gala apples", None, "Produce > Apples", ""),  # 2
    ("apple-2", "Apple juice", "Orchard", "Beverages > Juice", ""),  # 3
    ("cheese-1", "Cheddar cheese", "Alpina", "Dairy > Cheese", ""),  # 4
    ("shampoo-1", "Shampoo", "Krüger", "Drugstore > Hair", ""),  # 5
    ("pizza-1", "Frozen pizza margherita", None, "Frozen > Pizza", "with cheese"),  # 6
    ("pizza-2", "Frozen pizza margherita", None, "Frozen > Pizza", "with cheese"),  # 7: the same text
    ("tea-1", "牛奶巧克力", None, "零食", ""),  # 8
    ("yogurt-1", "Yogurt strawberry", "Alpina", "Dairy > Yogurt", ""),  # 9
    ("yogurt-2", "Yogurt plain", "Alpina", "Dairy > Yogurt", ""),  # 10
    ("gone-1", "Milk of yesterday", None, "Dairy > Milk", ""),  # 11: deleted
]
POPULARITY = np.array([5, 1, 0, 0, 0, 0, 1, 9, 0, 0, 0, 0], np.float32)


def _rows(goods: Sequence[Good], first: int = 0) -> pl.DataFrame:
    """Rows of CATALOGUE_COLUMN, item_index counting from `first`; an id that begins with "gone" is deleted."""
    told = ("item_id", "title", "brand", "category", "description")
    index = list(range(first, first + len(goods)))
    known: dict[str, list[Any]] = {
        **{name: [each[at] for each in goods] for at, name in enumerate(told)},
        "item_index": index,
        "group_index": index,
        "kind": ["product"] * len(goods),
        "enabled": [True] * len(goods),
        "deleted": [each[0].startswith("gone") for each in goods],
    }
    return pl.DataFrame(
        {name: pl.Series(name, known.get(name, [None] * len(goods)), dtype) for name, dtype in CATALOGUE_COLUMN.items()}
    )


def _build(folder: Path, table: ItemTable) -> TextSearch:
    encoder = HashingEncoder(256)
    texts = table.texts()
    distinct = [text for text in dict.fromkeys(texts) if text]
    vectors = TextVectors.build(DistinctTexts.of(texts), encoder.encode(distinct), encoder.name, 64)
    return TextSearch.build(folder, table, vectors, encoder, POPULARITY[: len(table)])


@pytest.fixture(scope="session")
def table() -> ItemTable:
    return ItemTable(_rows(GOODS))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bundle") / "search"


@pytest.fixture(scope="session")
def shop(folder: Path, table: ItemTable) -> TextSearch:
    return _build(folder, table)


@pytest.fixture
def eligible(table: ItemTable) -> Bool:
    return table.eligible(0)


@pytest.fixture
def goods() -> list[Good]:
    return list(GOODS)


@pytest.fixture
def rows() -> Callable[..., pl.DataFrame]:
    """Call with goods and, where they are not the first, the item_index of the first."""
    return _rows


@pytest.fixture
def build() -> Callable[[Path, ItemTable], TextSearch]:
    """Call with a folder and a table."""
    return _build
