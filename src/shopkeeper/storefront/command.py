"""A message with its commands apart, so that a page shows them as what to type."""

import re
from dataclasses import dataclass
from typing import Final

# The program, its command, and words that no sentence goes on with: options with a value, and names in capitals.
_COMMAND: Final = re.compile(
    r"(shopkeeper (?:(?:bundle|user) )?(?:import|train|init|evaluate|serve|doctor|list|publish|verify|card)\b"
    r"(?: (?:--[a-z-]+(?: (?!or |and )[a-z0-9_]+)?|[A-Z]+(?:\.\.\.)?))*)"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message, as it stands there."""

    text: str
    is_command: bool


def parts_of(message: str) -> list[Part]:
    """The message in pieces, in its order; together they are the message."""
    pieces = enumerate(_COMMAND.split(message))
    return [Part(text, bool(number % 2)) for number, text in pieces if text]
