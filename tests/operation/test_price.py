"""Prices as people read them."""

import pytest

from shopkeeper.operation.price import price_text


@pytest.mark.parametrize(
    ("price", "currency", "text"),
    [
        (299, "USD", "$2.99"),
        (250, "CHF", "CHF 2.50"),
        (1234567, "EUR", "€12,345.67"),
        (500, "JPY", "¥500"),
        (1234, "KWD", "KWD 1.234"),
        (0, "USD", "$0.00"),
        (None, "USD", ""),
        (299, None, ""),
    ],
)
def test_prices(price: int | None, currency: str | None, text: str) -> None:
    assert price_text(price, currency) == text
