"""Full sync: what a whole feed no longer names is disabled. A feed that was cut short must not empty a shop."""

from dataclasses import replace

import polars as pl

from shopkeeper.data.reader import Entity
from shopkeeper.error import ImportRejected, InputError
from shopkeeper.operation.staging import Stage, Tally, with_part
from shopkeeper.store import Store


def synced(stage: Stage, store: Store, max_disabled: float) -> Stage:
    """The stage with a last part that disables the items that it does not name, of the kinds that it names.

    `tally.sync` then counts items of the store: `enabled` before, `disabled` by this, `back` for those that were
    disabled and are enabled again. A stage that has this part already is left as it is, so that a killed sync goes on.
    An item whose row was rejected is not absent, and stays as it is. Raises InputError where the stage has no items,
    ImportRejected where a rejected row does not tell its item, or where more than a share of what is enabled would be
    disabled.
    """
    whole = stage if stage.tally.sync is not None else _with_absent(stage, store)
    _check(whole.tally.sync or {}, max_disabled)
    return whole


def _with_absent(stage: Stage, store: Store) -> Stage:
    """The stage with what is to be disabled. Raises InputError, ImportRejected."""
    _check_told(stage.tally)
    items = [part.frame().select("item_id", "kind", "enabled") for part in stage.parts if part.entity is Entity.ITEM]
    if not items:
        raise InputError("--sync takes whole catalogues of items, and these files hold none. Nothing was imported.")
    fed = pl.concat(items)
    stored = store.catalogue.frame(0).filter(~pl.col("deleted"), pl.col("kind").is_in(fed["kind"].unique().implode()))
    live = stored.filter("enabled")
    told = pl.concat([fed["item_id"], pl.Series("item_id", stage.tally.rejected_items, pl.String)])
    absent = live.filter(~pl.col("item_id").is_in(told.implode())).select("item_id", enabled=pl.lit(value=False))
    back = stored.filter(~pl.col("enabled")).join(fed.filter("enabled"), on="item_id", how="semi")
    counts = {"enabled": live.height, "disabled": absent.height, "back": back.height}
    return with_part(stage, Entity.ITEM, absent, replace(stage.tally, sync=counts))


def _check_told(tally: Tally) -> None:
    """Raises ImportRejected where a rejected row may be of any item: one that is sold would be taken for absent."""
    untold = tally.rejected.get(Entity.ITEM.value, 0) - len(tally.rejected_items)
    if untold:
        raise ImportRejected(
            f"{untold:,} rows of items could not be read, nor which items they are, so --sync cannot tell what is "
            f"absent; nothing was imported. First rejects: {'; '.join(tally.reasons)}. "
            "Mend the files, or import them without --sync."
        )


def _check(counts: dict[str, int], max_disabled: float) -> None:
    """Raises ImportRejected."""
    disabled, enabled = counts.get("disabled", 0), counts.get("enabled", 0)
    if disabled > max_disabled * enabled:
        raise ImportRejected(
            f"--sync would disable {disabled:,} of {enabled:,} items that the files do not name, more than the "
            f"{max_disabled:.0%} allowed; nothing was imported. See that the files are whole, or loosen --max-disabled."
        )


def sync_words(counts: dict[str, int]) -> str:
    """What a sync did, in a sentence."""
    return f"sync: {counts['disabled']:,} items were absent and are disabled, {counts['back']:,} are enabled again"
