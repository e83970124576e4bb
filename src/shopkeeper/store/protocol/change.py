"""Changes: what was written since a reader last asked."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows that changed, in order of their change numbers: items (CATALOGUE_COLUMN, deleted ones marked) or events
    (EVENT_CHANGE_COLUMN).

    Ask again with `since=last` until `frame` is empty.
    """

    frame: pl.DataFrame
    last: int
