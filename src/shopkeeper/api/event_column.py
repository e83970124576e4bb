"""A batch of events read as whole columns: of which rows nothing is unusual, and what those say.

The rules are event_body.py's. Nothing is refused here, nor mended: a row that a rule might be against, and one that is
taken though it is spelled otherwise (a number as a text), is left to be read by itself. A test reads rows both ways.
Columns are lists until they are made into a frame: of a thousand rows, a question to a list takes less time than Polars
takes to be asked.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from msgspec.structs import astuple

from shopkeeper.api.event_body import CLOCK_SKEW, WITHOUT_ITEM, EventRule, canonical
from shopkeeper.api.event_line import EventLine
from shopkeeper.api.field import CURRENCY, moment
from shopkeeper.record import EventType, Mark, minor_exponent
from shopkeeper.store.frame import EVENT_COLUMN
from shopkeeper.store.row import ROW, json_text, json_texts

_TYPES: Final = {kind.value for kind in EventType}
_MARKS: Final = {mark.value for mark in Mark}
_WITHOUT_ITEM: Final = {kind.value for kind in WITHOUT_ITEM}
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")  # characters that no id has
_CURRENCY: Final = re.compile(CURRENCY)
_NO_JSON: Final = (ValueError, RecursionError)  # NaN, and nesting without end
_SHORT_JSON: Final = 32_000  # characters without spaces: with them, no more than field.MAX_JSON
_NUL_IN_JSON: Final = r"\u0000"
_MOST_MINOR: Final = 1e8  # minor units; of much more, a float may stand for two amounts
_FLOAT_NOISE: Final = 5e-10  # half of field.FLOAT_NOISE, by which decimals are compared

Int64 = npt.NDArray[np.int64]
Odd = npt.NDArray[np.bool_]  # (n,) which rows are left to be read by themselves; set as they are found
Values = Sequence[Any]  # a column, None where a row does not say it
Said = dict[str, Values]


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """The rows that were read: EVENT_COLUMN and ROW of their events, and how many times were set to the shop's clock.

    `left` are the numbers of the other rows.
    """

    events: pl.DataFrame
    repaired: int
    left: tuple[int, ...]


def plain_events(lines: Sequence[EventLine | None], rule: EventRule) -> Plain:
    """The events of those rows of which nothing is unusual; None stands for a row that is no line."""
    odd = np.array([line is None for line in lines], bool)
    said = _said([line or _BLANK for line in lines], odd)
    _find_lacking(said, odd)
    time, repaired = _by_clock(_times(said["time"], rule.now, odd), rule, odd)
    value, currency = _in_minor(said["value"], said["currency"], rule.currency, odd)
    columns = {**said, "time": time, "value": value, "currency": currency}
    numbers = pl.int_range(len(lines), dtype=pl.UInt32, eager=True).alias(ROW)
    events = pl.DataFrame([*(_column(name, columns[name], odd) for name in EVENT_COLUMN), numbers])
    kept = events.filter(~odd) if odd.any() else events
    if rule.mark.concerns(said["user_id"], said["context"]):
        kept = rule.mark.marked(kept)
    return Plain(kept, int((repaired & ~odd).sum()), tuple(np.flatnonzero(odd).tolist()))


_BLANK: Final = EventLine(type="")


def _said(lines: Sequence[EventLine], odd: Odd) -> Said:
    """What lines say, read as far as it can be without a look at other columns."""
    columns = zip(*map(astuple, lines), strict=True)  # half the time of asking each line for each field
    said = dict(zip(EventLine.__struct_fields__, columns, strict=True))
    return {name: _READ[name](values, odd) if name in _READ else values for name, values in said.items()}


def _free_of(is_in: Callable[[str], bool], values: Values, odd: Odd) -> Values:
    """Texts; those that something is in are odd. It is asked of all in one text first, for few batches have any."""
    if is_in("".join(filter(None, values))):
        odd |= [value is not None and is_in(value) for value in values]
    return values


def _has_control(text: str) -> bool:
    return not text.isprintable() and _CONTROL.search(text) is not None


def _has_nul(text: str) -> bool:
    return "\0" in text


def _each_once(read: Callable[[Any], object], values: Values, odd: Odd) -> Values:
    """What `read` makes of each value, equal ones being read once; where it makes None of one, the row is odd."""
    known = {value: read(value) for value in set(values) if value is not None}
    if None in known.values():
        odd |= [value is not None and known[value] is None for value in values]
    return [*map(known.get, values)]


def _type(name: str) -> str | None:
    told = canonical(name)
    return told if told in _TYPES else None


def _mark(name: str) -> str | None:
    return name if name in _MARKS else None


def _currency(code: str) -> str | None:
    return code if _CURRENCY.fullmatch(code) else None


def _contexts(values: Values, odd: Odd) -> Values:
    """Each context as JSON, None where it is empty."""
    if not any(values):
        return [None] * len(values)
    texts = _json_texts([value or {} for value in values], odd)
    odd |= [len(text or "") > _SHORT_JSON or _NUL_IN_JSON in (text or "") for text in texts]
    return [text if value else None for text, value in zip(texts, values, strict=True)]


def _json_texts(objects: Sequence[Mapping[str, object]], odd: Odd) -> list[str | None]:
    try:
        return [*json_texts(objects)]
    except _NO_JSON:
        texts = [_json_text(value) for value in objects]
        odd |= [text is None for text in texts]
        return texts


def _json_text(value: Mapping[str, object]) -> str | None:
    try:
        return json_text(value)
    except _NO_JSON:
        return None


_ids: Final = partial(_free_of, _has_control)
_texts: Final = partial(_free_of, _has_nul)
_READ: Final[Mapping[str, Callable[[Values, Odd], Values]]] = {
    "event_id": _ids,
    "user_id": _ids,
    "visitor_id": _ids,
    "item_id": _ids,
    "session_id": _ids,
    "surface": _ids,
    "recommendation_id": _ids,
    "experiment": _ids,
    "text": _texts,
    "query": _texts,
    "type": partial(_each_once, _type),
    "mark": partial(_each_once, _mark),
    "currency": partial(_each_once, _currency),
    "context": _contexts,
}


def _find_lacking(said: Said, odd: Odd) -> None:
    """Mark what lacks what an event cannot do without."""
    if None in said["user_id"]:
        people = zip(said["user_id"], said["visitor_id"], strict=True)
        odd |= [user is None and visitor is None for user, visitor in people]
    if None in said["item_id"]:
        acts = zip(said["item_id"], said["type"], strict=True)
        odd |= [item is None and kind not in _WITHOUT_ITEM for item, kind in acts]
    if EventType.SEARCH.value in said["type"]:
        asked = zip(said["type"], said["query"], strict=True)
        odd |= [kind == EventType.SEARCH.value and not query for kind, query in asked]


def _times(values: Values, now: int, odd: Odd) -> Int64:
    """UTC microseconds of texts and numbers; now, where there is none."""
    if set(map(type, values)) != {int}:
        values = [now if time is None else time for time in _each_once(_moment, values, odd)]
    return np.array(values, np.int64)


def _moment(value: int | str) -> int | None:
    """ISO 8601 has more spellings than a columnar reader knows."""
    try:
        return moment(value)
    except ValueError:
        return None


def _by_clock(told: Int64, rule: EventRule, odd: Odd) -> tuple[Int64, Odd]:
    """Times by the shop's clock, and which were set back to it, see event_body.py."""
    ahead = told > rule.now
    repaired = ahead & (told <= rule.real_now + CLOCK_SKEW) if rule.replays else np.zeros_like(ahead)
    odd |= ~repaired & (told > rule.now + CLOCK_SKEW)
    return np.where(repaired, rule.now, told), repaired


