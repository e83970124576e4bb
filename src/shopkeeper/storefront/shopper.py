"""Who is looking: a customer that was chosen, in the address; or a guest, known by a cookie."""

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "shopkeeper_visitor"
YEAR: Final = 365 * 86_400
MAX_LENGTH: Final = 256


@dataclass(frozen=True, slots=True)
class Shopper:
    """`customer` is "" for a guest; `new` says that a guest's cookie has yet to be set."""

    customer: str
    visitor: str
    new: bool = False

    @property
    def user_id(self) -> str | None:
        """For queries and events."""
        return self.customer or None

    @property
    def visitor_id(self) -> str | None:
        """For queries and events; a customer's acts are not a guest's."""
        return None if self.customer else self.visitor


def shopper_of(request: Request, customer: str | None = None) -> Shopper:
    """Who sent a request; `customer` overrides what the address says."""
    chosen = request.query_params.get("customer", "") if customer is None else customer
    cookie = request.cookies.get(COOKIE, "")
    known = cookie.isalnum() and len(cookie) <= MAX_LENGTH
    return Shopper(clean(chosen), cookie if known else uuid4().hex, new=not known)


def remember(response: Response, shopper: Shopper) -> Response:
    """Give a new guest a cookie: nothing personal, and readable by no script."""
    if shopper.new and not shopper.customer:
        response.set_cookie(COOKIE, shopper.visitor, max_age=YEAR, httponly=True, samesite="lax")
    return response


def clean(text: str) -> str:
    """Text from an address or a form: no control characters, not endless."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:MAX_LENGTH]
