"""What formats are called in sentences: "orders.csv: read as Shopify's order export"."""

from collections.abc import Mapping
from types import MappingProxyType

FORMAT_NAME: Mapping[str, str] = MappingProxyType(
    {
        "export": "an export of Shopkeeper",
        "merchant_feed": "a Google Merchant feed",
        "shopify_products": "Shopify's product export",
        "shopify_orders": "Shopify's order export",
        "personalize": "an Amazon Personalize data set",
        "s3rec": "sequences of items, as S3-Rec has them",
        "recbole": "RecBole atomic files (.inter, .item, .user)",
        "ga4": "a GA4 export",
        "google_retail": "Google Retail products and events",
        "segment": "Segment calls",
        "ubi": "OpenSearch UBI queries and events",
        "json_ld": "schema.org products (JSON-LD)",
        "movielens": "MovieLens",
        "online_retail": "UCI Online Retail invoices",
        "csv": "a table (CSV)",
        "jsonl": "JSON lines",
        "parquet": "a Parquet table",
        "completejourney": "The Complete Journey",
    }
)
