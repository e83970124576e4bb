"""Offers without a start: what holds from now on. The past of a price is never rewritten, and nothing is said twice."""

from collections.abc import Sequence
from typing import Final

import polars as pl

SAID: Final = ("price", "currency", "stock")
_PLACE: Final = ("item_index", "market")
_HELD: Final = "_held"  # after the name of a column: what holds now


def holding(offers: pl.DataFrame, now: int) -> pl.DataFrame:
    """Of stored offers those that hold at a time: of each item and market the latest that has begun and not ended."""
    begun = offers.filter((pl.col("valid_from") <= now) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > now)))
    return begun.sort("valid_from").unique(_PLACE, keep="last", maintain_order=True)


def stated(offers: pl.DataFrame, stored: pl.DataFrame, now: int) -> pl.DataFrame:
    """The offers that say something new, each with its `valid_from`; `stored` are all offers of their items.

    `offers` have item_index, market, valid_from, valid_to and those of SAID that the sender names; the result has all
    of them, what is not named being as it holds. An offer that begins at a given time is left as it is. One without
    `valid_from` is left out where it says what holds already. It changes the offer that holds where neither the price
    nor whether there is any stock differs, for counts of pieces have no history; else it begins now, or from the
    beginning where the item had no offer yet. A price that goes on ends when it would have: a sale that sells out, too.
    """
    held_names = (*SAID, "valid_from", "valid_to")
    held_offers = holding(stored, now).select(*_PLACE, *(pl.col(name).alias(name + _HELD) for name in held_names))
    begun = stored.filter(pl.col("valid_from") <= now).select(*_PLACE, pl.lit(value=True).alias("late")).unique()
    rows = offers.join(held_offers, on=_PLACE, how="left", maintain_order="left")
    rows = rows.join(begun, on=_PLACE, how="left", maintain_order="left")
    timed, state = pl.col("valid_from").is_not_null(), pl.col("valid_from").is_null()
    named = [name for name in SAID if name in offers.columns]
    same = {name: pl.col(name).eq_missing(pl.col(name + _HELD)) for name in named}
    ends = pl.col("valid_to").is_not_null() & pl.col("valid_to").ne_missing(pl.col("valid_to" + _HELD))
    held = pl.col("valid_from" + _HELD).is_not_null()
    repeated = state & held & ~ends & pl.all_horizontal(same.values())
    priced = [same[name] for name in ("price", "currency") if name in named]
    goes_on = state & held & ~ends & pl.all_horizontal([pl.lit(value=True), *priced])
    kept = goes_on & pl.all_horizontal([pl.lit(value=True), *_still_there(named)])
    start = pl.when(timed).then("valid_from").when(kept).then("valid_from" + _HELD).when("late").then(now).otherwise(0)
    end = pl.when(goes_on).then("valid_to" + _HELD).otherwise("valid_to")
    unsaid = [pl.when(state).then(name + _HELD).alias(name) for name in SAID if name not in named]
    new = rows.filter(~repeated).with_columns(start.alias("valid_from"), end.alias("valid_to"), *unsaid)
    return new.select(*offers.columns, *(name for name in SAID if name not in named))


def prolonged(new: pl.DataFrame, stored: pl.DataFrame, now: int) -> pl.DataFrame:
    """The offers to write besides, in place of those that would cut a prolonged price short.

    A feed says with a sale what the price is from its end on. Where it later says that the sale lasts longer, the
    price that was to follow would still begin at the old end; so the sale takes its place, unless `new` says otherwise.
    """
    names = ("price", "currency", "valid_to")
    held = holding(stored, now).select(*_PLACE, *(pl.col(name).alias(name + _HELD) for name in names))
    rows = new.filter(pl.col("valid_from") == now).join(held, on=_PLACE, how="inner", maintain_order="left")
    same = [pl.col(name).eq_missing(pl.col(name + _HELD)) for name in ("price", "currency")]
    longer = rows.filter(*same, pl.col("valid_to") > pl.col("valid_to" + _HELD))
    begun = longer.with_columns(pl.col("valid_to" + _HELD).alias("valid_from")).select(new.columns)
    key = [*_PLACE, "valid_from"]
    return begun.join(stored, on=key, how="semi").join(new, on=key, how="anti")


def _still_there(named: Sequence[str]) -> list[pl.Expr]:
    """Whether an item is in stock as it was."""
    if "stock" not in named:
        return []
    there, was = (pl.col(name).fill_null(1) > 0 for name in ("stock", "stock" + _HELD))
    return [there == was]
