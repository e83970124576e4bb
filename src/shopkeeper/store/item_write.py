"""Writing items: what is refused, what has really changed, and which item stands for each group."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from shopkeeper.record import ItemKind
from shopkeeper.store.frame import ITEM_COLUMN
from shopkeeper.store.json_column import json_objects
from shopkeeper.store.row import ROW
from shopkeeper.store.schema import ITEM, ITEM_GROUP
from shopkeeper.store.sieve import Sieve, shown, too_long
from shopkeeper.store.transaction import Transaction

_COLUMN: Final = {"item_index": pl.Int32(), **ITEM_COLUMN, "deleted": pl.Boolean()}
_KNOWN: Final = f"SELECT {', '.join(_COLUMN)} FROM item WHERE"
_GROUP: Final = {"group_id": pl.String(), "group_index": pl.Int32()}
_MEMBER: Final = {"group_id": pl.String(), "item_index": pl.Int32()}
_KINDS: Final = [kind.value for kind in ItemKind]


class ItemSieve(Sieve):
    """The items of a frame (ITEM_COLUMN and ROW) that can be written; `unique` has each item_id once, the last."""

    def __init__(self, frame: pl.DataFrame) -> None:
        super().__init__(frame.with_columns(_defaults()))
        kinds = f" is no kind of item; there are {', '.join(_KINDS)}"
        self.refuse(
            (pl.col("item_id").fill_null("") == "", "an item needs an item_id"),
            (~pl.col("kind").is_in(_KINDS), pl.concat_str(shown("kind"), pl.lit(kinds))),
            (~pl.lit(json_objects(self.frame["attributes"])), "attributes are no JSON object"),
            *too_long("item_id", "group_id"),
        )
        self.refuse_nul()
        self.unique = self.frame.unique("item_id", keep="last", maintain_order=True).drop(ROW)
        self.duplicate = self.frame.height - self.unique.height


def write_items(transaction: Transaction, items: pl.DataFrame) -> None:
    """Insert or replace whole items (ITEM_COLUMN, each item_id once); those that are as they were are not touched."""
    if items.is_empty():
        return
    known = transaction.fetch_among(_KNOWN, _COLUMN, "item_id", items["item_id"].to_list())
    numbered = _numbered(transaction, items, known)
    changed = numbered.join(known, on=list(_COLUMN), how="anti", nulls_equal=True)
    transaction.upsert(ITEM, changed.with_columns(_change_numbers(transaction, changed.height)))
    before = known.join(changed, on="item_index", how="semi")
    _regroup(transaction, changed, [*before["group_id"].drop_nulls(), *changed["group_id"].drop_nulls()])


def bump(transaction: Transaction, item_indices: pl.Series) -> pl.DataFrame:
    """Give items new change numbers, in this order; returns item_index and change."""
    numbers = _change_numbers(transaction, len(item_indices))
    bumped = pl.DataFrame([item_indices.alias("item_index"), numbers])
    transaction.update(ITEM, bumped)
    return bumped


def _change_numbers(transaction: Transaction, count: int) -> pl.Series:
    first = transaction.take("change", count)
    return pl.int_range(first, first + count, dtype=pl.Int64, eager=True).alias("change")


def _numbered(transaction: Transaction, items: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Items with their permanent numbers, in the order of `items`; new ones get the next."""
    joined = items.join(known.select("item_id", "item_index"), on="item_id", how="left", maintain_order="left")
    new = pl.col("item_index").is_null()
    first = transaction.take("item", joined["item_index"].null_count())
    counted = (first - 1 + new.cum_sum()).cast(pl.Int32)
    return joined.with_columns(pl.when(new).then(counted).otherwise("item_index").alias("item_index")).select(
        "item_index", *ITEM_COLUMN, pl.lit(False).alias("deleted")
    )


def _regroup(transaction: Transaction, written: pl.DataFrame, group_ids: Sequence[str]) -> None:
    """Let the smallest item_index stand for each of these groups, and tell readers of items that this concerns.

    Deleted items keep standing for their group: what models have learned about the group hangs on that number.
    """
    groups = sorted(set(group_ids))
    before = transaction.fetch_among("SELECT group_id, group_index FROM item_group WHERE", _GROUP, "group_id", groups)
    members = transaction.fetch_among("SELECT group_id, item_index FROM item WHERE", _MEMBER, "group_id", groups)
    after = members.group_by("group_id").agg(pl.col("item_index").min().alias("group_index"))
    moved = after.join(before, on=list(_GROUP), how="anti")
    transaction.upsert(ITEM_GROUP, moved.sort("group_id"))
    empty = before.join(after, on="group_id", how="anti")
    transaction.execute("DELETE FROM item_group WHERE group_id = :group_id", empty.rows(named=True))
    concerned = members.join(moved, on="group_id", how="semi").join(written, on="item_index", how="anti")
    bump(transaction, concerned["item_index"].sort())


def _defaults() -> list[pl.Expr]:
    """What an absent value of an item means. An empty group or brand is none."""
    texts = [pl.col(name).fill_null("") for name in ("title", "description", "category")]
    optional = [
        pl.when(pl.col(name) != "").then(name).alias(name) for name in ("brand", "group_id", "url", "image_url")
    ]
    kind = pl.col("kind").fill_null(ItemKind.PRODUCT.value)
    return [*texts, *optional, kind, pl.col("attributes").fill_null("{}"), pl.col("enabled").fill_null(True)]
