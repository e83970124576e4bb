"""Money: major units to minor ones, exactly."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkeeper.record import minor_exponent, to_major, to_minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("2.99", "USD", 299),
        (2.99, "USD", 299),  # not 298: by its shortest text, not by its bits
        (0.1 + 0.2, "USD", 30),
        (3, "EUR", 300),
        (Decimal("-5"), "EUR", -500),
        ("500", "JPY", 500),
        ("1.2345", "KWD", 1234),  # half a unit rounds to even
        ("1.2355", "KWD", 1236),
        ("0.005", "USD", 0),
        ("2", "CLF", 20_000),
        ("9" * 16, "USD", int("9" * 16) * 100),
        ("1e-400", "USD", 0),
        ("1e-99999999", "USD", 0),
    ],
)
def test_amounts_become_minor_units(amount: str | float | Decimal, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    "amount", ["", "free", "NaN", "inf", "-Infinity", "sNaN", "1,50", float("nan"), "1e17", "-1e17"]
)
def test_other_things_are_no_money(amount: str | float) -> None:
    with pytest.raises(ValueError, match="no amount of money"):
        to_minor(amount, "USD")


def test_a_number_of_a_million_digits_is_refused_at_once() -> None:
    began = time.perf_counter()
    for amount in ("1e1000000", "9" * 100_000, "1e999999999999"):
        with pytest.raises(ValueError, match="no amount of money"):
            to_minor(amount, "USD")
    assert time.perf_counter() - began < 1  # was 9 s for 300,000 digits


def test_currencies_have_their_own_minor_units() -> None:
    exponents = {name: minor_exponent(name) for name in ("USD", "EUR", "CNY", "JPY", "KRW", "BHD", "TND", "CLF", "UYW")}
    assert exponents == {"USD": 2, "EUR": 2, "CNY": 2, "JPY": 0, "KRW": 0, "BHD": 3, "TND": 3, "CLF": 4, "UYW": 4}


@given(st.integers(-(10**15), 10**15), st.sampled_from(["USD", "JPY", "KWD", "CLF"]))
def test_minor_units_come_back(minor: int, currency: str) -> None:
    assert to_minor(to_major(minor, currency), currency) == minor
    assert to_minor(str(to_major(minor, currency)), currency) == minor
