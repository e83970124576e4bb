"""What a shopper does on a page, from the fields of a form to an event."""

from typing import Final
from urllib.parse import parse_qsl

from shopkeeper.error import InputError
from shopkeeper.record import Event, EventType
from shopkeeper.storefront.narrow import Narrowing
from shopkeeper.storefront.shopper import Shopper, clean
from shopkeeper.storefront.view import item_link, link

ACTS: Final = {kind.value: kind for kind in (EventType.VIEW, EventType.CART, EventType.UNCART, EventType.PURCHASE)}
MAX_FIELDS: Final = 20
NARROWED: Final = "narrowed"  # the field that says how a search was narrowed, as its address does


def read_form(body: bytes) -> dict[str, str]:
    """The fields of an application/x-www-form-urlencoded body, all but NARROWED cleaned. Raises InputError."""
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=MAX_FIELDS)
    except ValueError:
        raise InputError("The form cannot be read. Go back to the shop and press the button again.") from None
    return {name: value if name == NARROWED else clean(value) for name, value in pairs}


def act_of(form: dict[str, str], shopper: Shopper, now: int) -> Event:
    """The event that a form's button stands for. Raises InputError."""
    kind = ACTS.get(form.get("type", ""))
    if kind is None or not form.get("item_id"):
        raise InputError(f"The form names no act and item. Acts: {', '.join(ACTS)}.")
    position = form.get("position", "")
    return Event(
        type=kind,
        time=now,
        user_id=shopper.user_id,
        visitor_id=shopper.visitor_id,
        item_id=form["item_id"],
        quantity=1.0 if kind is EventType.PURCHASE else None,
        surface=form.get("surface") or None,
        recommendation_id=form.get("recommendation_id") or None,
        position=int(position) if position.isascii() and position.isdigit() and len(position) < 6 else None,
        context={"door": "storefront"},
    )


def back_of(form: dict[str, str], shopper: Shopper, kind: EventType) -> str:
    """Where a shopper was, with a word about what was done; never another site."""
    told = {**shopper.kept, "done": kind.value}
    match form.get("back"):
        case "home":
            return link("/", **told)
        case "basket":
            return link("/basket", **told)
        case "search":
            narrowing = Narrowing.of(parse_qsl(form.get(NARROWED, "")))
            return link("/search", q=form.get("q", ""), **narrowing.fields, **told)
    return item_link(form["item_id"], **told)
