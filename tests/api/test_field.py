"""Fields that requests share: times, money, ids, extra JSON."""

from decimal import Decimal

import pytest
from pydantic import BaseModel, ValidationError

from shopkeeper.api.field import Id, JsonObject, Moment, exact_minor

ONE_HOUR = 3_600_000_000


class Row(BaseModel):
    time: Moment | None = None
    id: Id = "x"
    extra: JsonObject = {}


@pytest.mark.parametrize(
    ("sent", "microseconds"),
    [
        ("1970-01-02", 24 * ONE_HOUR),
        ("1970-01-01T01:00:00Z", ONE_HOUR),
        ("1970-01-01T03:00:00+02:00", ONE_HOUR),
        ("1970-01-01T01:00:00", ONE_HOUR),
        (1_500_000_000_000_000, 1_500_000_000_000_000),
    ],
)
def test_times_are_iso_texts_or_microseconds(sent: object, microseconds: int) -> None:
    assert Row.model_validate({"time": sent}).time == microseconds


@pytest.mark.parametrize("sent", ["yesterday", "2017-13-01", True, 1.5, 1_500_000_000, -1, 2**70, [], "9999-99-99"])
def test_other_times_are_refused_with_a_reason(sent: object) -> None:
    with pytest.raises(ValidationError, match=r"time|plausible"):
        Row.model_validate({"time": sent})


def test_seconds_are_named_as_the_likely_mistake() -> None:
    with pytest.raises(ValidationError, match="microseconds since 1970, not seconds"):
        Row.model_validate({"time": 1_500_000_000})


@pytest.mark.parametrize("sent", ["", "a\x00b", "a\nb", "x" * 257, 7, "\ud800"])
def test_ids_that_a_store_cannot_hold_are_refused(sent: object) -> None:
    with pytest.raises(ValidationError):
        Row.model_validate({"id": sent})


@pytest.mark.parametrize(
    "sent", [{"a": float("nan")}, {"a": "\ud800"}, {"a": ["\x00"]}, {"a": "x" * 70_000}, {"a": float("inf")}]
)
def test_extra_json_that_a_store_cannot_hold_is_refused(sent: object) -> None:
    with pytest.raises(ValidationError):
        Row.model_validate({"extra": sent})


def test_extra_json_nested_too_deeply_is_refused() -> None:
    nested: dict[str, object] = {}
    for _ in range(100_000):
        nested = {"a": nested}
    with pytest.raises((ValidationError, RecursionError)):
        Row.model_validate({"extra": nested})


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("2.99", "USD", 299),
        ("300", "JPY", 300),
        ("1.234", "KWD", 1234),
        ("0.30000000000000004", "USD", 30),
        ("0", "EUR", 0),
    ],
)
def test_money_goes_to_minor_units_exactly(amount: str, currency: str, minor: int) -> None:
    assert exact_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(("amount", "currency"), [("2.999", "USD"), ("1.5", "JPY"), ("1.2345", "KWD")])
def test_money_that_would_need_rounding_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="decimals"):
        exact_minor(Decimal(amount), currency)
