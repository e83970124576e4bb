"""Distinct texts and the items that carry them: many products share one text, and it is worked on once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Final

import numpy as np

from shopkeeper.pipeline.lists import Bool, Float32, Int32, Int64

NO_TEXT: Final = -1


@dataclass(frozen=True)
class DistinctTexts:
    """v distinct texts, known by their hashes, and which of them each item carries.

    `key` (v,) is the hash of each text; `row_of` (n_items,) the text of each item, NO_TEXT where it has none. Rows are
    only ever appended, so that a row once given stays valid in every later table.
    """

    key: Int64
    row_of: Int32

    @classmethod
    def of(cls, texts: Sequence[str]) -> "DistinctTexts":
        """Of items 0 .. n - 1 with these texts; rows in the order of first appearance, an empty text has none."""
        nothing = cls(np.empty(0, np.int64), np.empty(0, np.int32))
        return nothing.with_changes(np.arange(len(texts), dtype=np.int32), texts)[0]

    def __len__(self) -> int:
        return len(self.key)

    @cached_property
    def row_of_key(self) -> dict[int, int]:
        """The row of each known text's hash."""
        return {key: row for row, key in enumerate(self.key.tolist())}

    def with_changes(self, item: Int32, texts: Sequence[str]) -> "tuple[DistinctTexts, list[str]]":
        """A table in which `item[i]` carries `texts[i]`, and the texts that are new to it, in row order.

        The very same table where nothing differs, as after a change of price.
        """
        known, added = self.row_of_key, dict[int, int]()
        new_texts: list[str] = []
        row = np.full(len(item), NO_TEXT, np.int32)
        for place, text in enumerate(texts):
            if not text:
                continue
            key = text_key(text)
            found = known.get(key, added.get(key, NO_TEXT))
            if found == NO_TEXT:
                found = added[key] = len(known) + len(added)
                new_texts.append(text)
            row[place] = found
        if not new_texts and item.max(initial=-1) < len(self.row_of) and np.array_equal(self.row_of[item], row):
            return self, []
        row_of = np.full(max(len(self.row_of), int(item.max(initial=-1)) + 1), NO_TEXT, np.int32)
        row_of[: len(self.row_of)] = self.row_of
        row_of[item] = row
        return DistinctTexts(np.concatenate([self.key, np.array(list(added), np.int64)]), row_of), new_texts

    def rows(self, item: Int32) -> Int32:
        """The row of each item, NO_TEXT for an item without text or newer than this table."""
        known = item < len(self.row_of)
        if known.all():
            return self.row_of[item]
        found = np.full(len(item), NO_TEXT, np.int32)
        found[known] = self.row_of[item[known]]
        return found

    def carriers(self, popularity: Float32 | None = None) -> "Carriers":
        """Who carries each text, the more popular first; `popularity` (at most n_items,) counts 0 beyond its end."""
        size = len(self.row_of)
        liked = np.zeros(size, np.float32)
        if popularity is not None:
            liked[: len(popularity)] = np.maximum(popularity[:size], 0)
        item = np.flatnonzero(self.row_of != NO_TEXT)
        # One sort of one key instead of two: the bits of floats from 0 on are in the order of their values.
        unliked = np.uint32(0xFFFFFFFF) - liked[item].view(np.uint32)
        key = (self.row_of[item].astype(np.int64) << 32) | unliked
        order = item[np.argsort(key, kind="stable")]
        offset = np.searchsorted(self.row_of[order], np.arange(len(self) + 1))
        return Carriers(order.astype(np.int32), offset.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Carriers:
    """Jagged over v texts: text i is carried by `item[offset[i]:offset[i + 1]]`."""

    item: Int32
    offset: Int64

    def best(
        self, row: Int64, score: Float32, allowed: Bool, n: int, per_text: int, spill: bool = True
    ) -> tuple[Int32, Float32]:
        """At most n allowed items, best first, of texts `row` with their scores `score`, which come best first.

        Items of one text come in carriers' order. A text gives its first `per_text` allowed items; with `spill` more,
        where the others cannot fill the list.
        """
        width = max(n // 2, 32)  # texts looked at first: most carry several items
        while True:
            text, item = self.allowed(row[:width], allowed)
            place = np.arange(len(text)) - np.searchsorted(text, text)
            if width >= len(row) or np.count_nonzero(place < per_text) >= n:
                break
            width *= 8
        kept = np.flatnonzero(place < per_text)[:n]
        if spill and len(kept) < n:
            kept = np.sort(np.concatenate([kept, np.flatnonzero(place >= per_text)[: n - len(kept)]]))
        return item[kept], score[text[kept]]

    def allowed(self, row: Int64, allowed: Bool) -> tuple[Int64, Int32]:
        """(position in `row`, item) of the allowed items of these texts, text by text."""
        count = self.offset[row + 1] - self.offset[row]
        text = np.repeat(np.arange(len(row)), count)
        within = np.arange(len(text)) - np.repeat(np.cumsum(count) - count, count)
        item = self.item[np.repeat(self.offset[row], count) + within]
        inside = item < len(allowed)
        kept = inside & allowed[np.where(inside, item, 0)] if len(allowed) else inside
        return text[kept], item[kept]


def text_key(text: str) -> int:
    """64 bits that stand for a text: among a million texts, two share them with probability 3e-8."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little", signed=True)
