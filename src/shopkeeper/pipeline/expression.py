"""Filter expressions: SQL Booleans over item columns, checked before anything runs them.

`price < 50 AND brand IN ('a', 'b') AND in_stock`. Unchecked, Polars' parser takes 27 s over 7 kB of them and crashes
on 50,000 terms; so the text is read by a small whitelist first, and only then handed on.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from polars.exceptions import PolarsError

from shopkeeper.data import ItemTable
from shopkeeper.error import FilterError
from shopkeeper.pipeline.attribute_condition import without_attributes
from shopkeeper.record.money import MINOR_EXPONENT, minor_exponent
from shopkeeper.store.frame import CATEGORY_SEPARATOR

MAX_BYTES: Final = 2048
MAX_TERMS: Final = 50
MAX_DEPTH: Final = 10

ITEM_FILTER_COLUMN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "item_id": "the item's id, a text",
        "title": "a text",
        "brand": "a text",
        "category": "the whole path, broad to narrow, joined by ' > '",
        "department": "the broadest category",
        "price": "in major units, such as 2.99",
        "currency": "ISO 4217 code",
        "stock": "pieces, null where not tracked",
        "in_stock": "true where stock is not tracked or above 0",
    }
)

_TOKEN: Final = re.compile(
    r"\s+|(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?)"
    r'|(?P<attribute>(?i:attribute)\.(?:[^\W\d]\w*|"(?:[^"]|"")*"))'
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark><=|>=|<>|!=|[=<>(),-])"
)
KEYWORDS: Final = frozenset("AND OR NOT IN BETWEEN LIKE ILIKE IS NULL TRUE FALSE".split())
_CONSTANTS: Final = frozenset("NULL TRUE FALSE".split())
_HELP: Final = "Write something like: price < 50 AND brand IN ('a', 'b') AND in_stock. Columns: " + ", ".join(
    (*ITEM_FILTER_COLUMN, "attribute.NAME")
)


def filter_mask(table: ItemTable, expression: str) -> npt.NDArray[np.bool_]:
    """(n_items,) where the expression holds; null counts as false. Raises FilterError."""
    checked = check(expression, ITEM_FILTER_COLUMN)
    frame = filter_frame(table)
    try:
        runnable, conditions = without_attributes(tokens_of(checked), table)
        mask = frame.with_columns(conditions).select(pl.sql_expr(runnable).alias("mask")).to_series()
    except PolarsError as problem:
        reason = str(problem).splitlines()[0]
        raise FilterError(f"The filter {expression!r} cannot be run: {reason}. {_HELP}") from None
    if mask.dtype != pl.Boolean or mask.len() != frame.height:
        raise FilterError(f"The filter {expression!r} does not say true or false for each item. {_HELP}")
    return mask.fill_null(False).to_numpy()


def filter_frame(table: ItemTable) -> pl.DataFrame:
    """The columns that a shopper's filter may name."""
    exponent = pl.col("currency").replace_strict(
        dict(MINOR_EXPONENT), default=minor_exponent(""), return_dtype=pl.Int32
    )
    return table.frame.select(
        "item_id",
        "title",
        "brand",
        "category",
        pl.col("category").str.split(CATEGORY_SEPARATOR).list.first().alias("department"),
        (pl.col("price") / pl.lit(10.0).pow(exponent)).alias("price"),
        "currency",
        "stock",
        (pl.col("stock").fill_null(1) > 0).alias("in_stock"),
    )


def check(expression: str, columns: Mapping[str, str]) -> str:
    """The expression as it may run, its columns in small letters.

    Raises FilterError unless it is short, flat and made of whitelisted words only.
    """
    try:
        size = len(expression.encode())
    except UnicodeEncodeError:
        raise FilterError("The filter holds half of a character (a lone surrogate). Send it as valid text.") from None
    if size > MAX_BYTES:
        raise FilterError(f"The filter is longer than {MAX_BYTES} bytes. Shorten it.")
    tokens = tokens_of(expression)
    if not tokens:
        raise FilterError(f"The filter is empty. {_HELP}")
    _check_size(tokens)
    for before, (kind, token) in zip([("", ""), *tokens], tokens, strict=False):
        if kind == "word" and token.upper() not in KEYWORDS and token.lower() not in columns:
            raise FilterError(f"The filter names {token!r}, which is no column. {_HELP}")
        if token == "(" and before[0] == "word" and before[1].upper() not in KEYWORDS:
            raise FilterError(f"The filter calls {before[1]!r}; functions are not allowed. {_HELP}")
        # Polars would read the second one as an alias and forget it: `(price < 5) in_stock` for every price below 5.
        if _is_term(kind, token) and (_is_term(*before) or before[1] == ")"):
            raise FilterError(f"The filter has {before[1]} beside {token} with no operator between. {_HELP}")
        if token == "-" and before[1] == "-":
            raise FilterError(f"The filter holds a comment; comments are not allowed. {_HELP}")
    _check_ranges(tokens)
    return " ".join(token.lower() if kind == "word" else token for kind, token in tokens)


def tokens_of(expression: str) -> list[tuple[str, str]]:
    """(kind, text) of each token; raises FilterError at the first character that starts none."""
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None:
            raise FilterError(f"The filter cannot be read from {expression[position : position + 20]!r} on. {_HELP}")
        if match.lastgroup:
            tokens.append((match.lastgroup, match.group()))
        position = match.end()
    return tokens


def _is_term(kind: str, token: str) -> bool:
    """Whether a token is a column or a value."""
    return kind in ("text", "number", "attribute") or (kind == "word" and token.upper() not in KEYWORDS - _CONSTANTS)


def _check_size(tokens: list[tuple[str, str]]) -> None:
    """Raises FilterError on too many terms or too deep parentheses."""
    terms = sum(_is_term(kind, token) for kind, token in tokens)
    if terms > MAX_TERMS:
        raise FilterError(f"The filter has {terms} terms; {MAX_TERMS} are allowed. Split it, or use a category.")
    depth = deepest = 0
    for _, token in tokens:
        depth += (token == "(") - (token == ")")
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise FilterError(f"The filter nests parentheses {deepest} deep; {MAX_DEPTH} are allowed.")


def _check_ranges(tokens: list[tuple[str, str]]) -> None:
    """Raises FilterError on a range of a range.

    Polars writes what stands left of BETWEEN twice: each link of a chain doubles the work, 16 s for sixteen links.
    """
    words = [token.upper() for _, token in tokens]
    part = [0]  # for each open parenthesis: 0 outside a range, 1 from BETWEEN to its AND, 2 after it
    for place, word in enumerate(words):
        if word == "(":
            part.append(0)
        elif word == ")" and len(part) > 1:
            part.pop()
        elif word == "AND":
            part[-1] = 2 if part[-1] == 1 else 0
        elif word == "OR" and part[-1] == 2:
            part[-1] = 0
        elif word == "BETWEEN":
            operand = [each for each in words[:place] if each != "NOT"][-1:]
            if part[-1] or operand == [")"]:
                raise FilterError(f"The filter asks for a range of a range; a column stands before BETWEEN. {_HELP}")
            part[-1] = 1
