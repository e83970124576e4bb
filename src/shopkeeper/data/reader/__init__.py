"""Readers: one file for each outside format, and one line here."""

from collections.abc import Mapping
from types import MappingProxyType

from shopkeeper.data.reader.completejourney import CompleteJourneyReader
from shopkeeper.data.reader.delimited import DelimitedReader
from shopkeeper.data.reader.json_lines import JsonLinesReader
from shopkeeper.data.reader.parquet import ParquetReader
from shopkeeper.data.reader.personalize import PersonalizeReader
from shopkeeper.data.reader.protocol import Chunk, Entity, Reader, ReadOption, RowKind

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "personalize": PersonalizeReader(),
        "csv": DelimitedReader(),
        "jsonl": JsonLinesReader(),
        "parquet": ParquetReader(),
        "completejourney": CompleteJourneyReader(),
    }
)

__all__ = ["READERS", "Chunk", "Entity", "ReadOption", "Reader", "RowKind"]
