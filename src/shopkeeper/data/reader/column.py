"""Which column of a file is which field of ours: named by the caller, or guessed from common names."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from shopkeeper.data.reader.event_name import plain
from shopkeeper.data.reader.protocol import ReadOption, RowKind
from shopkeeper.error import InputError

_ITEM_ID = (
    "item_id product_id sku asin parent_asin item product article_id stock_code variant_id content_id good_id goods_id "
    "variant_sku"
)
_USER_ID = "user_id customer_id household_id user customer household client_id member_id shopper_id reviewer_id"
_MONEY = "currency currency_code"

_ITEM_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "item_id": _ITEM_ID + " id",
        "kind": "kind item_kind",
        "title": "title name product_name item_name product_title label",
        "description": "description desc body summary product_description body_html",
        "category": "category categories category_path product_type google_product_category department genre genres",
        "brand": "brand manufacturer vendor",
        "group_id": "group_id item_group_id parent_id model_id handle",
        "url": "url link product_url",
        "image_url": "image_url image image_link img picture",
        "available_from": "available_from availability_date start_date",
        "expires_at": "expires_at expiration_date end_date",
        "enabled": "enabled active is_active published",
        "price": "price unit_price sale_price list_price variant_price",
        "currency": _MONEY,
        "stock": "stock inventory stock_level",
        "availability": "availability in_stock is_in_stock instock stock_status availability_status",
        "market": "market region",
        "valid_from": "valid_from price_valid_from",
        "valid_to": "valid_to price_valid_to",
    }
)

_OFFER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "item_id": _ITEM_ID + " id",
        "market": "market store_id store store_code region location_id warehouse_id",
        **{
            name: _ITEM_NAMES[name] for name in ("price", "currency", "stock", "availability", "valid_from", "valid_to")
        },
    }
)

_EVENT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "event_id": "event_id insert_id message_id",
        "type": "event_type event type action behavior behaviour behavior_type event_name",
        "time": "time timestamp date event_time datetime ts created_at event_timestamp invoice_date order_date "
        "transaction_timestamp unix_time unix_review_time time_ms occurred_at sent_at",
        "user_id": _USER_ID,
        "visitor_id": "visitor_id anonymous_id visitor guest_id device_id user_pseudo_id cookie_id",
        "item_id": _ITEM_ID + " lineitem_sku line_item_sku",
        "session_id": "session_id session basket_id order_id invoice invoice_no transaction_id cart_id visit_id",
        "quantity": "quantity qty units count lineitem_quantity line_item_quantity",
        "value": "value revenue amount total line_total sales_value sales",
        "unit_price": "price unit_price lineitem_price line_item_price",
        "currency": _MONEY,
        "rating": "rating score stars overall star_rating",
        "text": "text review_text review comment",
        "query": "query search_query search_term keywords q",
        "surface": "surface placement",
        "recommendation_id": "recommendation_id attribution_token",
        "position": "position rank index",
        "experiment": "experiment variant experiment_arm",
        "mark": "mark",
    }
)

_GUESSED: Final = " Rows were taken for {}, by their columns: --kind items, offers, users or events says otherwise."
_SENDER: Final = frozenset({"user_id", "visitor_id", "session_id"})
_CATALOGUE: Final = frozenset({"description", "brand", "group_id", "image_url"})  # which no log tells
_OFFERED = frozenset({"price", "stock", "availability"})  # one of which an offer says

_USER_NAMES: Mapping[str, str] = MappingProxyType({"user_id": _USER_ID + " id"})

NAMES: Mapping[RowKind, Mapping[str, str]] = MappingProxyType(
    {
        RowKind.ITEMS: _ITEM_NAMES,
        RowKind.OFFERS: _OFFER_NAMES,
        RowKind.USERS: _USER_NAMES,
        RowKind.EVENTS: _EVENT_NAMES,
    }
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rows are, `field` -> column of the file, and the sentences that say what was guessed."""

    kind: RowKind
    column: Mapping[str, str]
    extra: tuple[str, ...]
    notes: tuple[str, ...]


def plan(columns: Sequence[str], option: ReadOption, file: str) -> Plan:
    """How to read a file with these columns. Raises InputError where that cannot be told."""
    for column in option.mapping:
        if column not in columns:
            raise InputError(f"{file} has no column {column!r}, which --map names. It has: {', '.join(columns)[:500]}.")
    kind = option.kind or _kind(columns, option.mapping, file)
    guessed_kind = "" if option.kind else _GUESSED.format(kind.value)
    chosen = _chosen(columns, option.mapping, kind, file, guessed_kind)
    if kind is RowKind.ITEMS and not option.update and not {"price", "stock"} & set(chosen):
        # An offer is whole: what the file says of availability would empty the prices that it does not speak of.
        chosen = {name: column for name, column in chosen.items() if name != "availability" or column in option.mapping}
    _require(chosen, kind, columns, file, guessed_kind)
    taken = set(chosen.values())
    guessed = [
        f"{column} as {name}" for name, column in chosen.items() if column not in option.mapping and column != name
    ]
    notes = [] if option.kind else [f"{file}: rows are read as {kind.value}, by their columns."]
    if guessed:
        notes.append(f"{file}: columns read as fields by their names: {', '.join(guessed)}.")
    if "availability" in chosen:
        notes.append(
            f"{file}: {chosen['availability']} tells the stock: 0 where it says that an item is out of stock, else the "
            "pieces of stock, or not tracked."
        )
    extra = tuple(column for column in columns if column not in taken)
    if extra:
        where = "context" if kind is RowKind.EVENTS else "attributes"
        notes.append(f"{file}: kept in {where}: {', '.join(extra)[:300]}.")
    return Plan(kind, MappingProxyType(chosen), extra, tuple(notes))


