"""Types of fields that requests share: ids, texts, times, money, JSON objects, and batches whose bad rows are kept."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from shopkeeper.record import minor_exponent, parse_time, to_major, to_minor

MAX_ROWS: Final = 10_000
MAX_ID: Final = 256  # characters
MAX_TEXT: Final = 20_000  # characters
MAX_JSON: Final = 64_000  # characters of one object of extra fields
MAX_MAJOR: Final = 10**12  # major units of one amount
MAX_MINOR: Final = 2**53  # minor units; beyond, JSON's numbers are no longer exact
CURRENCY: Final = "^[A-Z]{3}$"
FLOAT_NOISE: Final = Decimal("1e-9")  # a sender that adds 0.1 and 0.2 says 0.30000000000000004
LATEST_MICROSECONDS: Final = 253_402_300_800_000_000  # the year 10000, for which ISO 8601 has no four digits
# Made once: json.dumps with options makes a new one for each event of a batch.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
EARLIEST_MICROSECONDS: Final = 10**14  # 1973; smaller integers are seconds or milliseconds sent by mistake


def moment(value: object) -> int:
    """UTC microseconds of an ISO 8601 text or an integer of microseconds. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("a time is an ISO 8601 text or an integer of microseconds since 1970")
    if isinstance(value, int):
        return _plausible(value)
    try:
        return parse_time(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{value[:40]!r} is no ISO 8601 time, such as 2026-11-22T03:31:56Z") from None


def _plausible(value: int) -> int:
    if not EARLIEST_MICROSECONDS <= value < LATEST_MICROSECONDS:
        raise ValueError(f"{value} is no plausible time; integers are microseconds since 1970, not seconds")
    return value


def _json_object(value: dict[str, Any]) -> dict[str, Any]:
    """Refuses what a store cannot hold: NaN, lone surrogates, NUL, and very large objects."""
    if not value:
        return value
    try:
        text = _ENCODER.encode(value)
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds text that is not valid Unicode") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if "\\u0000" in text or len(text) > MAX_JSON:
        raise ValueError(f"holds a NUL character, or more than {MAX_JSON} characters of JSON")
    return value


Id = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=r"^[^\x00]*$")]
Currency = Annotated[str, StringConstraints(pattern=CURRENCY)]
JsonObject = Annotated[dict[str, Any], AfterValidator(_json_object)]
Moment = Annotated[
    int,
    BeforeValidator(moment),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "integer", "minimum": EARLIEST_MICROSECONDS, "exclusiveMaximum": LATEST_MICROSECONDS},
            ],
            "description": "ISO 8601 (UTC where it names no zone), or microseconds since 1970",
        }
    ),
]
Price = Annotated[
    Decimal,
    Field(ge=0, le=MAX_MAJOR, allow_inf_nan=False),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}], "examples": [2.99]}),
]
Value = Annotated[
    Decimal,
    Field(ge=-MAX_MAJOR, le=MAX_MAJOR, allow_inf_nan=False),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}], "examples": [5.98]}),
]


def exact_minor(amount: Decimal, currency: str) -> int:
    """Minor units of an amount that may need rounding only as far as binary fractions do. Raises ValueError."""
    minor = to_minor(amount, currency)
    if abs(to_major(minor, currency) - amount) > FLOAT_NOISE * max(Decimal(1), abs(amount)) or abs(minor) > MAX_MINOR:
        decimals = minor_exponent(currency)
        raise ValueError(f"{amount} {currency} cannot be held exactly; {currency} has {decimals} decimals")
    return minor


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands where a row of a batch could not be read, so that the others still can."""

    reason: str


def _keep_going(value: object, read: ValidatorFunctionWrapHandler) -> object:
    try:
        return read(value)
    except ValidationError as problem:
        return Unreadable(row_words(problem))


KeepGoing: Final = WrapValidator(_keep_going)


def row_words(problem: ValidationError) -> str:
    """Why a row cannot be read, in one line."""
    lines = []
    for error in problem.errors(include_url=False, include_input=False)[:5]:
        where = ".".join(str(part) for part in error["loc"])
        lines.append(f"{where or 'the row'}: {error['msg'].removeprefix('Value error, ')}")
    return "; ".join(lines)


def extra_fields(row: BaseModel) -> dict[str, Any]:
    """Fields that a row brought and that its model does not name."""
    return _json_object(dict(row.__pydantic_extra__ or {}))


def one_or_many(body: object, name: str) -> object:
    """A batch {name: [...]}, also where one row or a bare array was sent."""
    if isinstance(body, list):
        return {name: body}
    return {name: [body]} if isinstance(body, dict) and name not in body else body
