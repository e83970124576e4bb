"""What others say of whether an item can be had, over whole columns; in some words of seven languages."""

from typing import Final

import polars as pl

_OUT: Final = (
    *("out_of_stock", "outofstock", "sold_out", "soldout", "discontinued", "unavailable", "not_available", "out"),
    *("false", "no", "n", "缺货", "无货", "售罄"),
    *("ausverkauft", "nicht_vorrätig", "nicht_auf_lager", "nicht_verfügbar", "nicht_lieferbar", "vergriffen", "nein"),
    *("épuisé", "en_rupture_de_stock", "rupture_de_stock", "en_rupture", "indisponible", "non_disponible", "non"),
    *("agotado", "sin_stock", "sin_existencias", "no_disponible", "esaurito", "non_disponibile", "uitverkocht", "nee"),
)
_IN: Final = (
    *("in_stock", "instock", "available", "preorder", "pre_order", "backorder", "back_order", "onbackorder"),
    *("available_for_order", "limited_availability", "online_only", "in_store_only", "low_stock", "in"),
    *("true", "yes", "y", "有货", "现货"),
    *("auf_lager", "vorrätig", "verfügbar", "lieferbar", "sofort_lieferbar", "vorbestellbar", "ja"),
    *("en_stock", "disponible", "oui", "en_existencia", "sí", "si", "sì", "disponibile", "in_magazzino", "op_voorraad"),
)


def sold_out(text: pl.Expr) -> pl.Expr:
    """Whether an item cannot be had; a number is how many there are. Never null."""
    return (_word(text).is_in(_OUT) | (_count(text) <= 0)).fill_null(value=False)


def is_known(text: pl.Expr) -> pl.Expr:
    """Whether the words are understood; true of none."""
    return text.is_null() | _word(text).is_in((*_OUT, *_IN)) | _count(text).is_not_null()


def _word(text: pl.Expr) -> pl.Expr:
    """`Out of stock`, `out-of-stock` and `https://schema.org/OutOfStock` with words joined alike."""
    return text.str.to_lowercase().str.replace(r"^.*/", "").str.replace_all(r"[\s_-]+", "_")


def _count(text: pl.Expr) -> pl.Expr:
    return text.cast(pl.Float64, strict=False)
