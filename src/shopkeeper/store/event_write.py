"""Writing events: what is refused, what is known already, whose they are; their aggregates in the same transaction."""

from typing import Final

import polars as pl

from shopkeeper.record import EVENT_CODE, LEAST_RATING, MARK_CODE, MOST_RATING, RATING_SCALE, EventType
from shopkeeper.store.aggregate import add_to_aggregates
from shopkeeper.store.erasure import refuse_erased_events
from shopkeeper.store.event_key import event_keys
from shopkeeper.store.frame import EVENT_COLUMN
from shopkeeper.store.part_return import shares
from shopkeeper.store.person import resolve_persons
from shopkeeper.store.row import ROW
from shopkeeper.store.schema import EVENT
from shopkeeper.store.sieve import Rule, Rules, Sieve, shown, too_long, with_nul
from shopkeeper.store.transaction import Transaction

_ITEM: Final = {"item_id": pl.String(), "item_index": pl.Int32()}
_CODE: Final = {kind.value: code for kind, code in EVENT_CODE.items()}
_MARK: Final = {None: 0} | {mark.value: code for mark, code in MARK_CODE.items()}
_WITHOUT_ITEM: Final = (EventType.SEARCH.value,)  # every other event is about an item
_COLUMN: Final = [column.name for column in EVENT.columns]


def event_sieve(frame: pl.DataFrame) -> Sieve:
    """The events of a frame (EVENT_COLUMN and ROW) that can be written if their items are known, with `event_key`."""
    ids = ("event_id", "user_id", "visitor_id", "item_id")
    # An empty id is none: forms and CSV files send it so.
    sieve = Sieve(frame.with_columns(pl.when(pl.col(name) != "").then(name).alias(name) for name in ids))
    sieve.refuse_by(_RULES)
    sieve.frame = sieve.frame.with_columns(event_keys(sieve.frame))
    return sieve


def _rules() -> tuple[Rule, ...]:
    """What an event cannot do without, whatever the store holds. What may break one is not "usual" in event_few.py."""
    kinds = f" is no type of event; there are {', '.join(_CODE)}"
    marks = f" is no mark; there are {', '.join(mark for mark in _MARK if mark)}"
    no_item = pl.concat_str(pl.lit("an event of type "), pl.col("type"), pl.lit(" needs an item_id"))
    context = pl.col("context").str.strip_chars()
    off_scale = ~pl.col("rating").is_between(LEAST_RATING, MOST_RATING) & pl.col("rating").is_not_nan()
    return (
        (pl.col("type").is_null(), "an event needs a type"),
        (~pl.col("type").is_in(list(_CODE)), pl.concat_str(shown("type"), pl.lit(kinds))),
        (pl.col("time").is_null(), "an event needs a time"),
        (pl.col("user_id").is_null() & pl.col("visitor_id").is_null(), "an event needs a user_id or a visitor_id"),
        (pl.col("item_id").is_null() & ~pl.col("type").is_in(_WITHOUT_ITEM), no_item),
        (~pl.col("mark").is_in([mark for mark in _MARK if mark]), pl.concat_str(shown("mark"), pl.lit(marks))),
        (pl.col("quantity") <= 0, "quantity must be above 0; a return is an event of type return"),
        (pl.col("quantity").is_infinite() | pl.col("rating").is_infinite(), "a number is not finite"),
        (off_scale, RATING_SCALE),
        # Parsing a million contexts costs as much as writing them; whoever sends one by one has them parsed already.
        (~(context.str.starts_with("{") & context.str.ends_with("}")), "context is no JSON object"),
        *too_long("user_id", "visitor_id"),
        *with_nul(*(name for name, kind in EVENT_COLUMN.items() if kind == pl.String)),
    )


_RULES: Final = Rules(*_rules())
_UNKNOWN_ITEM: Final = Rules(
    (
        pl.col("item_id").is_not_null() & pl.col("item_index").is_null(),
        pl.concat_str(pl.lit("no item "), shown("item_id"), pl.lit(" is known: put the item first")),
    )
)


def write_events(transaction: Transaction, sieve: Sieve) -> pl.Series:
    """Write the events that are new; returns their ROW. Those of unknown items are refused."""
    refuse_erased_events(transaction, sieve)
    _find_items(transaction, sieve)
    new = _new(transaction, sieve.frame)
    if new.height:
        resolved = resolve_persons(transaction, new)
        first = transaction.take("change", resolved.height)
        numbers = pl.int_range(first, first + resolved.height, dtype=pl.Int64, eager=True).alias("change")
        coded = resolved.with_columns(
            numbers,
            pl.col("type").replace_strict(_CODE, return_dtype=pl.UInt8),
            pl.col("mark").replace_strict(_MARK, return_dtype=pl.UInt8),
            shares(transaction, resolved),
        )
        transaction.insert(EVENT, coded.select(_COLUMN))
        add_to_aggregates(transaction, coded.filter(pl.col("mark") == 0) if coded["mark"].max() else coded)
    return new[ROW]


def _find_items(transaction: Transaction, sieve: Sieve) -> None:
    """Add item_index. Events of deleted items are taken: the item was there when it happened."""
    ids = sieve.frame["item_id"].drop_nulls().unique().to_list()
    items = transaction.fetch_among("SELECT item_id, item_index FROM item WHERE", _ITEM, "item_id", ids)
    sieve.frame = sieve.frame.join(items, on="item_id", how="left", maintain_order="left")
    sieve.refuse_by(_UNKNOWN_ITEM)


def _new(transaction: Transaction, events: pl.DataFrame) -> pl.DataFrame:
    """The events that the log does not have, each once."""
    once = events.unique("event_key", keep="first", maintain_order=True)
    if not transaction.rows("SELECT 1 FROM event LIMIT 1"):
        return once
    known = transaction.dialect.known_keys(transaction.connection, once["event_key"].to_list())
    if not known:
        return once
    return once.join(pl.DataFrame({"event_key": known}), on="event_key", how="anti", maintain_order="left")
