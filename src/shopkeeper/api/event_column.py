"""A batch of events read as whole columns: of which rows nothing is unusual, and what those say.

The rules are event_body.py's. Nothing is refused here, nor mended: a row that a rule might be against, and one that is
taken though it is spelled otherwise (a number as a text), is left to be read by itself. A test reads rows both ways.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import NoneType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from shopkeeper.api.event_body import (
    CLOCK_SKEW,
    MAX_POSITION,
    MAX_QUANTITY,
    WITHOUT_ITEM,
    EventIn,
    EventRule,
    canonical,
)
from shopkeeper.api.field import CURRENCY, EARLIEST_MICROSECONDS, LATEST_MICROSECONDS, MAX_ID, MAX_TEXT, moment
from shopkeeper.record import LEAST_RATING, MOST_RATING, EventType, Mark, minor_exponent
from shopkeeper.store.frame import EVENT_COLUMN
from shopkeeper.store.row import ROW, json_text, json_texts

_IDS: Final = (
    "event_id",
    "user_id",
    "visitor_id",
    "item_id",
    "session_id",
    "surface",
    "recommendation_id",
    "experiment",
)
_TEXTS: Final = ("text", "query")
_NUMBERS: Final = ("quantity", "rating", "value", "position")
_NAMES: Final = EventIn.model_fields.keys()
_TYPES: Final = {kind.value for kind in EventType}
_TEXT: Final[frozenset[type]] = frozenset({str, NoneType})
_NUMBER: Final[frozenset[type]] = frozenset({int, float, NoneType})
# What JSON has for a value that is as it should be; a Boolean is no number.
_KIND: Final[Mapping[str, frozenset[type]]] = {
    **dict.fromkeys((*_IDS, *_TEXTS, "currency", "mark"), _TEXT),
    **dict.fromkeys(("quantity", "rating", "value"), _NUMBER),
    "position": frozenset({int, NoneType}),
    "type": frozenset({str}),
    "time": frozenset({int, str, NoneType}),
    "context": frozenset({dict}),
}
_NO_JSON: Final = (ValueError, RecursionError)  # NaN, and nesting without end
_SHORT_JSON: Final = 32_000  # characters without spaces: with them, no more than field.MAX_JSON
_MOST_MINOR: Final = 1e8  # minor units; of much more, a float may stand for two amounts
_FLOAT_NOISE: Final = 5e-10  # half of field.FLOAT_NOISE, by which decimals are compared
_NOTHING: Final[dict[str, Any]] = {}

Int64 = npt.NDArray[np.int64]
Odd = npt.NDArray[np.bool_]  # (n,) which rows are left to be read by themselves; set as they are found


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """The rows that were read: EVENT_COLUMN and ROW of their events, and how many times were set to the shop's clock.

    `left` are the numbers of the other rows.
    """

    events: pl.DataFrame
    repaired: int
    left: tuple[int, ...]


def plain_events(rows: Sequence[object], rule: EventRule) -> Plain:
    """The events of those rows (JSON values) of which nothing is unusual."""
    odd = np.zeros(len(rows), bool)
    said = _said(rows, odd)
    odd |= _unusual(said).to_numpy()
    time, repaired = _by_clock(said["time"], rule, odd)
    money = _in_minor(said["value"], said["currency"].fill_null(rule.currency), odd)
    events = said.with_columns(time, *money, pl.col("position").cast(pl.Int64, strict=False))
    numbered = events.select(*EVENT_COLUMN).with_columns(
        pl.int_range(len(rows), dtype=pl.UInt32, eager=True).alias(ROW)
    )
    kept = numbered.filter(~odd) if odd.any() else numbered
    return Plain(rule.mark.marked(kept), int((repaired & ~odd).sum()), tuple(np.flatnonzero(odd).tolist()))


def _said(rows: Sequence[object], odd: Odd) -> pl.DataFrame:
    """What rows say, in columns: `value` in major units, `time` null for now. Where a kind is odd, there is null."""
    objects = [row if type(row) is dict else _NOTHING for row in rows]  # nothing has no type, and is odd for that
    names = set[str]().union(*objects)
    return pl.DataFrame([_column(objects, name, names, odd) for name in EVENT_COLUMN])


def _column(objects: Sequence[dict[str, Any]], name: str, names: set[str], odd: Odd) -> pl.Series:
    """A column; `names` are all that any row has a value for."""
    if name == "context":
        return _texts(name, _contexts(objects, names, odd), odd)
    if name not in names and name != "type":
        return pl.Series(name, [None], EVENT_COLUMN[name]).new_from_index(0, len(objects))
    values = _of_kind([row.get(name) for row in objects], _KIND[name], odd)
    if name in _NUMBERS:
        return _numbers(name, values, odd)
    if name == "time":
        return pl.Series(name, _times(values, odd), pl.Int64)
    return _texts(name, _each_once(_type, values, odd) if name == "type" else values, odd)


def _of_kind(values: list[Any], kinds: frozenset[type], odd: Odd) -> list[Any]:
    """The values, None in place of those of another kind."""
    if kinds.issuperset(map(type, values)):
        return values
    strange = [type(value) not in kinds for value in values]
    odd |= strange
    return [None if is_strange else value for value, is_strange in zip(values, strange, strict=True)]


def _each_once(read: Callable[[Any], object], values: list[Any], odd: Odd) -> list[Any]:
    """What `read` makes of each value, equal ones being read once; where it makes None of one, the row is odd."""
    known = {value: None if value is None else read(value) for value in set(values)}
    odd |= [value is not None and known[value] is None for value in values]
    return [known[value] for value in values]


def _times(values: list[Any], odd: Odd) -> list[int | None] | Int64:
    """UTC microseconds of texts and numbers."""
    if set(map(type, values)) == {int}:
        with suppress(OverflowError):
            told = np.array(values, np.int64)
            odd |= (told < EARLIEST_MICROSECONDS) | (told >= LATEST_MICROSECONDS)
            return told
    return _each_once(_moment, values, odd)


def _moment(value: int | str) -> int | None:
    """ISO 8601 has more spellings than a columnar reader knows."""
    try:
        return moment(value)
    except ValueError:
        return None


def _type(name: str) -> str | None:
    told = canonical(name)
    return told if told in _TYPES else None


def _texts(name: str, values: list[str | None], odd: Odd) -> pl.Series:
    """A lone surrogate, which JSON can spell, is in no column of texts."""
    try:
        return pl.Series(name, values, pl.String)
    except UnicodeEncodeError:
        sound = [value is None or _is_sound(value) for value in values]
        odd |= np.logical_not(sound)
        return pl.Series(name, [value if kept else None for value, kept in zip(values, sound, strict=True)], pl.String)


def _is_sound(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _numbers(name: str, values: list[int | float | None], odd: Odd) -> pl.Series:
    given = np.array([value is not None for value in values], bool)
    try:
        number = np.array(values, np.float64)  # NaN for None
    except OverflowError:
        odd |= given
        return pl.Series(name, [None] * len(values), pl.Float64)
    finite = np.isfinite(number)
    odd |= given & ~finite
    return pl.Series(name, np.where(finite, number, np.nan), nan_to_null=True)


def _contexts(objects: Sequence[dict[str, Any]], names: set[str], odd: Odd) -> list[str | None]:
    """Each row's context and the fields that are not named, as one JSON text; None where there are none."""
    if "context" not in names and names <= _NAMES:
        return [None] * len(objects)
    given = _of_kind([row.get("context", _NOTHING) for row in objects], _KIND["context"], odd)
    every = [_with_extra(row, context or _NOTHING) for row, context in zip(objects, given, strict=True)]
    odd |= [context is None for context in every]
    texts = _json_texts([context or _NOTHING for context in every], odd)
    return [text if context else None for text, context in zip(texts, every, strict=True)]


