"""Readers: one file for each outside format, and one line here."""

from collections.abc import Mapping
from types import MappingProxyType

from shopkeeper.data.reader.completejourney import CompleteJourneyReader
from shopkeeper.data.reader.delimited import DelimitedReader
from shopkeeper.data.reader.export import ExportReader
from shopkeeper.data.reader.ga4 import GA4
from shopkeeper.data.reader.google_retail import GOOGLE_RETAIL
from shopkeeper.data.reader.json_ld import JSON_LD
from shopkeeper.data.reader.json_lines import JsonLinesReader
from shopkeeper.data.reader.merchant_feed import MerchantFeedReader
from shopkeeper.data.reader.movielens import MovieLensReader
from shopkeeper.data.reader.online_retail import OnlineRetailReader
from shopkeeper.data.reader.parquet import ParquetReader
from shopkeeper.data.reader.personalize import PersonalizeReader
from shopkeeper.data.reader.protocol import Chunk, Entity, Reader, ReadOption, RowKind
from shopkeeper.data.reader.recbole import RecBoleReader
from shopkeeper.data.reader.s3rec import S3RecReader
from shopkeeper.data.reader.segment import SEGMENT
from shopkeeper.data.reader.shape import Shape
from shopkeeper.data.reader.shaped import ShapedReader
from shopkeeper.data.reader.shopify_orders import ShopifyOrdersReader
from shopkeeper.data.reader.shopify_products import ShopifyProductsReader
from shopkeeper.data.reader.ubi import UBI

# Asked in this order whether a file is theirs: formats of one system first, tables and flat JSON of anybody after.
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "export": ExportReader(),
        "merchant_feed": MerchantFeedReader(),
        "shopify_products": ShopifyProductsReader(),
        "shopify_orders": ShopifyOrdersReader(),
        "personalize": PersonalizeReader(),
        "s3rec": S3RecReader(),
        "recbole": RecBoleReader(),
        "ga4": ShapedReader(GA4),
        "google_retail": ShapedReader(GOOGLE_RETAIL),
        "segment": ShapedReader(SEGMENT),
        "ubi": ShapedReader(UBI),
        "json_ld": ShapedReader(JSON_LD),
        "movielens": MovieLensReader(),
        "online_retail": OnlineRetailReader(),
        "csv": DelimitedReader(),
        "jsonl": JsonLinesReader(),
        "parquet": ParquetReader(),
        "completejourney": CompleteJourneyReader(),
    }
)

# Those that a live sender may use: what it sends is read as a file of the same would be.
EVENT_SHAPES: Mapping[str, Shape] = MappingProxyType({shape.name: shape for shape in (GA4, GOOGLE_RETAIL, SEGMENT)})

__all__ = ["EVENT_SHAPES", "READERS", "Chunk", "Entity", "ReadOption", "Reader", "RowKind"]
