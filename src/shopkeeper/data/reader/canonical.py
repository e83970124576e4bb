"""From rows of text to canonical columns: every value is read, repaired or rejected, whole columns at a time."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import polars as pl

from shopkeeper.data.reader.availability import is_known, sold_out
from shopkeeper.data.reader.column import Plan
from shopkeeper.data.reader.event_name import EVENT_NAME
from shopkeeper.data.reader.fault import LARGEST, MONEY, NUMBERS, TIMES, fault, speaking
from shopkeeper.data.reader.price_currency import with_currency
from shopkeeper.data.reader.protocol import (
    COLUMNS,
    EXCERPT,
    FIELD,
    REJECT_COLUMN,
    Chunk,
    Entity,
    ReadOption,
    RowKind,
    canonical_frame,
)
from shopkeeper.data.reader.value import clean, minor_units, number, read_times
from shopkeeper.record import EventType, ItemKind
from shopkeeper.store.frame import CATEGORY_SEPARATOR

_NAMED: Final = 8  # words of availability that are not known and are named in the summary
# As orders say it in a column that we do not read: "Financial Status": "refunded".
_UNDONE: Final = r'(?i)status"\s*:\s*"(?:wc-)?(?:partially[ _])?(?:refunded|cancell?ed|voided|returned)"'
_TRUE, _FALSE = ("true", "1", "yes", "y", "t"), ("false", "0", "no", "n", "f")


@dataclass
class Canonical:
    """Turns raw frames of one file into chunks.

    A raw frame has text columns, each named FIELD + the file's name for it, `line`, `extra` (a JSON object or null)
    and `excerpt` (how the row begins).
    """

    plan: Plan
    option: ReadOption
    file: str
    _told: set[str] = field(default_factory=set)
    _unknown: set[str] = field(default_factory=set)  # words of availability that are named in the summary

    def chunks(self, raw: pl.DataFrame, rejects: pl.DataFrame) -> Iterator[Chunk]:
        """The chunks of one raw frame; `rejects` are rows that did not even become one."""
        kind = self.plan.kind
        rows = with_currency(_stocked(self._named(raw)), MONEY[kind], self.option.currency)
        rows = rows.with_columns(**_parsed(rows, kind), **_times(rows, kind))
        rows = rows.with_columns(fault(rows, kind, self.option).alias("_fault"))
        bad = rows.filter(pl.col("_fault").is_not_null())
        good = rows.filter(pl.col("_fault").is_null())
        notes = self._notes(good)
        repairs = _repairs(good, kind) | self._unknown_words(good)
        all_rejects = pl.concat([rejects, self._rejected(bad)])
        if kind is RowKind.EVENTS:
            good = _of_event(good, self.option)
            yield self._chunk(Entity.EVENT, good, all_rejects, repairs, notes)
        elif kind is RowKind.USERS:
            good = good.with_columns(pl.col("extra").fill_null("{}").alias("attributes"))
            yield self._chunk(Entity.USER, good, all_rejects, repairs, notes)
        elif kind is RowKind.OFFERS:
            yield self._chunk(Entity.OFFER, _of_offer(good, partial=True), all_rejects, repairs, notes)
        else:
            items = self._chunk(Entity.ITEM, _of_item(good), all_rejects, repairs, notes)
            ids = bad["item_id"].drop_nulls().to_list() if "item_id" in bad.columns else ()
            yield replace(items, rejected_items=tuple(ids))
            offers = _of_offer(good, partial=self.option.update)
            if offers.height:
                yield self._chunk(Entity.OFFER, offers, all_rejects.clear(), {}, ())

    def _named(self, raw: pl.DataFrame) -> pl.DataFrame:
        """Columns under the names of their fields, trimmed, empty texts as null."""
        fields = [clean(pl.col(FIELD + column)).alias(name) for name, column in self.plan.column.items()]
        return raw.select("line", "extra", "excerpt", *fields)

    def _rejected(self, bad: pl.DataFrame) -> pl.DataFrame:
        return bad.select(
            pl.lit(self.file).alias("file"),
            pl.col("line").cast(pl.Int64),
            pl.col("_fault").struct.field("column").replace(dict(self.plan.column)).alias("column"),
            pl.col("_fault").struct.field("reason").alias("reason"),
            pl.col("excerpt").str.slice(0, EXCERPT),
        ).cast(pl.Schema(REJECT_COLUMN))

    def _notes(self, good: pl.DataFrame) -> tuple[str, ...]:
        """What was guessed about values; each sentence is told once for a file."""
        found = list(self.plan.notes)
        found += [
            f"{self.file}: bare dates and times without a zone in {self.plan.column[name]} are read as UTC."
            for name in TIMES[self.plan.kind]
            if name in good.columns and good[name + "_zoneless"].any()
        ]
        if self.plan.kind is RowKind.EVENTS and "type" not in self.plan.column:
            usual = _usual_type(good.columns, self.option)
            found.append(
                f"{self.file}: no column names the event; all are read as {usual}. --event TYPE says otherwise."
            )
        if "price" in good.columns and self.plan.kind in (RowKind.ITEMS, RowKind.OFFERS) and good["price"].count():
            found.append(f"{self.file}: prices hold from now on, of items that had none from the beginning.")
            if good.select((pl.col("price").is_not_null() & ~pl.col("currency_told")).any()).item():
                found.append(f"{self.file}: prices without a currency are read as {self.option.currency}.")
        found += self._signs(good)
        untyped = self.plan.kind is RowKind.EVENTS and "type" not in self.plan.column
        if untyped and good.select(pl.col("extra").str.contains(_UNDONE).any()).item():
            found.append(
                f"{self.file}: rows whose status is refunded, cancelled or voided are read like the others. Take them "
                "out of the file, or give it a column of event types that says return."
            )
        new = tuple(note for note in found if note not in self._told)
        self._told.update(new)
        return new

    def _unknown_words(self, good: pl.DataFrame) -> dict[str, int]:
        """How many rows say of an item by which unknown word whether it can be had; further words have no names."""
        if "availability" not in good.columns:
            return {}
        counted = pl.col("stock").is_not_null() if "stock" in good.columns else pl.lit(value=False)
        unknown = good.filter(~is_known(pl.col("availability")) & ~counted)
        words = unknown["availability"].str.slice(0, EXCERPT)
        counts: Counter[str] = Counter()
        for word, count in words.value_counts().sort("count", "availability", descending=[True, False]).rows():
            if len(self._unknown) < _NAMED:
                self._unknown.add(word)
            named = repr(word) if word in self._unknown else "another word"
            counts[f"availability {named} is not known: taken as in stock"] += count
        return dict(counts)

    def _signs(self, good: pl.DataFrame) -> list[str]:
        """Which signs were read as which currency."""
        signs = good.filter(pl.col("currency_sign").is_not_null()).select("currency_sign", "currency_read")
        money = " and ".join(self.plan.column[name] for name in MONEY[self.plan.kind] if name in good.columns)
        return [
            f"{self.file}: {sign} in {money} is read as {code}." for sign, code in signs.unique().sort(pl.all()).rows()
        ]

    def _chunk(
        self,
        entity: Entity,
        rows: pl.DataFrame,
        rejects: pl.DataFrame,
        repairs: Mapping[str, int],
        notes: tuple[str, ...],
    ) -> Chunk:
        frame, named = canonical_frame(entity, rows), self._spoken_of(entity)
        return Chunk(entity, frame, rows["line"], self.file, rejects, repairs, notes, named=named)

    def _spoken_of(self, entity: Entity) -> tuple[str, ...] | None:
        """The columns that rows speak of, where the rest is to stay; None: the rows are whole."""
        fields = set(self.plan.column) | ({"stock"} if "availability" in self.plan.column else set())
        if entity is Entity.OFFER and (self.option.update or self.plan.kind is RowKind.OFFERS):
            priced = {"price", "currency"} if "price" in fields else set()
            fields = {"item_id", "market", "valid_from", "valid_to"} | priced | (fields & {"stock"})
        elif entity is Entity.ITEM and self.option.update:
            fields |= {"attributes"} if self.plan.extra else set()
        else:
            return None
        return tuple(name for name in COLUMNS[entity] if name in fields)


def _stocked(rows: pl.DataFrame) -> pl.DataFrame:
    """With a stock of nothing where the row says that the item cannot be had."""
    if "availability" not in rows.columns:
        return rows
    pieces = pl.col("stock") if "stock" in rows.columns else pl.lit(None, pl.String)
    return rows.with_columns(
        pl.when(sold_out(pl.col("availability"))).then(pl.lit("0")).otherwise(pieces).alias("stock")
    )


def _parsed(rows: pl.DataFrame, kind: RowKind) -> dict[str, pl.Expr]:
    """`x_read` beside each column x that is more than a text; null where it could not be read."""
    has = rows.columns
    read = {name + "_read": number(pl.col(name)) for name in NUMBERS[kind] if name in has}
    currency = pl.col("currency_read")
    read |= {name + "_read": minor_units(pl.col(name + "_amount"), currency) for name in MONEY[kind] if name in has}
    if "type" in has:
        read["type_read"] = event_type(pl.col("type"))
    if "enabled" in has:
        flag = pl.col("enabled").str.to_lowercase()
        read["enabled_read"] = pl.when(flag.is_in(_TRUE)).then(True).when(flag.is_in(_FALSE)).then(False)
    return read


def _times(rows: pl.DataFrame, kind: RowKind) -> dict[str, pl.Series]:
    """`x_read` and `x_zoneless` of each column of times."""
    read: dict[str, pl.Series] = {}
    for name in TIMES[kind]:
        if name in rows.columns:
            times = read_times(rows[name])
            read |= {name + "_read": times["time"], name + "_zoneless": times["zoneless"]}
    return read


def event_type(name: pl.Expr) -> pl.Expr:
    """Our type of the names that others give to events; null for those that we do not know."""
    return _plain(name).replace_strict(EVENT_NAME, default=None, return_dtype=pl.String)


def _plain(name: pl.Expr) -> pl.Expr:
    """What `event_name.plain` does, over a column."""
    bare = name.str.strip_chars().str.strip_chars_start("\ufeff")
    spaced = bare.str.replace_all(r"([a-z0-9])([A-Z])", "${1}_${2}").str.to_lowercase()
    return spaced.str.replace_all(r"[^0-9a-z\x{80}-\x{10ffff}]+", "_").str.strip_chars("_")


def _repairs(good: pl.DataFrame, kind: RowKind) -> dict[str, int]:
    """How many accepted rows hold a value that had to be changed to be read."""
    texts = {name: name for name in NUMBERS[kind]} | {name: name + "_amount" for name in MONEY[kind]}
    counts = {
        f"{name}: signs and separators around the number removed": int(
            good.select((~pl.col(text).str.contains(r"^[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?$")).sum()).item() or 0
        )
        for name, text in texts.items()
        if name in good.columns
    }
    return {reason: count for reason, count in counts.items() if count}


def _usual_type(columns: list[str], option: ReadOption) -> str:
    """What events are where no column says: what the caller says, else rated, bought or seen."""
    if option.event is not None:
        return option.event.value
    if "rating" in columns:
        return EventType.RATE.value
    bought = {"quantity", "value", "unit_price"} & set(columns)
    return EventType.PURCHASE.value if bought else EventType.VIEW.value


def _of_event(good: pl.DataFrame, option: ReadOption) -> pl.DataFrame:
    """Parsed values in place of texts; the line's value from a unit price where only that is given."""
    has = good.columns
    take = [pl.col(name + "_read").alias(name) for name in ("time", "quantity", "rating") if name in has]
    if "position" in has:
        take.append(pl.col("position_read").round().cast(pl.Int64).alias("position"))
    kind = pl.col("type_read") if "type" in has else pl.lit(_usual_type(has, option))
    value = _line_value(has)
    if value is not None:
        take.append(value.alias("value"))
        take.append(pl.when(value.is_not_null()).then("currency_read").alias("currency"))
    return good.with_columns(*take, kind.alias("type"), pl.col("extra").fill_null("{}").alias("context"))