def _with_extra(row: dict[str, Any], context: dict[str, Any]) -> dict[str, Any] | None:
    """A context with the fields of its row that are not named; None where both have a field."""
    if row.keys() <= _NAMES:
        return context
    extra = {name: value for name, value in row.items() if name not in _NAMES}
    return {**context, **extra} if context.keys().isdisjoint(extra) else None


def _json_texts(objects: Sequence[dict[str, Any]], odd: Odd) -> list[str | None]:
    try:
        return [*json_texts(objects)]
    except _NO_JSON:
        texts = [_json_text(value) for value in objects]
        odd |= [text is None for text in texts]
        return texts


def _json_text(value: dict[str, Any]) -> str | None:
    try:
        return json_text(value)
    except _NO_JSON:
        return None


def _unusual(said: pl.DataFrame) -> pl.Series:
    """(n,) which rows a rule of EventIn or of event_of might be against."""
    asked = [condition for name, condition in _UNUSUAL if said[name].null_count() < said.height]
    return said.select(pl.any_horizontal(_LACKING, *asked).fill_null(value=False)).to_series()


def _conditions() -> Iterator[tuple[str, pl.Expr]]:
    """What is unusual of a column that says anything; null is false."""
    text = {name: pl.col(name).str for name in (*_IDS, *_TEXTS, "currency", "context")}
    for name in _IDS:
        yield name, ~text[name].len_chars().is_between(1, MAX_ID) | text[name].contains(r"[\x00-\x1f\x7f]")
    for name in _TEXTS:
        yield name, (text[name].len_chars() > MAX_TEXT) | text[name].contains("\0", literal=True)
    yield "currency", ~text["currency"].contains(CURRENCY)
    yield "context", text["context"].contains(r"\u0000", literal=True) | (text["context"].len_chars() > _SHORT_JSON)
    yield "mark", ~pl.col("mark").is_in([mark.value for mark in Mark])
    yield "quantity", (pl.col("quantity") <= 0) | (pl.col("quantity") > MAX_QUANTITY)
    yield "rating", ~pl.col("rating").is_between(LEAST_RATING, MOST_RATING)
    yield "position", ~pl.col("position").is_between(0, MAX_POSITION)


