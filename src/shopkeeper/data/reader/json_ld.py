"""The reader `json_ld`: products of schema.org, as shops put them into their pages and sitemaps."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shopkeeper.data.reader.protocol import RowKind
from shopkeeper.data.reader.shape import Flat, Json, Row, Shape, part, rest, text

_ID: Final = ("sku", "productID", "@id", "gtin13", "gtin14", "gtin12", "gtin8", "gtin", "mpn", "url")
_TAKEN: Final = (
    "@context", "@type", "@id", "name", "description", "brand", "image", "category", "url", "offers", "hasVariant",
    "isVariantOf", "inProductGroupWithID", "additionalProperty",
)  # fmt: skip
_GONE: Final = frozenset({"OutOfStock", "SoldOut", "Discontinued"})
_OFFER_NOTE: Final = "Of a product's several offers the first with a price was taken."


def _fits(record: Json) -> bool:
    context = str(record.get("@context", ""))
    return "schema.org" in context or "@graph" in record or _is(record, "Product", "ProductGroup", "ItemList")


def _parts(record: Json) -> Sequence[object]:
    """The nodes of a graph, the items of a list."""
    for name in ("@graph", "itemListElement"):
        nodes = record.get(name)
        if isinstance(nodes, list):
            return [_list_item(node) for node in nodes]
    return (record,)


def _list_item(node: object) -> object:
    inner = node.get("item") if isinstance(node, Mapping) else None
    return inner if isinstance(inner, Mapping) else node


def _types(record: Json) -> list[str]:
    """Plain names: "https://schema.org/Product" and "schema:Product" are Product."""
    value = record.get("@type")
    names = value if isinstance(value, list) else [value]
    return [str(name).rpartition("/")[2].rpartition(":")[2] for name in names if name]


def _is(record: Json, *names: str) -> bool:
    return not set(names).isdisjoint(_types(record))


def _flat(record: Json) -> Flat:
    if _is(record, "ProductGroup"):
        return _group(record)
    if not _is(record, "Product", "IndividualProduct", "ProductModel", "SomeProducts", "Book", "Vehicle"):
        return Flat(left_out=next(iter(_types(record)), "without @type"))
    variants = _objects(record.get("hasVariant"))
    return _group(record) if variants else _found([_product(record, _group_id(record))], [record])


def _group(record: Json) -> Flat:
    """The variants of a group, which have from it what they do not say themselves."""
    variants = [each for each in _objects(record.get("hasVariant")) if len(each) > 1]  # not mere references
    if not variants:
        return Flat(left_out="ProductGroup without variants")
    group = text(record.get("productGroupID")) or _own_id(record)
    shared = {name: record[name] for name in ("name", "description", "brand", "category", "image") if name in record}
    whole = [{**shared, **each} for each in variants]
    return _found([_product(each, group or _group_id(each)) for each in whole], whole)


def _found(rows: Sequence[Row], records: Sequence[Json]) -> Flat:
    several = any(len(_offers(record)) > 1 for record in records)
    return Flat(tuple(rows), notes=(_OFFER_NOTE,) if several else ())


def _group_id(record: Json) -> str | None:
    told = text(record.get("inProductGroupWithID"))
    parent = next(iter(_objects(record.get("isVariantOf"))), {})
    return told or text(parent.get("productGroupID")) or _own_id(parent)


def _own_id(record: Json) -> str | None:
    return next((said for name in _ID if (said := text(record.get(name)))), None)


def _product(record: Json, group: str | None) -> Row:
    offers = _offers(record)
    price, currency = next((said for said in map(_price, offers) if said[0] is not None), (None, None))
    key = next((name for name in _ID if text(record.get(name))), "")
    values = {
        "item_id": _own_id(record),
        "title": _name(record.get("name")),
        "description": _name(record.get("description")),
        "category": _category(record.get("category")),
        "brand": _name(record.get("brand")),
        "group_id": group,
        "url": _link(record.get("url")) or next((link for each in offers if (link := _link(each.get("url")))), None),
        "image_url": _link(record.get("image")),
        "price": price,
        "currency": currency,
        "stock": _stock(offers),
    }
    named = {text(each.get("name")) or "": each.get("value") for each in _objects(record.get("additionalProperty"))}
    return Row(RowKind.ITEMS, values, {**rest(record, *_TAKEN, key), **rest(named, ""), **rest({"offers": offers[1:]})})


def _offers(record: Json) -> list[Json]:
    """Offers; those within an AggregateOffer stand for it where it lists them."""
    found: list[Json] = []
    for offer in _objects(record.get("offers")):
        inner = _objects(offer.get("offers"))
        found += inner or [offer]
    return found


def _price(offer: Json) -> tuple[str | None, str | None]:
    """(price, currency); of a range the lowest."""
    detail = next(iter(_objects(offer.get("priceSpecification"))), {})
    price = next(
        (
            said
            for each in (offer, detail)
            for name in ("price", "lowPrice", "minPrice")
            if (said := text(each.get(name)))
        ),
        None,
    )
    return price, text(offer.get("priceCurrency")) or text(detail.get("priceCurrency"))


def _stock(offers: Sequence[Json]) -> str | None:
    """An inventory level; else 0 where every offer is out of stock, and unknown where one is not."""
    levels = [text(part(offer, "inventoryLevel").get("value")) for offer in offers]
    told = next((level for level in levels if level), None)
    states = [str(offer.get("availability", "")).rpartition("/")[2] for offer in offers]
    return "0" if states and _GONE.issuperset(states) else told


def _objects(value: object) -> list[Json]:
    """An object, or those of a list."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Mapping)]


def _first(value: object) -> Any:
    return next(iter(value), None) if isinstance(value, list) else value


def _name(value: object) -> str | None:
    """A text, or the name (or value, by language) of an object; the first of a list."""
    one = _first(value)
    return text(one.get("name") or one.get("@value")) if isinstance(one, Mapping) else text(one)


def _link(value: object) -> str | None:
    one = _first(value)
    if isinstance(one, Mapping):
        return next((said for name in ("url", "contentUrl", "@id") if (said := text(one.get(name)))), None)
    return text(one)


def _category(value: object) -> str | None:
    """A path, or names from broad to narrow."""
    if isinstance(value, list):
        return " > ".join(name for each in value if (name := _name(each))) or None
    return _name(value)


JSON_LD: Final = Shape("json_ld", _fits, _flat, _parts)