def _line_value(columns: list[str]) -> pl.Expr | None:
    """Minor units for the whole line, or None where no column has money."""
    given = pl.col("value_read") if "value" in columns else None
    if "unit_price" not in columns:
        return given
    quantity = pl.col("quantity_read").fill_null(1.0) if "quantity" in columns else pl.lit(1.0)
    made = (pl.col("unit_price_read") * quantity).clip(-LARGEST, LARGEST).round().cast(pl.Int64)
    return made if given is None else pl.coalesce(given, made)


def _of_item(good: pl.DataFrame) -> pl.DataFrame:
    has = good.columns
    kind = pl.col("kind").str.to_lowercase() if "kind" in has else pl.lit(None, pl.String)
    enabled = pl.col("enabled_read") if "enabled" in has else pl.lit(None, pl.Boolean)
    take = [pl.col(name + "_read").alias(name) for name in TIMES[RowKind.ITEMS] if name in has]
    take += [pl.col(name).fill_null("") for name in ("title", "description") if name in has]
    if "category" in has:
        take.append(_category_path().alias("category"))
    blank = [pl.lit("").alias(name) for name in ("title", "description", "category") if name not in has]
    return good.with_columns(
        *take,
        *blank,
        kind.fill_null(ItemKind.PRODUCT.value).alias("kind"),
        enabled.fill_null(True).alias("enabled"),
        pl.col("extra").fill_null("{}").alias("attributes"),
    )


