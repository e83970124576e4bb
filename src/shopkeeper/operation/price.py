"""Prices as people read them, at every door."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from shopkeeper.record import to_major

SIGN: Final[Mapping[str, str]] = MappingProxyType(
    {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "KRW": "₩", "TWD": "NT$", "HKD": "HK$"}
)


def price_text(price: int | None, currency: str | None) -> str:
    """ "$2.99" of 299 USD, "CHF 2.50" of 250 CHF; "" where no price is known."""
    if price is None or currency is None:
        return ""
    amount = f"{to_major(price, currency):,}"
    return f"{SIGN[currency]}{amount}" if currency in SIGN else f"{currency} {amount}"
