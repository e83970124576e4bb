"""Bare items: those that events name and no catalogue knows, made with an id only where the format has no more."""

import polars as pl

from shopkeeper.data.reader import Chunk, Entity
from shopkeeper.data.reader.protocol import canonical_frame

_REPAIR = "no catalogue has the item: it was made with its id only, which is shown in place of a title"
_ID, _FILE, _LINE = "item_id", "file", "line"


class BareItems:
    """Remembers where each item was first named; holds the distinct ids in memory, not the events."""

    def __init__(self) -> None:
        self._named = pl.DataFrame(schema={_ID: pl.String, _FILE: pl.Categorical, _LINE: pl.Int64})

    def note(self, chunk: Chunk) -> None:
        """Remember the items of a chunk of events."""
        rows = chunk.frame.select(
            _ID, pl.lit(chunk.file).cast(pl.Categorical).alias(_FILE), chunk.line.cast(pl.Int64).alias(_LINE)
        )
        rows = rows.drop_nulls(_ID).unique(_ID, keep="first", maintain_order=True)
        new = rows.join(self._named, on=_ID, how="anti", maintain_order="left")
        self._named = pl.concat([self._named, new])

    def chunks(self, known: pl.Series) -> list[Chunk]:
        """The items that are not among the `known` ids, a chunk for each file that named them first."""
        unknown = self._named.filter(~pl.col(_ID).is_in(known.implode()))
        return [_chunk(str(file), rows) for (file,), rows in unknown.group_by(_FILE, maintain_order=True)]


def _chunk(file: str, rows: pl.DataFrame) -> Chunk:
    said = {"kind": pl.lit("product"), "attributes": pl.lit("{}"), "enabled": pl.lit(value=True)}
    said |= {name: pl.lit("") for name in ("title", "description", "category")}
    items = rows.select(_ID, **said)
    return Chunk(Entity.ITEM, canonical_frame(Entity.ITEM, items), rows[_LINE], file, repairs={_REPAIR: rows.height})
