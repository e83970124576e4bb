"""The one shape in which every door tells an error: RFC 9457 problem details."""

import re
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from shopkeeper.error import ShopkeeperError


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong. `type` is a URI that stays the same for the same kind of problem; `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """The JSON members."""
        return asdict(self)


def problem_of(error: ShopkeeperError) -> Problem:
    """How one of our own errors is told."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).capitalize()
    return Problem(f"urn:shopkeeper:{words.lower().replace(' ', '-')}", words, error.status, str(error))


def http_problem(status: int, detail: str) -> Problem:
    """How an error of HTTP itself is told: no such path, a method that is not allowed, a body that is no JSON."""
    return Problem("about:blank", HTTPStatus(status).phrase, status, detail)
