"""The published rows beside a benchmark's data, read from its README: the peers that ours are printed beside."""

import re
from pathlib import Path
from typing import Final

from shopkeeper.operation.benchmark.shape import Cell, Row

HEADER: Final = ("HR@5", "NDCG@5", "HR@10", "NDCG@10", "HR@20", "NDCG@20")
_ROW: Final = re.compile(r"^ +(?P<system>\S+) +\([^)]*\)\s+(?P<figures>[RN@\d .]+?)\s*$")
_FIGURE: Final = re.compile(r"(?<![@\d])\.\d+")


def published_rows(folder: Path, dataset: str) -> list[Row]:
    """A row for each line `system (source) HR@5 NDCG@5 HR@10 ...` of README.txt; none where there is no README.

    The source of each is told in the README. A line with four figures stops at the cut-off 10.
    """
    path = folder / "README.txt"
    if not path.is_file():
        return []
    found = (_ROW.match(line) for line in path.read_text("utf-8").splitlines())
    return [_row(match, dataset) for match in found if match]


def _row(match: re.Match[str], dataset: str) -> Row:
    figures = [float(figure) for figure in _FIGURE.findall(match["figures"])]
    row: dict[str, Cell] = {"system": match["system"], "dataset": dataset, "tier": "published", "ties": "file"}
    return row | dict(zip(HEADER, figures, strict=False))
