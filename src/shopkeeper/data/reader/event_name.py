"""The names that other systems give to events, mapped to ours."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from shopkeeper.record import EventType

_NAMES: Mapping[EventType, str] = MappingProxyType(
    {
        EventType.IMPRESSION: "impression view_item_list category_page_view product_list_viewed view_list",
        EventType.CLICK: "click select_item product_clicked clicked",
        EventType.VIEW: "view view_item detail_page_view product_viewed pageview page_view pv detail viewed",
        EventType.WISH: "wish add_to_wishlist product_added_to_wishlist wishlist favorite favourite fav save like",
        EventType.CART: "cart add_to_cart product_added addtocart add_cart basket",
        EventType.UNCART: "uncart remove_from_cart product_removed removefromcart remove",
        EventType.PURCHASE: "purchase purchase_complete order_completed buy order transaction sale bought",
        EventType.RETURN: "return refund order_refunded order_cancelled returned refunded cancelled canceled",
        EventType.RATE: "rate rating rated",
        EventType.REVIEW: "review product_reviewed reviewed",
        EventType.SEARCH: "search view_search_results products_searched searched",
        EventType.REDEEM: "redeem select_promotion promotion_clicked redemption redeemed",
        EventType.DISMISS: "dismiss hide dislike not_interested dismissed",
    }
)

EVENT_NAME: Mapping[str, str] = MappingProxyType(
    {name: kind.value for kind, names in _NAMES.items() for name in names.split()}
)

# What three senders call the events that we take; they have others of these words that mean something else
# (GA4's click is a link that leaves the site), so that each is read by its own list. Segment's in snake case.
GA4_NAME: Mapping[str, EventType] = MappingProxyType(
    {
        "view_item_list": EventType.IMPRESSION,
        "select_item": EventType.CLICK,
        "view_item": EventType.VIEW,
        "add_to_wishlist": EventType.WISH,
        "add_to_cart": EventType.CART,
        "remove_from_cart": EventType.UNCART,
        "purchase": EventType.PURCHASE,
        "refund": EventType.RETURN,
        "view_search_results": EventType.SEARCH,
        "search": EventType.SEARCH,
        "select_promotion": EventType.REDEEM,
    }
)
GOOGLE_RETAIL_NAME: Mapping[str, EventType] = MappingProxyType(
    {
        "category-page-view": EventType.IMPRESSION,
        "detail-page-view": EventType.VIEW,
        "add-to-cart": EventType.CART,
        "remove-from-cart": EventType.UNCART,
        "purchase-complete": EventType.PURCHASE,
        "search": EventType.SEARCH,
    }
)
SEGMENT_NAME: Mapping[str, EventType] = MappingProxyType(
    {
        "product_list_viewed": EventType.IMPRESSION,
        "product_clicked": EventType.CLICK,
        "product_viewed": EventType.VIEW,
        "product_added_to_wishlist": EventType.WISH,
        "product_added": EventType.CART,
        "wishlist_product_added_to_cart": EventType.CART,
        "product_removed": EventType.UNCART,
        "order_completed": EventType.PURCHASE,
        "order_refunded": EventType.RETURN,
        "order_cancelled": EventType.RETURN,
        "product_reviewed": EventType.REVIEW,
        "products_searched": EventType.SEARCH,
        "promotion_clicked": EventType.REDEEM,
    }
)


@lru_cache(maxsize=4096)  # a shop's events have a dozen names
def plain(name: str) -> str:
    """A name in snake case, for comparison: `itemId`, `Item ID` and `item-id` are all `item_id`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip().lstrip("\ufeff"))
    return re.sub(r"[^0-9a-z\u0080-\U0010ffff]+", "_", spaced.lower()).strip("_")
