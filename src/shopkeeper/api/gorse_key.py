"""The key of Gorse's door: X-API-Key, as Gorse's server has it. Without one, people's data stay shut."""

from collections.abc import Callable
from hmac import compare_digest
from typing import Annotated, Final

from fastapi import HTTPException, Security
from fastapi.security import APIKeyHeader

HEADER: Final = APIKeyHeader(
    name="X-API-Key", auto_error=False, scheme_name="GorseKey", description="[gorse] api_key of shop.toml"
)
_CLOSED: Final = (
    "This shop has no key, and without one nobody reads, changes or erases people's data here. Set api_key of [gorse] "
    "in shop.toml, or SHOPKEEPER_GORSE__API_KEY, and send it as X-API-Key."
)
_REFUSED: Final = "Unauthorized: X-API-Key is not the key that this shop's [gorse] api_key says. Send that one."


def key_check(key: str) -> Callable[[str | None], None]:
    """A dependency that answers 401 to another key, in constant time; with an empty key everything passes."""
    wanted = key.encode()

    def check(sent: Annotated[str | None, Security(HEADER)] = None) -> None:
        if wanted and not compare_digest((sent or "").encode(), wanted):
            raise HTTPException(401, _REFUSED, {"WWW-Authenticate": "X-API-Key"})

    return check


def key_needed(key: str) -> Callable[[], None]:
    """A dependency that answers 403 where the shop has no key at all."""

    def check() -> None:
        if not key:
            raise HTTPException(403, _CLOSED)

    return check
