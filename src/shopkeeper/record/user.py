"""Users: who may be named in an event. Guests have a visitor_id only and no record here."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class User:
    """A known customer and what the shop knows about them; `attributes` holds JSON values only."""

    user_id: str
    attributes: Mapping[str, object] = field(default_factory=dict)
