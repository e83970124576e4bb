"""HTML as plain text, over whole columns."""

from collections.abc import Mapping
from html import unescape
from html.entities import html5
from types import MappingProxyType
from typing import Final

import polars as pl

_HIDDEN: Final = r"(?is)<!--.*?-->|<script\b.*?</script\s*>|<style\b.*?</style\s*>"
_INLINE: Final = r"(?i)</?(?:a|abbr|b|code|em|font|i|mark|small|span|strong|sub|sup|u)\b[^<>]*>"  # within a word, too
_TAG: Final = r"(?s)</?[A-Za-z][^<>]*>|<![A-Za-z][^<>]*>"
_NUMBERED: Final = r"&#[0-9A-Za-z]{1,8};"
_NAMED: Final[Mapping[str, str]] = MappingProxyType(
    {f"&{name}": text for name, text in html5.items() if name.endswith(";")}
)


def plain_text(html: pl.Series) -> pl.Series:
    """(n,) texts without tags, entities spelt out, white space squeezed to single blanks; null stays null."""
    name = html.name
    text = pl.col(name)
    shown = text.str.replace_all(_HIDDEN, " ").str.replace_all(_INLINE, "").str.replace_all(_TAG, " ")
    bare = html.to_frame().select(shown).to_series()
    if not bare.str.contains("&", literal=True).any():
        return _squeezed(bare)
    return _squeezed(bare.to_frame().select(text.str.replace_many(dict(_entities(bare)))).to_series())


def _entities(bare: pl.Series) -> Mapping[str, str]:
    """What each entity stands for: all named ones, and the numbered ones that these texts hold."""
    numbered = bare.drop_nulls().str.extract_all(_NUMBERED).explode().drop_nulls().unique()
    return {**_NAMED, **{entity: unescape(entity).replace("\x00", "") for entity in numbered}}


def _squeezed(text: pl.Series) -> pl.Series:
    return text.str.replace_all(r"[\s\u00a0]+", " ").str.strip_chars()
