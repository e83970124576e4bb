"""The places that ask for a list: one file for each, and SURFACES. Doors show what is in SURFACES by themselves."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from shopkeeper.error import UnknownSurface
from shopkeeper.surface.bought_together import BOUGHT_TOGETHER
from shopkeeper.surface.buy_again import BUY_AGAIN
from shopkeeper.surface.discover import DISCOVER
from shopkeeper.surface.home import HOME
from shopkeeper.surface.search import SEARCH
from shopkeeper.surface.similar import SIMILAR
from shopkeeper.surface.surface import Need, Surface
from shopkeeper.surface.trending import TRENDING

SURFACES: Final[Mapping[str, Surface]] = MappingProxyType(
    {s.name: s for s in (HOME, DISCOVER, BUY_AGAIN, TRENDING, SIMILAR, BOUGHT_TOGETHER, SEARCH)}
)


def find_surface(name: str) -> Surface:
    """The surface of that name. Raises UnknownSurface, which lists them all."""
    if name not in SURFACES:
        raise UnknownSurface(f"There is no surface {name!r}. There are: {', '.join(SURFACES)}.")
    return SURFACES[name]


__all__ = ["SURFACES", "Need", "Surface", "find_surface"]
