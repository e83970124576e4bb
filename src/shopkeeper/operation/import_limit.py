"""What an import lets pass, unless it is told otherwise; by itself, so that the command line reads it at once."""

from typing import Final

MAX_REJECTS: Final = 0.01  # share of rows that may be unreadable
MAX_DISABLED: Final = 0.3  # share of enabled items that a full sync may disable
