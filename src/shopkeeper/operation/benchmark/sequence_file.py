"""Reading a folder of the sequential benchmarks: S3-Rec lines, and beside them, if there, items and days.

The lines are those of Zhou et al., S3-Rec, CIKM 2020: `user item item ...`, oldest first.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from shopkeeper.data import ItemTable
from shopkeeper.data.sequence import Sequences
from shopkeeper.error import InputError, NotFound
from shopkeeper.pipeline.lists import Int32, Int64
from shopkeeper.store.frame import CATALOGUE_COLUMN, CATEGORY_SEPARATOR

_NO_BRAND: Final = ("", "Unknown")


@dataclass(frozen=True, slots=True)
class SequenceFile:
    """What a folder holds. `day` (events,) is when each event of `sequences` was, None where the folder has no times.

    Items are numbered in a random order: these files number them by first purchase, which must tell a model nothing.
    """

    name: str
    items: ItemTable
    sequences: Sequences
    day: Int64 | None

    def shuffled(self, rng: np.random.Generator) -> "Sequences":
        """The sequences with what one user bought on one day in random order, for the file sorts it by catalogue code.

        Raises InputError where the folder has no times.
        """
        if self.day is None:
            raise InputError(f"{self.name} has no times, so nobody knows which of its items were bought together.")
        chance = rng.random(len(self.day))
        order = np.lexsort((chance, self.day, self.sequences.row))
        return Sequences(self.sequences.item[order], self.sequences.offset)


def read_sequences(folder: Path, rng: np.random.Generator) -> SequenceFile:
    """The benchmark in a folder: one text file of lines, optionally items.jsonl and interactions.csv, each also as .gz.

    Raises NotFound, InputError.
    """
    path = _lines_file(folder)
    lines = [_numbers(line, number, path) for number, line in enumerate(_text(path), start=1)]
    if not lines:
        raise InputError(f"{path} holds no lines. Each should be `user item item ...` in whole numbers.")
    users = [line[0] for line in lines]
    told = list(_items(folder))
    codes = sorted({item for line in lines for item in line[1:]} | {int(item["item_id"]) for item in told})
    new = dict(zip(codes, rng.permutation(len(codes)).tolist(), strict=True))
    sequences = Sequences.of([[new[item] for item in line[1:]] for line in lines])
    table = _table(new, {int(item["item_id"]): item for item in told})
    return SequenceFile(path.name.split(".")[0], table, sequences, _days(folder, users, sequences, new))


def _lines_file(folder: Path) -> Path:
    """The one text file that is no README."""
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}. Name one with a file of S3-Rec lines: --data DIR")
    found = sorted(path for kind in ("*.txt", "*.txt.gz") for path in folder.glob(kind) if path.stem != "README")
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise InputError(f"{folder} should hold one text file of lines `user item item ...`; it holds {names}.")
    return found[0]


def _text(path: Path) -> Iterator[str]:
    """The lines of a file, unpacked where it is packed."""
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("utf-8")
    yield from (line for line in text.splitlines() if line.strip())


def _numbers(line: str, number: int, path: Path) -> list[int]:
    """The integers of a line: the user and at least three items, or nothing is left to learn from."""
    try:
        found = [int(word) for word in line.split()]
    except ValueError:
        raise InputError(f"Line {number} of {path} is not `user item item ...` in whole numbers.") from None
    if len(found) < 4:
        raise InputError(f"Line {number} of {path} has {len(found) - 1} items; leave-one-out needs three of each user.")
    return found


def _beside(folder: Path, name: str) -> Path | None:
    """A file of this name, plain or packed."""
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    return None


def _items(folder: Path) -> Iterator[Mapping[str, Any]]:
    """What the folder says of items, if it does."""
    path = _beside(folder, "items.jsonl")
    if path is not None:
        yield from (json.loads(line) for line in _text(path))


def _table(new: Mapping[int, int], told: Mapping[int, Mapping[str, Any]]) -> ItemTable:
    """The catalogue: title (or keywords where there is none), brand and category path."""
    plain = dict.fromkeys(CATALOGUE_COLUMN) | {"kind": "product", "enabled": True, "deleted": False, "change": 1}
    rows = [
        plain | {"item_index": index, "group_index": index, "item_id": str(code)} | _words(told.get(code, {}))
        for code, index in new.items()
    ]
    return ItemTable(pl.DataFrame(rows, schema=dict(CATALOGUE_COLUMN)))


def _words(item: Mapping[str, Any]) -> dict[str, str]:
    """The words that one line of items.jsonl gives."""
    brand = item.get("brand") or ""
    paths = item.get("categories") or []
    path = paths[0] if paths else [name for name in item.get("attribute_names") or [] if name != brand]
    return {
        "title": item.get("title") or item.get("keywords") or "",
        "brand": "" if brand in _NO_BRAND else brand,
        "category": CATEGORY_SEPARATOR.join(name for name in path if name and name not in _NO_BRAND),
    }


def _days(folder: Path, users: list[int], sequences: Sequences, new: Mapping[int, int]) -> Int64 | None:
    """(events,) the day of each event, where interactions.csv tells all of them."""
    path = _beside(folder, "interactions.csv")
    if path is None:
        return None
    told = pl.read_csv(path, columns=["user_id", "item_id", "position", "timestamp"])
    if told["timestamp"].dtype == pl.String or told["timestamp"].null_count():
        return None
    order = pl.DataFrame({"user_id": users, "row": np.arange(len(users))})
    told = told.join(order, on="user_id").sort("row", "position")
    item: Int32 = np.array([new[code] for code in told["item_id"].to_list()], np.int32)
    if not np.array_equal(item, sequences.item):
        raise InputError(f"{path} tells other sequences than the lines beside it.")
    return told["timestamp"].to_numpy().astype(np.int64)
