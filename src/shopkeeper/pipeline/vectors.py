"""TextVectors: one whitened vector for each distinct text, and which items carry it. Search and models share it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from shopkeeper.language import TextEncoder
from shopkeeper.language.whiten import Whitening, unit
from shopkeeper.pipeline.distinct import NO_TEXT, Carriers, DistinctTexts
from shopkeeper.pipeline.lists import Bool, Float32, Int32, Int64

# Below this share of allowed items, gathering their vectors is quicker than scoring all (20,736 x 128: 1.6 ms).
GATHER_SHARE: Final = 0.2
COPIED: Final = 100_000_000  # bytes of vectors, up to which a worker keeps a second copy for speed


@dataclass(frozen=True)
class TextVectors:
    """`vector` (v, d) float32 unit rows, one for each row of `text`; immutable: `with_changes` makes a newer one.

    `encoder` names the text encoder that made them: vectors of two encoders never mix.
    """

    vector: Float32
    text: DistinctTexts
    whitening: Whitening
    encoder: str

    @classmethod
    def build(cls, text: DistinctTexts, raw: Float32, encoder: str, d: int) -> "TextVectors":
        """From the encoder's (v, D) vectors of the distinct texts, whitened to at most d components."""
        whitening = Whitening.fit(raw, d)
        return cls(whitening.apply(raw), text, whitening, encoder)

    @property
    def dimension(self) -> int:
        """d."""
        return self.whitening.dimension

    @cached_property
    def carriers(self) -> Carriers:
        """Who carries each text, in item order."""
        return self.text.carriers()

    @cached_property
    def by_component(self) -> Float32:
        """`vector` in column order, for products with one query: 0.6 ms over 20,000 texts, and 1.0 ms row by row.

        The rows themselves are what single items are looked up in. Beyond COPIED bytes there is but one of the two.
        """
        return np.asfortranarray(self.vector) if self.vector.nbytes <= COPIED else self.vector

    def project(self, raw: Float32) -> Float32:
        """(m, d) vectors as held here of the encoder's (m, D) vectors."""
        return self.whitening.apply(raw)

    def of(self, item: Int32) -> Float32:
        """(m, d) the items' vectors; zero for an item without text."""
        row = self.text.rows(item)
        if not len(self.vector):
            return np.zeros((len(row), self.dimension), np.float32)
        found = self.vector[row]
        found[row == NO_TEXT] = 0
        return found

    def mean(self, item: Int32, weight: Float32) -> Float32:
        """(d,) unit weighted mean of the items' vectors; zero where none of them has one."""
        row = self.text.rows(item)
        said = row != NO_TEXT
        summed = weight[said] @ self.vector[row[said]]
        mean: Float32 = unit(summed.reshape(1, -1).astype(np.float32))[0]
        return mean

    def score(self, query: Float32, item: Int32) -> Float32:
        """(m,) cosine of each item with the unit vector `query` (d,); 0 for an item without text.

        Each score is summed by itself: an item gets the same bits whichever others are asked for beside it.
        """
        cosine: Float32 = np.einsum("ij,j->i", self.of(item), query).astype(np.float32)
        return cosine

    def nearest(
        self,
        query: Float32,
        allowed: Bool,
        n: int,
        carriers: Carriers | None = None,
        per_text: int = 2**31,
    ) -> tuple[Int32, Float32]:
        """The n allowed items nearest to `query` (d,), best first, and their cosines; exact.

        `allowed` (n_items,). Items of one text follow each other in the order of `carriers`, and it gives at most
        `per_text` of them unless the others cannot fill the list. A zero query has no neighbours.
        """
        if not query.any() or not len(self.vector) or n <= 0:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        carriers = carriers or self.carriers
        row = self._rows_to_score(allowed)
        score = self.by_component @ query if row is None else self.vector[row] @ query
        for width in (4 * n, len(score)):
            top = _largest(score, width)
            last = width >= len(score)
            found = carriers.best(top if row is None else row[top], score[top], allowed, n, per_text, spill=last)
            if last or len(found[0]) == n:
                break
        return found

    def with_changes(self, item: Int32, texts: Sequence[str], encoder: TextEncoder) -> "TextVectors":
        """A newer table in which `item[i]` carries `texts[i]` ("" for a deleted one); only new texts are encoded.

        Raises ValueError where `encoder` is not the one that made these vectors.
        """
        if encoder.name != self.encoder:
            raise ValueError(f"these vectors are of encoder {self.encoder!r}, not of {encoder.name!r}: train again")
        text, new = self.text.with_changes(item, texts)
        if text is self.text:
            return self
        vector = np.concatenate([self.vector, self.project(encoder.encode(new))]) if new else self.vector
        return replace(self, text=text, vector=vector)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What a bundle saves, by name; `encoder` goes into its manifest."""
        return {
            "vector": self.vector,
            "key": self.text.key,
            "row_of": self.text.row_of,
            "mean": self.whitening.mean,
            "projection": self.whitening.projection,
        }

    @classmethod
    def restore(cls, arrays: Mapping[str, npt.NDArray[np.generic]], encoder: str) -> "TextVectors":
        """From `arrays()`, which may be memory-mapped."""
        return cls(
            vector=arrays["vector"].astype(np.float32, copy=False),
            text=DistinctTexts(
                arrays["key"].astype(np.int64, copy=False), arrays["row_of"].astype(np.int32, copy=False)
            ),
            whitening=Whitening(
                arrays["mean"].astype(np.float32, copy=False), arrays["projection"].astype(np.float32, copy=False)
            ),
            encoder=encoder,
        )

    def _rows_to_score(self, allowed: Bool) -> Int64 | None:
        """The rows that an allowed item carries where these are few; None: all rows."""
        if np.count_nonzero(allowed) > GATHER_SHARE * len(self.text.row_of):
            return None
        row = np.unique(self.text.rows(np.flatnonzero(allowed).astype(np.int32)))
        found: Int64 = row[row != NO_TEXT].astype(np.int64)
        return found


def cosines(vectors: TextVectors, query: Float32, item: Int32) -> Float32:
    """(B, m) cosine of each item with each of (B, d) unit vectors; 0 for an item without text.

    One product with all texts, which items of one text share.
    """
    row = vectors.text.rows(item)
    if not len(vectors.vector):
        return np.zeros((len(query), len(row)), np.float32)
    cosine: Float32 = np.take(query @ vectors.vector.T, row, axis=1)
    cosine[:, row == NO_TEXT] = 0
    return cosine


def _largest(score: Float32, width: int) -> Int64:
    """Positions of the `width` largest scores, best first, the earlier of equal ones first."""
    position = np.arange(len(score))
    if width < len(score):
        edge = np.partition(score, len(score) - width)[len(score) - width]
        position = np.flatnonzero(score >= edge)
    order = np.argsort(-score[position], kind="stable")
    return position[order]
