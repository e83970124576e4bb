"""Readers: one file for each outside format, and one line here."""

from collections.abc import Mapping
from types import MappingProxyType

from shopkeeper.data.reader.completejourney import CompleteJourneyReader
from shopkeeper.data.reader.delimited import DelimitedReader
from shopkeeper.data.reader.json_lines import JsonLinesReader
from shopkeeper.data.reader.movielens import MovieLensReader
from shopkeeper.data.reader.parquet import ParquetReader
from shopkeeper.data.reader.personalize import PersonalizeReader
from shopkeeper.data.reader.protocol import Chunk, Entity, Reader, ReadOption, RowKind
from shopkeeper.data.reader.recbole import RecBoleReader
from shopkeeper.data.reader.s3rec import S3RecReader

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "personalize": PersonalizeReader(),
        "s3rec": S3RecReader(),
        "recbole": RecBoleReader(),
        "movielens": MovieLensReader(),
        "csv": DelimitedReader(),
        "jsonl": JsonLinesReader(),
        "parquet": ParquetReader(),
        "completejourney": CompleteJourneyReader(),
    }
)

__all__ = ["READERS", "Chunk", "Entity", "ReadOption", "Reader", "RowKind"]
