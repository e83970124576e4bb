"""Regrouping: the events of a long import, laid out so that everything that one person did is in one part.

The store reads and writes the whole history of everyone in a part, however little of it the part adds. In the order in
which files tell them, nearly everybody is in each of a hundred parts, and an import's time grows with the square of the
log. Grouped, everybody's history is written once, and memory holds no more of them than one part has. Where a log is of
few people, or of people who never came back, there is nothing to save, and it stays as it is.

Whoever shares a visitor or a user shares a part, in the order of the files: only so do logins mean what they meant.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

_ID: Final = ("user_id", "visitor_id")  # a user first: most exports have no visitors
_GROUP: Final = {"id": pl.UInt64(), "group": pl.UInt64()}
_EVENTS_A_HISTORY: Final = 16  # laying out so many events costs as much as writing one history
MOST_OPEN: Final = 200  # parts written side by side: systems let a process open 256 files or more
_WIDEST: Final = 2  # parts that one may be as long as: few people have more events than that


def regrouped(paths: Sequence[Path], rows: int) -> list[Path]:
    """The parts of events laid out anew beside the old ones, which are deleted; about `rows` rows in each.

    The same paths where they have no more than that in all, or where it would save little. Where it would take more
    than MOST_OPEN parts, what one person did may be in several.
    """
    total = sum(pl.scan_parquet(path).select(pl.len()).collect().item() for path in paths)
    if total <= rows or _saved(paths) < total / _EVENTS_A_HISTORY:
        return list(paths)
    buckets = min(-(-total // rows), MOST_OPEN)
    together = _together(paths)
    drafts = _split(paths, buckets, together)
    return [part for draft in drafts for part in _cut(draft, _WIDEST * rows)]


def _saved(paths: Sequence[Path]) -> int:
    """How many histories need not be written again: of people in one part who are in another too."""
    who = pl.coalesce(_hashed(name) for name in _ID).alias("id")
    people = [pl.scan_parquet(path).select(who).unique().collect().to_series() for path in paths]
    return sum(len(each) for each in people) - int(pl.concat(people).n_unique())


def _together(paths: Sequence[Path]) -> pl.DataFrame:
    """(id, group) hashes of users and visitors who were seen together, at whatever remove; 16 bytes a person."""
    user, visitor = (_hashed(name) for name in _ID)
    pair = (user.alias("user"), visitor.alias("visitor"))
    seen = [pl.scan_parquet(path).select(pair).drop_nulls().unique().collect() for path in paths]
    pairs = pl.concat(seen).unique()
    ids, code = np.unique(np.concatenate([pairs["user"].to_numpy(), pairs["visitor"].to_numpy()]), return_inverse=True)
    left, right = np.split(code, 2)
    return pl.DataFrame({"id": ids, "group": ids[_component(left, right, len(ids))]}, _GROUP)


def _component(left: np.ndarray, right: np.ndarray, size: int) -> np.ndarray:
    """(size,) of each node a node that stands for all that hang together with it."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    _, first = np.unique(label, return_index=True)
    return first[label]


def _split(paths: Sequence[Path], buckets: int, together: pl.DataFrame) -> list[Path]:
    """One file for each bucket that has rows, in the order of the old parts."""
    from pyarrow.parquet import ParquetWriter

    folder, writers = paths[0].parent, dict[Path, ParquetWriter]()
    with ExitStack() as stack:
        for path in paths:
            for bucket, rows in _by_bucket(pl.read_parquet(path, memory_map=False), buckets, together):
                table, draft = rows.to_arrow(), folder / f"event-of-{bucket:05}.parquet"
                if draft not in writers:
                    writers[draft] = stack.enter_context(ParquetWriter(draft, table.schema, compression="lz4"))
                writers[draft].write_table(table)
            path.unlink()
    return sorted(writers)


def _by_bucket(rows: pl.DataFrame, buckets: int, together: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    """(bucket, its rows) in ascending order."""
    known = rows.select(pl.coalesce(_hashed(name) for name in _ID).alias("id"))
    group = known.join(together, on="id", how="left", maintain_order="left").select(pl.coalesce("group", "id"))
    bucket = (group.to_series() % buckets).fill_null(0).alias("bucket")
    for (number,), some in rows.with_columns(bucket).sort(bucket).group_by("bucket", maintain_order=True):
        yield int(number), some.drop("bucket")


def _hashed(name: str) -> pl.Expr:
    """64 bits for an id; of a visitor others than of a user of the same id, and none for no id."""
    return pl.when(pl.col(name) != "").then(pl.col(name).hash(_ID.index(name)))


def _cut(draft: Path, rows: int) -> list[Path]:
    """The file in pieces of at most so many rows."""
    table = pl.scan_parquet(draft)
    total = table.select(pl.len()).collect().item()
    if total <= rows:
        return [draft]
    pieces = []
    for start in range(0, total, rows):
        piece = draft.with_stem(f"{draft.stem}-{start}")
        table.slice(start, rows).collect().write_parquet(piece, compression="lz4", statistics=False)
        pieces.append(piece)
    draft.unlink()
    return pieces