def _lacking() -> pl.Expr:
    """What an event cannot do without."""
    nobody = pl.col("user_id").is_null() & pl.col("visitor_id").is_null()
    nothing = pl.col("item_id").is_null() & ~pl.col("type").is_in([kind.value for kind in WITHOUT_ITEM])
    unasked = (pl.col("type") == EventType.SEARCH.value) & (pl.col("query").fill_null("") == "")
    return nobody | nothing | unasked


# Made once: to build them takes longer than to ask them of a thousand rows.
_UNUSUAL: Final = tuple(_conditions())
_LACKING: Final = _lacking()


def _by_clock(time: pl.Series, rule: EventRule, odd: Odd) -> tuple[pl.Series, Odd]:
    """Times by the shop's clock, and which were set back to it, see event_body.py."""
    told = time.fill_null(rule.now).to_numpy()
    ahead = told > rule.now
    repaired = ahead & (told <= rule.real_now + CLOCK_SKEW) if rule.replays else np.zeros_like(ahead)
    odd |= ~repaired & (told > rule.now + CLOCK_SKEW)
    return pl.Series("time", np.where(repaired, rule.now, told)), repaired


def _in_minor(value: pl.Series, currency: pl.Series, odd: Odd) -> tuple[pl.Series, pl.Series]:
    """Values in minor units, with their currencies; where there is no value, neither is there a currency."""
    decimals = {code: minor_exponent(code) for code in currency.unique().to_list()}
    units = 10.0 ** currency.replace_strict(decimals, return_dtype=pl.Int64).to_numpy()
    with np.errstate(invalid="ignore", over="ignore"):  # of amounts that are too large by far
        scaled = value.to_numpy() * units  # NaN for null
        minor = np.rint(scaled)
        exact = np.abs(scaled - minor) <= _FLOAT_NOISE * np.maximum(units, np.abs(scaled))
        exact &= np.abs(scaled) <= _MOST_MINOR
    odd |= ~exact & value.is_not_null().to_numpy()
    told = pl.Series("value", np.where(exact, minor, np.nan), nan_to_null=True).cast(pl.Int64)
    return told, currency.zip_with(told.is_not_null(), pl.Series([None], dtype=pl.String)).alias("currency")
