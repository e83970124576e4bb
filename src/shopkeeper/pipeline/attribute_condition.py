"""A filter's conditions on attributes: `attribute.colour = 'red'` holds where one of an item's colours is red.

Items have none, one or several values of an attribute, which no column of SQL holds. So each condition is worked out
over the values, and the filter goes on with a column of what was found.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from shopkeeper.data import ItemTable
from shopkeeper.data.attribute import ATTRIBUTE, AttributeValues, attribute_of
from shopkeeper.error import FilterError, UnknownAttribute

Token = tuple[str, str]  # kind and text

# What may follow an attribute, a letter for each token: t a text, n a number, c TRUE or FALSE.
_VALUE: Final = "(?:t|c|(?:- )?n)"
_CONDITION: Final = re.compile(
    rf"(?:(?:=|!=|<>|<|<=|>|>=) {_VALUE} |(?:NOT )?(?:LIKE|ILIKE) t |(?:NOT )?IN \( {_VALUE} (?:, {_VALUE} )*\) "
    rf"|(?:NOT )?BETWEEN {_VALUE} AND {_VALUE} |IS (?:NOT )?NULL )(?=AND |OR |\) |$)"
)
_BEFORE: Final = frozenset({"", "AND", "OR", "NOT", "("})
_HELP: Final = (
    "An attribute stands before what it is compared with, a value or several: attribute.colour = 'red', "
    "attribute.weight < 5, attribute.\"screen size\" IN ('5 in', '6 in'), attribute.colour IS NULL."
)


def column_of(token: str) -> str:
    """How a condition and a facet name the same attribute, be it quoted or not."""
    return f"{ATTRIBUTE}{attribute_of(ATTRIBUTE + token[len(ATTRIBUTE) :])}"


def without_attributes(tokens: Sequence[Token], items: ItemTable) -> tuple[str, list[pl.Series]]:
    """A checked filter in which columns stand for its conditions on attributes; and those columns (n_items,).

    Raises FilterError where a condition cannot be read, UnknownAttribute where no product has its attribute.
    """
    kept: list[str] = []
    columns: list[pl.Series] = []
    place = 0
    while place < len(tokens):
        kind, text = tokens[place]
        if kind != "attribute":
            kept.append(text)
            place += 1
            continue
        condition = _condition(tokens, place)
        values = _values(items, column_of(text))
        found = _found(condition, values, len(items)).alias(f"condition_{len(columns)}")
        columns.append(found)
        kept.append(found.name)
        place += 1 + len(condition)
    return " ".join(kept), columns


def _condition(tokens: Sequence[Token], place: int) -> Sequence[Token]:
    """What follows the attribute at a place, as far as it is about it."""
    before, after = (tokens[place - 1][1] if place else ""), tokens[place + 1 :]
    match = _CONDITION.match("".join(f"{_letter(*token)} " for token in after))
    if match is None or before.upper() not in _BEFORE:
        raise FilterError(f"The filter cannot be read at {tokens[place][1]!r}. {_HELP}")
    return after[: match.group().count(" ")]


def _letter(kind: str, text: str) -> str:
    if kind in ("text", "number"):
        return kind[0]
    return "c" if text.upper() in ("TRUE", "FALSE") else text.upper()


def _values(items: ItemTable, column: str) -> AttributeValues:
    try:
        return items.attributes.find(column.removeprefix(ATTRIBUTE))
    except UnknownAttribute as problem:
        raise UnknownAttribute(problem.name, f"The filter cannot be run. {problem}") from None


def _found(condition: Sequence[Token], values: AttributeValues, size: int) -> pl.Series:
    """(size,) whether one of an item's values meets a condition; null where it has none to compare."""
    words = [text.upper() for _, text in condition]
    if words[0] == "IS":
        has = np.zeros(size, bool)
        has[values.item] = True
        return pl.Series(has if "NOT" in words else ~has)
    numbers = {kind == "number" for kind, text in condition if _letter(kind, text) in ("t", "n", "c")}
    if len(numbers) > 1:
        raise FilterError(f"The filter compares an attribute with texts and numbers at once. {_HELP}")
    value = values.number if numbers == {True} else values.value
    met = pl.DataFrame({"value": value}).select(pl.sql_expr(f"value {_sql(condition)}").alias("met")).to_series()
    none, some = np.zeros(size, bool), np.zeros(size, bool)
    some[values.item[met.fill_null(value=False).to_numpy()]] = True
    none[values.item[met.is_not_null().to_numpy()]] = True
    return pl.Series(some).set(pl.Series(~none), None)


def _sql(condition: Sequence[Token]) -> str:
    """A condition as it is compared with values, which are texts: TRUE is 'true'."""
    return " ".join(f"'{text.lower()}'" if _letter(kind, text) == "c" else text for kind, text in condition)