def _in_minor(values: Values, currencies: Values, default: str, odd: Odd) -> tuple[pl.Series | Values, Values]:
    """Values in minor units, with their currencies; where there is no value, neither is there a currency."""
    if _is_absent(values):
        return values, values
    codes = [code or default for code in currencies]
    decimals = {code: minor_exponent(code) for code in set(codes)}
    units = 10.0 ** np.array([*map(decimals.__getitem__, codes)])
    scaled = np.array(values, np.float64) * units  # NaN for None
    minor = np.rint(scaled)
    exact = np.abs(scaled - minor) <= _FLOAT_NOISE * np.maximum(units, np.abs(scaled))
    exact &= np.abs(scaled) <= _MOST_MINOR
    odd |= ~exact & ~np.isnan(scaled)
    told = [None if value is None else code for code, value in zip(codes, values, strict=True)]
    return pl.Series("value", np.where(exact, minor, np.nan), nan_to_null=True).cast(pl.Int64), told


def _is_absent(values: Iterable[object]) -> bool:
    return all(value is None for value in values)


def _column(name: str, values: pl.Series | Int64 | Values, odd: Odd) -> pl.Series:
    """A column of a frame. A lone surrogate, which JSON can spell, is in no column of texts."""
    kind = EVENT_COLUMN[name]
    if isinstance(values, pl.Series | np.ndarray):
        return pl.Series(name, values, kind)
    if _is_absent(values):
        return pl.Series(name, [None], kind).new_from_index(0, len(values))
    try:
        return pl.Series(name, values, kind)
    except UnicodeEncodeError:
        sound = [value is None or _is_sound(value) for value in values]
        odd |= np.logical_not(sound)
        return pl.Series(name, [value if kept else None for value, kept in zip(values, sound, strict=True)], kind)


def _is_sound(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