def _category_path() -> pl.Expr:
    """ "a|b", "a>b" and "a > b" alike as "a > b"; a JSON list of names too."""
    plain_list = pl.col("category").fill_null("").str.replace_all(r'^\["|"\]$', "").str.replace_all(r'",\s*"', "|")
    return plain_list.str.replace_all(r"\s*[|>]\s*", CATEGORY_SEPARATOR).str.strip_chars(" >")


def _of_offer(good: pl.DataFrame, *, partial: bool) -> pl.DataFrame:
    """Rows that say a price or a stock; that an item can be had too, where that is `partial`: it empties no price."""
    said = [name for name in ("price", "stock") if name in good.columns]
    if not said:
        return good.clear()
    spoken = [name + "_read" for name in said]
    if partial and "availability" in speaking(good.columns):
        spoken.append("availability")
    rows = good.filter(pl.any_horizontal(pl.col(spoken).is_not_null()))
    take = [pl.col(name + "_read").round().cast(pl.Int64).alias(name) for name in said]
    market = pl.col("market").fill_null("") if "market" in good.columns else pl.lit("")
    window = [  # where the file tells no beginning, the import gives it
        (pl.col(name + "_read") if name in good.columns else pl.lit(None, pl.Int64)).alias(name)
        for name in ("valid_from", "valid_to")
    ]
    return rows.with_columns(
        *take,
        pl.col("currency_read").alias("currency"),
        market.alias("market"),
        *window,
    )
