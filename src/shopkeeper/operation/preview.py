"""The first records of a stage, as they would be stored: what a dry run shows."""

from typing import Any, Final

import polars as pl

from shopkeeper.operation.staging import Stage

PREVIEWED: Final = 10  # records of each entity


def first_records(stage: Stage) -> dict[str, list[dict[str, Any]]]:
    """{entity: its first records}, each with the `file` and `line` that it came from; what is not told is left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part in stage.parts:
        records = found.setdefault(part.entity.value, [])
        wanted = min(PREVIEWED - len(records), part.rows)
        if wanted > 0:
            rows = pl.concat([part.origin(range(wanted)), part.frame().head(wanted)], how="horizontal")
            records += [_told(row) for row in rows.iter_rows(named=True)]
    return found


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in (None, "", "{}")}
