"""The idempotency key of an event: 16 bytes, the same however the event arrives.

BLAKE2b of the sender's event_id; where there is none, of everything that the sender said. Two lines that say exactly
the same are then one event: who means two gives them two ids.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import polars as pl

from shopkeeper.store.frame import EVENT_COLUMN

KEY_BYTES: Final = 16
# In this order for ever. A mark is what the shop thinks of the sender, and may be thought later.
_CONTENT: Final = tuple(name for name in EVENT_COLUMN if name not in ("event_id", "mark"))


def event_keys(frame: pl.DataFrame) -> pl.Series:
    """(n,) Binary keys of a frame of EVENT_COLUMN without NUL characters in its texts."""
    given = pl.concat_str(pl.lit("i"), pl.col("event_id"))
    made = pl.concat_str(pl.lit("c"), _content(frame))
    texts = frame.select(given.fill_null(made) if frame["event_id"].null_count() else given).to_series()
    return pl.Series("event_key", _digests(texts.to_list()), pl.Binary)


def _content(frame: pl.DataFrame) -> pl.Expr:
    """All that an event says as one text. A NUL ends each field; "=" tells an empty field from an absent one."""
    fields = []
    for name in _CONTENT:
        absent = frame[name].null_count() == frame.height
        text = pl.lit("") if absent else pl.concat_str(pl.lit("="), pl.col(name).cast(pl.String)).fill_null("")
        fields.append(text)
    return pl.concat_str(fields, separator="\0")


def _digests(texts: Sequence[str]) -> list[bytes]:
    """A loop over rows, for want of a columnar BLAKE2b: a microsecond each."""
    return [blake2b(text.encode(), digest_size=KEY_BYTES).digest() for text in texts]
