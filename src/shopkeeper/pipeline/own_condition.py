"""A filter's own conditions on a field: those that the field's own counts must not feel.

Who has chosen a brand still wants to see how many products the other brands have.
"""

from collections.abc import Collection, Iterator, Sequence

from shopkeeper.pipeline.attribute_condition import column_of
from shopkeeper.pipeline.expression import KEYWORDS, tokens_of

Token = tuple[str, str]  # kind and text


def without_own(expression: str, columns: Collection[str]) -> str | None:
    """A checked filter without its conditions on nothing but these columns; None where none is left.

    Conditions are what ANDs join outside of all parentheses. A filter with an OR out there is one condition as a whole.
    """
    conditions = list(_conditions(tokens_of(expression)))
    kept = [condition for condition in conditions if not _is_own(condition, columns)]
    if len(kept) == len(conditions):
        return expression
    return " AND ".join(" ".join(text for _, text in condition) for condition in kept) or None


def _conditions(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """What the outermost ANDs join; all of it where an OR stands beside them."""
    depth, between, start = 0, False, 0
    parts = []
    for place, (_, text) in enumerate(tokens):
        word = text.upper()
        depth += (word == "(") - (word == ")")
        if depth:
            continue
        if word == "OR":
            yield tokens
            return
        if word == "AND" and not between:
            parts.append(tokens[start:place])
            start = place + 1
        between = word == "BETWEEN" or (between and word != "AND")
    yield from (*parts, tokens[start:])


def _is_own(condition: Sequence[Token], columns: Collection[str]) -> bool:
    named = {text.lower() for kind, text in condition if kind == "word" and text.upper() not in KEYWORDS}
    named |= {column_of(text) for kind, text in condition if kind == "attribute"}
    return bool(named) and named <= set(columns)
