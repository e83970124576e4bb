"""The currency that a price names itself: "109.00 EUR", "EUR 109.00", "€12,50", "US$ 3"."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import polars as pl

# ISO 4217, the active codes of money.
_CODES: Final = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG".split()
)
# A sign of several is the shop's own, or that which the row names.
_SIGNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "$": "ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD TWD "
        "USD UYU XCD",
        **{"US$": "USD", "A$": "AUD", "AU$": "AUD", "CA$": "CAD", "C$": "CAD", "NZ$": "NZD", "HK$": "HKD"},
        **{"S$": "SGD", "NT$": "TWD", "MX$": "MXN", "R$": "BRL"},
        **{"€": "EUR", "£": "EGP FKP GBP GIP LBP SDG SHP SSP SYP"},
        **{"¥": "CNY JPY", "￥": "CNY JPY", "CN¥": "CNY", "JP¥": "JPY", "元": "CNY", "円": "JPY"},
        **{"₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₫": "VND", "฿": "THB", "₪": "ILS"},
        **{"₦": "NGN", "₱": "PHP", "₡": "CRC", "₲": "PYG", "₵": "GHS", "₸": "KZT", "₮": "MNT", "₭": "LAK"},
        **{"₼": "AZN", "₾": "GEL", "៛": "KHR", "৳": "BDT"},
        **{"KR": "DKK ISK NOK SEK", "ZŁ": "PLN", "KČ": "CZK", "FT": "HUF", "RMB": "CNY"},
    }
)
_MOSTLY: Final = {"£": "GBP"}  # what a sign of several is where neither the row nor the shop is of them
_WORD: Final = r"[\p{L}\p{Sc}]"
# A word, an amount, a word. A dot ends an abbreviation only before a blank: what "Rs.500" is cannot be told.
_AMOUNT: Final = r"^(?:(\p{L}+)\.\s+|([\p{L}\p{Sc}]+))?\s*([-+]?[\d.,][\d.,\s'_]*?)\s*(?:([\p{L}\p{Sc}]+)\.?)?$"
_UNCLEAR: Final = r"\p{L}[.,]\d"
_SIDES: Final = ("before", "after")  # of an amount


def with_currency(rows: pl.DataFrame, money: Sequence[str], shop: str) -> pl.DataFrame:
    """Rows with what their columns of money say beside the numbers.

    `x_amount` of each column x is its text without the currency, null where it is no amount. `currency_read` is the
    row's: of its column `currency`, else of its amounts, else the `shop`'s. `currency_told` says whether it is the
    row's own, `currency_sign` is a sign that was read as it, `currency_fault` why there is none.
    """
    said = pl.col("currency").str.to_uppercase() if "currency" in rows.columns else pl.lit(None, pl.String)
    rows = rows.with_columns(said.alias("currency_read"))
    names = [name for name in money if name in rows.columns]
    split = [_split(rows[name]) for name in names]
    rows = rows.with_columns(part["amount"].alias(name + "_amount") for name, part in zip(names, split, strict=True))
    words = [part[side].alias(f"_{side}_{name}") for name, part in zip(names, split, strict=True) for side in _SIDES]
    words = [word for word in words if word.null_count() < rows.height]
    named = _named(rows.with_columns(words), [word.name for word in words], shop)
    told = pl.col("currency_read").is_not_null()
    return named.with_columns(told.alias("currency_told"), pl.col("currency_read").fill_null(shop))


def _split(text: pl.Series) -> pl.DataFrame:
    """`before`, `amount`, `after` of texts. Plain numbers first: nearly all are."""
    worded = text.str.contains(_WORD).fill_null(value=False)
    none = pl.repeat(None, len(text), dtype=pl.String, eager=True)
    if not worded.any():
        return pl.DataFrame({"before": none, "amount": text, "after": none})
    parts = text.set(~worded, None).str.extract_groups(_AMOUNT).struct.unnest()
    parts.columns = ["short", "before", "amount", "after"]
    plain = ~worded | text.cast(pl.Float64, strict=False).is_finite().fill_null(value=False)  # "1e5" is one
    clear = ~text.str.contains(_UNCLEAR).fill_null(value=False)
    return parts.select(
        pl.coalesce("short", "before").alias("before"),
        pl.when(plain).then(text).when(clear).then("amount").alias("amount"),
        "after",
    )


def _named(rows: pl.DataFrame, words: list[str], shop: str) -> pl.DataFrame:
    """`currency_read`, `currency_sign` and `currency_fault`; each distinct way to name a currency is looked at once."""
    nothing = pl.lit(None, pl.String)
    if not words:
        return rows.with_columns(nothing.alias("currency_sign"), nothing.alias("currency_fault"))
    key = [*words, "currency_read"]
    ways = rows.filter(pl.any_horizontal(pl.col(words).is_not_null())).select(key).unique()
    found = [_currency([word for word in way[:-1] if word], way[-1], shop) for way in ways.iter_rows()]
    schema = {name: pl.String() for name in ("currency_found", "currency_sign", "currency_fault")}
    ways = ways.hstack(pl.DataFrame(found, schema=schema, orient="row"))
    joined = rows.join(ways, on=key, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.coalesce("currency_found", "currency_read").alias("currency_read")).drop(
        *words, "currency_found"
    )


def _currency(words: Sequence[str], said: str | None, shop: str) -> tuple[str | None, str | None, str | None]:
    """(code, sign, fault) of an amount's words, in a row that names `said`."""
    possible = {said} if said else None
    for word in words:
        meant = _meant(word)
        if not meant:
            return None, None, f"{word[:20]} is no currency that is known"
        both = meant if possible is None else meant & possible
        if not both:
            return None, None, _contradiction(words, word, said)
        possible = both
    sign = next((word for word in words if word.upper() not in _CODES), None)
    return _chosen(possible or set(), sign or "", shop, sign)


def _chosen(possible: set[str], text: str, shop: str, sign: str | None) -> tuple[str | None, str | None, str | None]:
    if len(possible) == 1:
        return next(iter(possible)), sign, None
    code = shop if shop in possible else _MOSTLY.get(text)
    if code is not None:
        return code, sign, None
    *some, last = sorted(possible)
    remedy = "name the currency in a column of its own, or as in 12.50 USD"
    return None, None, f"{text} may be {', '.join(some)} or {last}: {remedy}"


def _contradiction(words: Sequence[str], word: str, said: str | None) -> str:
    if said:
        return f"{word} is not {said}, which the row names as its currency"
    return f"{words[0]} and {word} are two currencies"


def _meant(word: str) -> set[str]:
    """The currencies that a word may stand for."""
    upper = word.upper()
    return {upper} if upper in _CODES else set(_SIGNS.get(upper, "").split())
