"""Money: integer minor units and an ISO 4217 code."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

# Currencies whose minor unit is not a hundredth (ISO 4217, active codes).
MINOR_EXPONENT: Final[Mapping[str, int]] = MappingProxyType(
    dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
    | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
    | dict.fromkeys("CLF UYW".split(), 4)
)
_MAX_MINOR: Final = 2**63 - 1  # what a store can hold


def minor_exponent(currency: str) -> int:
    """How many decimals a currency's minor unit has: 2 for USD, 0 for JPY."""
    return MINOR_EXPONENT.get(currency, 2)


def to_minor(amount: str | int | float | Decimal, currency: str) -> int:
    """Minor units of an amount in major units, exact for decimal texts; half a unit rounds to even.

    Raises ValueError where the amount is no finite number, or more than 64 bits can hold.
    """
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        raise ValueError(f"{amount!r} is no amount of money") from None
    # Looked at before it is made: "1e300000" is an integer of 300,000 digits, which takes seconds.
    if not value.is_finite() or value.adjusted() > 18:
        raise ValueError(f"{str(amount)[:40]!r} is no amount of money")
    minor = int(value.scaleb(minor_exponent(currency)).to_integral_value())
    if abs(minor) > _MAX_MINOR:
        raise ValueError(f"{amount!r} is no amount of money")
    return minor


def to_major(minor: int, currency: str) -> Decimal:
    """The amount in major units: 299 USD is 2.99."""
    return Decimal(minor).scaleb(-minor_exponent(currency))
