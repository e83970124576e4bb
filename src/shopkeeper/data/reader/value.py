"""Texts read as numbers, money and times, as expressions over whole columns; null where a text is neither."""

import polars as pl

from shopkeeper.record.money import MINOR_EXPONENT, minor_exponent

_DATE = r"^\d{4}-\d{2}-\d{2}$"
_ZONE = r"([+-])(\d{2}):?(\d{2})$"
_ZONELESS = r"^\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$"
_NUMBER = r"^\d{9,19}(?:\.\d+)?$"
_USUAL = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?Z$"
_USUAL_FORMAT = "%Y-%m-%dT%H:%M:%S%.fZ"
_SECOND = 1_000_000
_LATEST = 253_402_300_800 * _SECOND  # the year 10000


def clean(text: pl.Expr) -> pl.Expr:
    """Without blanks around it; empty is null."""
    trimmed = text.str.strip_chars()
    return pl.when(trimmed != "").then(trimmed)


def number(text: pl.Expr) -> pl.Expr:
    """Float64 of "2", "2.50", "$2.50", "1,299.00", "1 299,00" and "2,5"; null for all else, infinity and NaN too."""
    return text.map_batches(_numbers, return_dtype=pl.Float64, is_elementwise=True)


def _numbers(text: pl.Series) -> pl.Series:
    """Plain numbers first: nearly all are, and to take signs and separators away costs ten times as much."""
    value = text.cast(pl.Float64, strict=False)
    value = value.set(~value.is_finite(), None)
    left = value.is_null() & text.is_not_null()
    if not left.any():
        return value
    spelt = text.filter(left).alias("text").to_frame().select(_spelt(pl.col("text"))).to_series()
    return value.scatter(left.arg_true(), spelt)


def _spelt(text: pl.Expr) -> pl.Expr:
    """Numbers with signs and separators."""
    bare = text.str.replace_all(r"^[^\d.,+-]{1,4}|[\s\u00a0'_]|[\p{Sc}%]+$|\s?[A-Za-z]{3}$", "")
    comma = bare.str.contains(r"^[-+]?\d+,\d{1,2}$|^[-+]?\d{1,3}(?:\.\d{3})+,\d+$")
    european = bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    grouped = bare.str.contains(r"^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
    written = (
        pl.when(comma).then(european).when(grouped).then(bare.str.replace_all(",", "", literal=True)).otherwise(bare)
    )
    value = written.str.strip_prefix("+").cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)


def minor_units(text: pl.Expr, currency: pl.Expr) -> pl.Expr:
    """Int64 minor units of a decimal amount of a currency, rounded to the nearest."""
    exponent = currency.replace_strict(dict(MINOR_EXPONENT), default=minor_exponent(""), return_dtype=pl.Int32)
    units = (number(text) * pl.lit(10.0).pow(exponent)).round()
    return pl.when(units.abs() < 2.0**53).then(units).cast(pl.Int64)


def read_times(text: pl.Series) -> pl.DataFrame:
    """`time` (UTC microseconds, null where unread) and `zoneless` (a bare date, or a time without zone) of texts.

    Read are ISO 8601 dates and times, YYYYMMDD, and Unix times, whose unit their size tells. Equal texts are read
    once, and both Unix times and the commonest spelling kept from the costly expressions for all others.
    """
    usual = _usual(text)
    if usual.null_count() == text.null_count():
        return usual.to_frame("time").with_columns(pl.when(pl.col("time").is_not_null()).then(False).alias("zoneless"))
    distinct = text.drop_nulls().unique().to_frame("text")
    is_number = pl.col("text").str.contains(_NUMBER)
    unix = distinct.filter(is_number).select("text", time=_unix(pl.col("text")), zoneless=pl.lit(False))
    plain = distinct.filter(~is_number).with_columns(plain=_plain(pl.col("text")))
    iso = plain.select("text", time=_iso(pl.col("plain")), zoneless=pl.col("plain").str.contains(_ZONELESS))
    known = pl.concat([unix, iso])
    return text.to_frame("text").join(known, on="text", how="left", maintain_order="left").select("time", "zoneless")


def _usual(text: pl.Series) -> pl.Series:
    """UTC microseconds of texts such as 2017-11-20T08:30:00.5Z, null for all others."""
    spelt = text.str.contains(_USUAL)
    told = text.set(~spelt, None)
    return told.str.to_datetime(_USUAL_FORMAT, strict=False, time_unit="us", exact=True).dt.timestamp("us")


def _plain(text: pl.Expr) -> pl.Expr:
    """Separators and the UTC mark in one form: "2017-11-20 08:30:00+00:00"."""
    dashed = text.str.replace(r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})", "$1-$2-$3")
    dashed = dashed.str.replace(r"^((?:19|20)\d{2})(\d{2})(\d{2})$", "$1-$2-$3")
    padded = dashed.str.replace(r"^(\d{4})-(\d)-", "$1-0$2-").str.replace(r"^(\d{4}-\d{2})-(\d)(\D|$)", "$1-0$2$3")
    spaced = padded.str.replace(r"^(\d{4}-\d{2}-\d{2})[Tt]\s*", "$1 ")
    return spaced.str.replace(r"\s*(?:[Zz]|UTC|GMT)$", "+00:00").str.replace(r"\s+([+-]\d{2}:?\d{2})$", "$1")


def _iso(plain: pl.Expr) -> pl.Expr:
    dated = plain.str.contains(_DATE)
    zone = pl.when(~dated).then(plain)
    sign = pl.when(zone.str.extract(_ZONE, 1) == "-").then(-1).otherwise(1)
    hours, minutes = (zone.str.extract(_ZONE, group).cast(pl.Int64) for group in (2, 3))
    offset = (sign * (hours * 60 + minutes)).fill_null(0) * 60 * _SECOND
    local = pl.when(dated).then(plain + " 00:00:00").otherwise(plain.str.replace(_ZONE, ""))
    local = local.str.replace(r"^(\S+ \d{2}:\d{2})$", "$1:00")
    whole = local.str.replace(r"\.\d+$", "").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    fraction = local.str.extract(r"\.(\d{1,6})\d*$").str.pad_end(6, "0").cast(pl.Int64).fill_null(0)
    return whole.dt.timestamp("us") + fraction - offset


def _unix(text: pl.Expr) -> pl.Expr:
    """Seconds below 1e11, milliseconds below 1e14, microseconds below 1e17, nanoseconds beyond."""
    value = text.cast(pl.Float64, strict=False)
    exact = text.cast(pl.Int64, strict=False)
    micro = (
        pl.when(value < 1e11)
        .then((value * _SECOND).round().cast(pl.Int64))
        .when(value < 1e14)
        .then(pl.coalesce(exact * 1000, (value * 1000).round().cast(pl.Int64)))
        .when(value < 1e17)
        .then(pl.coalesce(exact, value.round().cast(pl.Int64)))
        .otherwise(exact // 1000)
    )
    return pl.when((micro >= 0) & (micro < _LATEST)).then(micro)
