"""What lexical search reads of an item, and the words it is indexed by."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from shopkeeper.language.segment import stem, words

_SEPARATOR: Final = "\x1f"  # between the parts of one document's text; a space where a catalogue holds it


def document_texts(frame: pl.DataFrame) -> list[str]:
    """One text for each row of CATALOGUE_COLUMN, "" for a deleted row. Items of one text are one document."""
    parts = [
        pl.col(name).fill_null("").str.replace_all(_SEPARATOR, " ", literal=True)
        for name in ("title", "brand", "category", "description")
    ]
    joined = pl.concat_str(parts, separator=_SEPARATOR)
    gone = pl.col("deleted").fill_null(True) | (joined.str.strip_chars(_SEPARATOR) == "")
    return frame.select(pl.when(gone).then(pl.lit("")).otherwise(joined)).to_series().to_list()


@dataclass(frozen=True, slots=True)
class Document:
    """The terms of one text: `title` and `body` (brand, category, description) stemmed, `word` as it is typed."""

    title: tuple[str, ...]
    body: tuple[str, ...]
    word: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Document":
        """Of one text of `document_texts`."""
        title, brand, category, description = (words(part) for part in text.split(_SEPARATOR))
        return cls(
            title=tuple(stem(word) for word in title),
            body=tuple(stem(word) for word in (*brand, *category, *description)),
            word=tuple(dict.fromkeys((*title, *brand, *category))),
        )
