"""Writing items: what is refused, what has really changed, and which item stands for each group."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import polars as pl

from shopkeeper.record import ItemKind
from shopkeeper.store.frame import ITEM_COLUMN
from shopkeeper.store.json_column import json_objects
from shopkeeper.store.schema import ITEM, ITEM_GROUP
from shopkeeper.store.sieve import Rule, Sieve, shown, too_long
from shopkeeper.store.transaction import Transaction

_COLUMN: Final = {"item_index": pl.Int32(), **ITEM_COLUMN, "deleted": pl.Boolean()}
_KNOWN: Final = f"SELECT {', '.join(_COLUMN)} FROM item WHERE"
_GROUP: Final = {"group_id": pl.String(), "group_index": pl.Int32()}
_MEMBER: Final = {"group_id": pl.String(), "item_index": pl.Int32()}
_KINDS: Final = [kind.value for kind in ItemKind]

# What an absent value of an item means. An empty group or brand is none.
ITEM_DEFAULT: Final[Mapping[str, pl.Expr]] = MappingProxyType(
    {name: pl.col(name).fill_null("") for name in ("title", "description", "category")}
    | {name: pl.when(pl.col(name) != "").then(name).alias(name) for name in ("brand", "group_id", "url", "image_url")}
    | {"kind": pl.col("kind").fill_null(ItemKind.PRODUCT.value), "enabled": pl.col("enabled").fill_null(value=True)}
)
_NO_KIND: Final = pl.concat_str(shown("kind"), pl.lit(f" is no kind of item; there are {', '.join(_KINDS)}"))
KIND_RULE: Final[Rule] = (~pl.col("kind").is_in(_KINDS), _NO_KIND)


class ItemSieve(Sieve):
    """The items of a frame (ITEM_COLUMN and ROW) that can be written, each item_id once, the last."""

    def __init__(self, frame: pl.DataFrame, *, new_only: bool = False) -> None:
        self._new_only = new_only
        super().__init__(frame.with_columns(*ITEM_DEFAULT.values(), pl.col("attributes").fill_null("{}")))
        self.refuse(
            (pl.col("item_id").fill_null("") == "", "an item needs an item_id"),
            KIND_RULE,
            (~pl.lit(json_objects(self.frame["attributes"])), "attributes are no JSON object"),
            *too_long("item_id", "group_id"),
        )
        self.refuse_nul()
        every, self.frame = self.frame, self.frame.unique("item_id", keep="last", maintain_order=True)
        self.duplicate = every.height - self.frame.height

    def write(self, transaction: Transaction) -> None:
        """Insert or replace whole items; those that are as they were, or are known at all, are not touched."""
        if self.frame.is_empty():
            return
        known = known_items(transaction, self.frame["item_id"].to_list())
        if self._new_only:
            every, self.frame = self.frame, self.frame.join(known, on="item_id", how="anti", maintain_order="left")
            self.duplicate += every.height - self.frame.height
        write_items(transaction, self.frame, known)


def known_items(transaction: Transaction, item_ids: Sequence[str]) -> pl.DataFrame:
    """What the store holds of these items: item_index, ITEM_COLUMN and deleted."""
    return transaction.fetch_among(_KNOWN, _COLUMN, "item_id", item_ids)


def write_items(transaction: Transaction, items: pl.DataFrame, known: pl.DataFrame) -> None:
    """Insert or replace whole items (ITEM_COLUMN, each item_id once), of which `known` is what the store holds."""
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