def plan_known(columns: Sequence[str], known: Mapping[str, str], kind: RowKind, option: ReadOption, file: str) -> Plan:
    """`plan` for a format that says what its columns mean: `known` is {column: field}; the caller's mapping goes first.

    Columns that the file lacks are passed over, and so are further ones for a field that is given already.
    """
    given = dict(option.mapping)
    for column, name in known.items():
        if column in columns and column not in given and name not in given.values():
            given[column] = name
    return plan(columns, replace(option, mapping=given, kind=kind), file)


def _guess(columns: Sequence[str], kind: RowKind) -> dict[str, str]:
    """field -> column, by the names that are common; the name listed first wins."""
    by_plain: dict[str, str] = {}
    for column in columns:
        by_plain.setdefault(plain(column), column)
    found: dict[str, str] = {}
    for name, aliases in NAMES[kind].items():
        matches = [by_plain[alias] for alias in aliases.split() if alias in by_plain]
        if matches and matches[0] not in found.values():
            found[name] = matches[0]
    return found


def _chosen(
    columns: Sequence[str], mapping: Mapping[str, str], kind: RowKind, file: str, guessed_kind: str
) -> dict[str, str]:
    """What the caller named, and guesses for the rest."""
    fields = NAMES[kind]
    named: dict[str, str] = {}
    for column, name in mapping.items():
        if name not in fields:
            raise InputError(
                f"{file}: --map {column}={name}: {kind.value} have no field {name!r}. Fields: {', '.join(fields)}."
                f"{guessed_kind}"
            )
        if name in named:
            raise InputError(f"{file}: --map gives the field {name!r} twice: {named[name]!r} and {column!r}. Keep one.")
        named[name] = column
    guessed = _guess([column for column in columns if column not in mapping], kind)
    return named | {name: column for name, column in guessed.items() if name not in named}


def _kind(columns: Sequence[str], mapping: Mapping[str, str], file: str) -> RowKind:
    """What the rows are, from what they know. What the caller names decides before any guess."""
    named, left = set(mapping.values()), [column for column in columns if column not in mapping]
    of_event = _guess(left, RowKind.EVENTS)
    event, item = set(of_event) | named, set(_guess(left, RowKind.ITEMS)) | named
    if item & _CATALOGUE and not event & _SENDER and plain(of_event.get("type", "")) == "type":
        event.discard("type")  # a catalogue's: what sort of product it is
    possible = [kind for kind, fields in NAMES.items() if named <= fields.keys()] or list(NAMES)
    # Lines of orders whose customers go by a name that is not known: as items they would empty titles, and show all.
    ordered = RowKind.EVENTS in possible and event >= {"time", "quantity"} and not item & _CATALOGUE - {"brand"}
    for kind in _likeliest(event, item):
        if kind in possible and not (ordered and kind in (RowKind.ITEMS, RowKind.OFFERS)):
            return kind
    raise InputError(
        f"{file}: its columns do not tell whether rows are items, offers, users or events: {', '.join(columns)[:500]}. "
        "Name it with --kind, and columns with --map COLUMN=FIELD."
    )


def _likeliest(event: Set[str], item: Set[str]) -> Iterator[RowKind]:
    """What rows may be that have these fields of events and of items, the likeliest first."""
    if event & {"time", "type"} and event & {*_SENDER, "type"}:
        yield RowKind.EVENTS
    if "item_id" in event and event & {"user_id", "visitor_id"}:
        yield RowKind.EVENTS
    if "user_id" in event and "item_id" not in event:
        yield RowKind.USERS
    if "item_id" in item and not event & {"user_id", "visitor_id"}:
        # Whole items of which nothing but a price is said would lose their names.
        only_offered = item & _OFFERED and not item - _OFFER_NAMES.keys()
        yield RowKind.OFFERS if only_offered else RowKind.ITEMS
        yield RowKind.ITEMS


def _require(chosen: Mapping[str, str], kind: RowKind, columns: Sequence[str], file: str, guessed_kind: str) -> None:
    """Raises InputError where a field without which no row can be read has no column."""
    needed = {RowKind.USERS: ("user_id",), RowKind.EVENTS: ("time",)}.get(kind, ("item_id",))
    missing = [name for name in needed if name not in chosen]
    if kind is RowKind.OFFERS and not _OFFERED & set(chosen):
        missing.append("price")
    if kind is RowKind.EVENTS and not {"user_id", "visitor_id"} & set(chosen):
        missing.append("user_id")
    if missing:
        raise InputError(
            f"{file}: {kind.value} need {' and '.join(missing)}, and no column is known to be that. "
            f"Columns: {', '.join(columns)[:500]}. Say which with --map COLUMN={missing[0]}.{guessed_kind}"
        )
