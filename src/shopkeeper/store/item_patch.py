"""Patching items: what is not named stays, null empties, attributes are merged (RFC 7396)."""

import json
from typing import Any, Final

import polars as pl

from shopkeeper.store.frame import ITEM_COLUMN
from shopkeeper.store.item_write import ITEM_DEFAULT, KIND_RULE, known_items, write_items
from shopkeeper.store.json_column import json_objects
from shopkeeper.store.row import ROW, json_text
from shopkeeper.store.sieve import Sieve, shown, too_long
from shopkeeper.store.transaction import Transaction

_HELD: Final = "_held"  # after the name of a column: what the store holds
_UNKNOWN: Final = pl.concat_str(
    pl.lit("no item "), shown("item_id"), pl.lit(" is known: a patch changes what is there; put the whole item first")
)


class PatchSieve(Sieve):
    """The patches of a frame (item_id, ROW and some of ITEM_COLUMN) that can be written if their items are known.

    The last patch of an item counts; `duplicate` are the others.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        super().__init__(frame.with_columns(expr for name, expr in ITEM_DEFAULT.items() if name in frame.columns))
        self.refuse(
            (pl.col("item_id").fill_null("") == "", "a patch needs an item_id"),
            *([KIND_RULE] if "kind" in frame.columns else []),
            *too_long(*(name for name in ("item_id", "group_id") if name in frame.columns)),
        )
        if "attributes" in frame.columns:
            sound = json_objects(self.frame["attributes"].replace("null", "{}").fill_null("{}"))
            self.refuse((~pl.lit(sound), "attributes are no JSON object"))
        self.refuse_nul()
        every, self.frame = self.frame, self.frame.unique("item_id", keep="last", maintain_order=True)
        self.duplicate = every.height - self.frame.height

    def write(self, transaction: Transaction) -> None:
        """Write the patched items; those that are as they were are not touched, those that nobody knows are refused."""
        if self.frame.is_empty():
            return
        known = known_items(transaction, self.frame["item_id"].to_list())
        live = known.filter(~pl.col("deleted")).select(ITEM_COLUMN.keys()).rename(lambda name: name + _HELD)
        live = live.with_columns(pl.col("item_id" + _HELD).alias("item_id"))
        self.frame = self.frame.join(live, on="item_id", how="left", maintain_order="left")
        self.refuse((pl.col("item_id" + _HELD).is_null(), _UNKNOWN))
        write_items(transaction, _merged(self.frame), known)


def _merged(rows: pl.DataFrame) -> pl.DataFrame:
    """ITEM_COLUMN: what a row names in place of what the store holds."""
    given = rows.drop(ROW).columns
    columns = [pl.col(name if name in given else name + _HELD).alias(name) for name in ITEM_COLUMN]
    merged = rows.select(columns)
    if "attributes" not in given:
        return merged
    pairs = zip(rows["attributes" + _HELD].to_list(), rows["attributes"].to_list(), strict=True)
    texts = [held if patch is None else _patched(held, patch) for held, patch in pairs]
    return merged.with_columns(pl.Series("attributes", texts, pl.String))


def _patched(held: str, patch: str) -> str:
    """One JSON object after a merge patch, both as text."""
    merged = merge_patch(json.loads(held), json.loads(patch))
    return json_text(merged if isinstance(merged, dict) else {})


def merge_patch(target: object, patch: object) -> object:
    """RFC 7396: members of `patch` replace those of `target`, null removes one, objects are merged."""
    if not isinstance(patch, dict):
        return patch
    merged: dict[str, Any] = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged
