"""The idempotency key of an event: 16 bytes, the same however the event arrives.

BLAKE2b of the sender's event_id; where there is none, of everything that the sender said. Two lines that say exactly
the same are then one event: who means two gives them two ids.
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Final

import polars as pl

from shopkeeper.store.frame import EVENT_COLUMN

KEY_BYTES: Final = 16
_TOLD: Final = "shopkeeper:"  # what an export's event_id begins with; the key in hexadecimal follows
_OF_EXPORT: Final = "i" + _TOLD
_KEY: Final = re.compile(f"[0-9a-f]{{{2 * KEY_BYTES}}}")
# In this order for ever. A mark is what the shop thinks of the sender, and may be thought later.
_CONTENT: Final = tuple(name for name in EVENT_COLUMN if name not in ("event_id", "mark"))


def event_keys(frame: pl.DataFrame) -> pl.Series:
    """(n,) Binary keys of a frame of EVENT_COLUMN without NUL characters in its texts."""
    ids = frame["event_id"]
    if ids.null_count():
        content = pl.concat_str(pl.lit("c"), _content(frame))
        told = pl.concat_str(pl.lit("i"), pl.col("event_id")).fill_null(content)
        texts = frame.select(told).to_series().to_list()
    else:
        texts = [f"i{told}" for told in ids.to_list()]
    return pl.Series("event_key", _digests(texts), pl.Binary)


def event_key(row: Mapping[str, object]) -> bytes:
    """The key of one row of EVENT_COLUMN, as `event_keys` makes it.

    Only for numbers that Python and Polars write alike: see `written_alike`.
    """
    if row["event_id"] is not None:
        return _digest(f"i{row['event_id']}")
    return _digest("c" + "\0".join("" if row[name] is None else f"={row[name]}" for name in _CONTENT))


def written_alike(number: float) -> bool:
    """Whether Python writes a number as Polars does: beyond these the two begin with exponents at different places."""
    return number == 0 or 1e-3 <= abs(number) < 1e15


def _content(frame: pl.DataFrame) -> pl.Expr:
    """All that an event says as one text. A NUL ends each field; "=" tells an empty field from an absent one."""
    fields = []
    for name in _CONTENT:
        absent = frame[name].null_count() == frame.height
        text = pl.lit("") if absent else pl.concat_str(pl.lit("="), pl.col(name).cast(pl.String)).fill_null("")
        fields.append(text)
    return pl.concat_str(fields, separator="\0")


def _digests(texts: Sequence[str]) -> list[bytes]:
    """A loop over rows, for want of a columnar BLAKE2b: a microsecond each, and twice that where some tell a key."""
    if _OF_EXPORT in "".join(texts):  # of all at once, for few logs have any
        return [_digest(text) for text in texts]
    return [blake2b(text.encode(), digest_size=KEY_BYTES).digest() for text in texts]


def event_id_of(keys: pl.Expr) -> pl.Expr:
    """The event_id under which an export tells an event of these keys; read again, it gives the very same key."""
    return pl.concat_str(pl.lit(_TOLD), keys.bin.encode("hex"))


def _digest(text: str) -> bytes:
    if text.startswith(_OF_EXPORT) and (told := _KEY.fullmatch(text, len(_OF_EXPORT))):
        return bytes.fromhex(told[0])
    return blake2b(text.encode(), digest_size=KEY_BYTES).digest()
