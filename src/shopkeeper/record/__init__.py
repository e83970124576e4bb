"""What the shop talks about: items, offers, users, events, queries; frozen dataclasses without behaviour."""

from shopkeeper.record.clock import DAY, Clock, ReplayClock, SystemClock, format_time, parse_time
from shopkeeper.record.event import (
    DEFAULT_WEIGHT,
    EVENT_CODE,
    LEAST_RATING,
    MARK_CODE,
    MARK_OF_CODE,
    MOST_RATING,
    RATING_SCALE,
    TYPE_OF_CODE,
    Event,
    EventType,
    Mark,
)
from shopkeeper.record.facet import MAX_FACET_VALUES, Facet, Facets, FacetValue, PriceRange
from shopkeeper.record.item import Item, ItemKind, ItemPatch, Offer
from shopkeeper.record.money import minor_exponent, to_major, to_minor
from shopkeeper.record.progress import AtMost, Progress, silent, within
from shopkeeper.record.query import MAX_N, Answer, Query, RankedItem
from shopkeeper.record.user import User

__all__ = [
    "DAY",
    "DEFAULT_WEIGHT",
    "EVENT_CODE",
    "LEAST_RATING",
    "MARK_CODE",
    "MARK_OF_CODE",
    "MAX_FACET_VALUES",
    "MAX_N",
    "MOST_RATING",
    "RATING_SCALE",
    "TYPE_OF_CODE",
    "Answer",
    "AtMost",
    "Clock",
    "Event",
    "EventType",
    "Facet",
    "FacetValue",
    "Facets",
    "Item",
    "ItemKind",
    "ItemPatch",
    "Mark",
    "Offer",
    "PriceRange",
    "Progress",
    "Query",
    "RankedItem",
    "ReplayClock",
    "SystemClock",
    "User",
    "format_time",
    "minor_exponent",
    "parse_time",
    "silent",
    "to_major",
    "to_minor",
    "within",
]
