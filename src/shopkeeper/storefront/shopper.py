"""Who is looking, and in which market: both chosen, in the address. A guest is known by a cookie."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "shopkeeper_visitor"
YEAR: Final = 365 * 86_400
_OWN: Final = re.compile(
    "[0-9a-f]{32}"
)  # as we make them: an imported visitor's id, which may be guessed, is nobody's key
MAX_LENGTH: Final = 256


@dataclass(frozen=True, slots=True)
class Shopper:
    """`customer` is "" for a guest, `market` for the default one; `new`: a guest's cookie has yet to be set."""

    customer: str
    visitor: str
    new: bool = False
    market: str = ""

    @property
    def user_id(self) -> str | None:
        """For queries and events."""
        return self.customer or None

    @property
    def kept(self) -> dict[str, str]:
        """What addresses and forms carry along."""
        return {"customer": self.customer, "market": self.market}

    @property
    def visitor_id(self) -> str | None:
        """For queries and events; a customer's acts are not a guest's."""
        return None if self.customer else self.visitor


def shopper_of(request: Request, form: Mapping[str, str] | None = None) -> Shopper:
    """Who sent a request, as its address says, or its form."""
    said = request.query_params if form is None else form
    cookie = request.cookies.get(COOKIE, "")
    known = _OWN.fullmatch(cookie) is not None
    customer, market = (clean(said.get(name, "")) for name in ("customer", "market"))
    return Shopper(customer, cookie if known else uuid4().hex, not known, market)


def remember(response: Response, shopper: Shopper) -> Response:
    """Give a new guest a cookie: nothing personal, and readable by no script."""
    if shopper.new and not shopper.customer:
        response.set_cookie(COOKIE, shopper.visitor, max_age=YEAR, httponly=True, samesite="lax")
    return response


def clean(text: str) -> str:
    """Text from an address or a form: no control characters, not endless."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:MAX_LENGTH]
