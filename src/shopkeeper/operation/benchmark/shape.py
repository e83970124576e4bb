"""The one shape in which every benchmark tells what it found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Cell = str | int | float | None
Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """What was measured. A row is one system, or one stage; a ratio is ours divided by a peer's of the same run."""

    benchmark: str
    machine: Row
    rows: tuple[Row, ...]
    ratios: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """The members of the JSON object."""
        return {
            "benchmark": self.benchmark,
            "machine": dict(self.machine),
            "rows": [dict(row) for row in self.rows],
            "ratios": dict(self.ratios),
        }


def missing_row(system: str, why: str) -> Row:
    """The row of a peer, or of a part, that could not be measured."""
    return {"system": system, "note": f"not measured: {why}"}


def latency(seconds: Sequence[float]) -> dict[str, Cell]:
    """Median and 95th percentile in milliseconds, and of how many requests."""
    median, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
    return {"median_ms": round(float(median), 3), "p95_ms": round(float(p95), 3), "requests": len(seconds)}


def ratio(ours: float, peer: float) -> float:
    """Ours divided by the peer's, to three decimals."""
    return round(ours / peer, 3)
