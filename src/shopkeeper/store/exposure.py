"""Exposures: which items a response held, in which order, and how probable it was that the policy put them there.

Exposed is not seen. A response was given; whether anybody looked at it, impressions say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import polars as pl

from shopkeeper.store.history import Packed

# A place of a list; `propensity` is the probability that the policy put this item at this position: deterministic, 1.
PLACE: Final = np.dtype([("item_index", "<i4"), ("score", "<f4"), ("propensity", "<f4")])

# What `ExposureLog.frame` returns, a row for each response, sorted by time; the lists are as long as the response.
EXPOSURE_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "recommendation_id": pl.String(),
        "time": pl.Int64(),
        "user_id": pl.String(),
        "visitor_id": pl.String(),
        "surface": pl.String(),
        "bundle_id": pl.String(),
        "arm": pl.String(),
        "fallback": pl.String(),
        "query": pl.String(),
        "item_index": pl.List(pl.Int32()),
        "score": pl.List(pl.Float32()),
        "propensity": pl.List(pl.Float32()),
    }
)
STORED_COLUMN: Mapping[str, pl.DataType] = MappingProxyType(
    {
        **{name: kind for name, kind in EXPOSURE_COLUMN.items() if name not in (PLACE.names or ())},
        "places": pl.Binary(),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """One response. `time` is UTC microseconds; `places` (dtype PLACE) are in the order in which they were given."""

    recommendation_id: str
    time: int
    surface: str
    bundle_id: str
    places: Packed
    user_id: str | None = None
    visitor_id: str | None = None
    arm: str = "main"
    fallback: str | None = None
    query: str | None = None


def unpacked(stored: pl.DataFrame) -> pl.DataFrame:
    """EXPOSURE_COLUMN of STORED_COLUMN."""
    blobs = stored["places"].to_list()
    place = np.frombuffer(b"".join(blobs), PLACE)
    offset = np.concatenate([[0], np.cumsum([len(blob) // PLACE.itemsize for blob in blobs])]).astype(np.int64)
    lists = [_jagged(name, np.ascontiguousarray(place[name]), offset) for name in PLACE.names or ()]
    return stored.drop("places").with_columns(*lists).select(*EXPOSURE_COLUMN)


def exposure_of(row: Mapping[str, object]) -> Exposure:
    """The exposure in a row of STORED_COLUMN."""
    said = dict(row)
    places = np.frombuffer(said.pop("places"), PLACE)  # type: ignore[call-overload]
    return Exposure(**said, places=places)  # type: ignore[arg-type]


def _jagged(name: str, values: Packed, offset: np.ndarray) -> pl.Series:
    import pyarrow as pa  # 25 MB, and everything that knows the store would hold them

    array = pa.LargeListArray.from_arrays(pa.array(offset), pa.array(values))
    return pl.Series(name, array, EXPOSURE_COLUMN[name])
