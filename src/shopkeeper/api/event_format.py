"""Events in another system's words, read by the very shapes that read its files."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from shopkeeper.api.event_body import EventIn, EventRule, event_of
from shopkeeper.api.field import MAX_ROWS, row_words
from shopkeeper.api.receipt import Sifted
from shopkeeper.data.reader import RowKind
from shopkeeper.data.reader.shape import Row, Shape
from shopkeeper.error import InputError
from shopkeeper.record import Event, to_major, to_minor
from shopkeeper.store import Refusal

_MISFIT: Final = (ValueError, RecursionError)


@dataclass
class Sent:
    """What became of a body: numbers count its records from 0, those within calls and batches one after another."""

    kept: list[Event] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    repaired: int = 0

    @property
    def sifted(self) -> Sifted[Event]:
        return Sifted(tuple(self.kept), tuple(self.numbers), tuple(self.refused))

    @property
    def note(self) -> str | None:
        """What was left out, since it is no event of ours."""
        named = ", ".join(f"{name} {count}" for name, count in self.left_out.most_common(8))
        return f"Left out, for they tell no event that is ours: {named}." if named else None


def sift_sent(body: object, shape: Shape, rule: EventRule) -> Sent:
    """The events of one record, an array of them, or the system's own batch. Raises InputError for none or too many."""
    sent = Sent()
    number = -1
    for number, part in enumerate(_parts(body, shape)):
        if number >= MAX_ROWS:
            raise _too_many()
        _take(sent, number, part, shape, rule)
    if number < 0:
        raise InputError(f"The body holds no {shape.name} record. Send one, an array, or a batch of them.")
    return sent


def _too_many() -> InputError:
    return InputError(f"A request may have {MAX_ROWS:,} events at most; nothing was taken. Send them in batches.")


def _parts(body: object, shape: Shape) -> Iterator[object]:
    """The records, one by one. Raises InputError where a batch is too long."""
    for record in body if isinstance(body, list) else [body]:
        try:
            found = shape.parts(record) if isinstance(record, Mapping) else (record,)
        except ValueError as problem:
            raise InputError(f"{str(problem)[:1].upper()}{str(problem)[1:]}. Nothing was taken.") from None
        yield from found


def _take(sent: Sent, number: int, part: object, shape: Shape, rule: EventRule) -> None:
    """Add a record's events. A record that cannot be read is refused whole, one row of it alone: as in files.

    Raises InputError where it makes too many rows, before any of them is read.
    """
    try:
        flat = shape.read(part)
    except _MISFIT as problem:
        sent.refused.append(Refusal(number, str(problem)))
        return
    rows = [row for row in flat.rows if row.kind is RowKind.EVENTS]
    if len(sent.kept) + len(sent.refused) + len(rows) > MAX_ROWS:
        raise _too_many()
    for row in rows:
        try:
            event, repaired = event_of(_event_in(row, rule.currency), rule)
        except _MISFIT as problem:
            words = row_words(problem) if isinstance(problem, ValidationError) else str(problem)
            sent.refused.append(Refusal(number, words))
            continue
        sent.kept.append(event)
        sent.numbers.append(number)
        sent.repaired += repaired
    if not rows:
        sent.left_out[flat.left_out[:40] or "/".join(row.kind.value for row in flat.rows[:1])] += 1


def _event_in(row: Row, currency: str) -> EventIn:
    """The row as the API's own field names and types have it. Raises ValueError."""
    told: dict[str, Any] = {name: value for name, value in row.values.items() if value not in (None, "")}
    if "currency" in told:
        told["currency"] = told["currency"].upper()
    if "value" in told:
        # A price with more decimals than the currency: it is the sender's rounding, not a slip.
        code = told.get("currency", currency)
        told["value"] = to_major(to_minor(told["value"], code), code)
    return EventIn.model_validate({**told, "context": dict(row.extra)})
