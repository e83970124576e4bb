"""Lists as Gorse's clients ask for them: names of lists, categories, and the ids and scores that answer."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from shopkeeper.api.gorse_field import GorseModel
from shopkeeper.error import NotFound
from shopkeeper.record import MAX_N, Answer, Query
from shopkeeper.serving import Engine
from shopkeeper.serving.newest import LATEST
from shopkeeper.store.frame import CATEGORY_SEPARATOR
from shopkeeper.surface import SURFACES, Need

POPULAR: Final = "home"  # of which nobody in particular gets what is popular
NON_PERSONALIZED: Final = {
    LATEST: LATEST,  # no surface's, but the catalogue's
    "popular": POPULAR,
    **{name: name for name, surface in SURFACES.items() if surface.needs is Need.NOTHING},
}
ITEM_TO_ITEM: Final = {
    "neighbors": "similar",  # what Gorse called its only one
    **{name: name for name, surface in SURFACES.items() if surface.needs is Need.ITEMS},
}


class ScoreOut(GorseModel):
    """One place of a list."""

    id: str
    score: float


def surface_of(name: str, known: dict[str, str]) -> str:
    """The surface of a list that Gorse would have had configured. Raises NotFound, which names them all."""
    if name not in known:
        raise NotFound(f"There is no list {name[:60]!r} of this kind. There are: {', '.join(known)}.")
    return known[name]


def category_filter(categories: Sequence[str]) -> str | None:
    """A filter for items that are in every one of these categories, or in some whose name looks like it (`in_all`)."""
    return " AND ".join(_in(name.replace("'", "''")) for name in categories if name) or None


def _in(name: str) -> str:
    """That a step of the category path is this one, wherever it stands; `_` and `%` stand for any characters."""
    step = CATEGORY_SEPARATOR
    ways = (f"{name}{step}%", f"%{step}{name}", f"%{step}{name}{step}%")
    return f"(category = '{name}' OR " + " OR ".join(f"category LIKE '{way}'" for way in ways) + ")"


def asked(
    engine: Engine,
    query: Query,
    offset: int,
    categories: Sequence[str],
    without: Collection[str] = (),
    *,
    stand_ins: bool = True,
) -> Answer:
    """The places from `offset` to `query.n` of a list of items in all of these categories and not `without`, noted.

    Fewer where the longest list that there is does not reach so far. Without `stand_ins` it has the places alone that
    the models filled: a neighbour is none for being popular.
    """
    n = min(MAX_N, query.n + len(without))
    answer = engine.recommend([replace(query, n=n, filter=category_filter(categories))], shown=False)[0]
    if not stand_ins:
        own = tuple(place for place in answer.items if place.source != answer.fallback)
        answer = replace(answer, items=own, fallback=None)
    return _shown(engine, query, answer, offset, categories, without)


def latest(engine: Engine, query: Query, offset: int, categories: Sequence[str], without: Collection[str]) -> Answer:
    """The same of the newest items."""
    answer = engine.newest(query.n + len(without), category_filter(categories), query.market)
    return _shown(engine, query, answer, offset, categories, without)


def _shown(
    engine: Engine, query: Query, answer: Answer, offset: int, categories: Sequence[str], without: Collection[str]
) -> Answer:
    """The part of an answer that is shown, noted as such."""
    kept = in_all(engine, [place.item_id for place in answer.items if place.item_id not in without], categories)
    places = [place for place in answer.items if place.item_id in kept][offset : query.n]
    part = replace(answer, items=tuple(places))
    engine.note(query, part)
    return part


def in_all(engine: Engine, item_ids: Sequence[str], categories: Sequence[str]) -> set[str]:
    """The items that are in every one of these categories, exactly."""
    wanted = {name for name in categories if name}
    if not wanted:
        return set(item_ids)
    cards = zip(item_ids, engine.cards(item_ids), strict=True)
    return {item_id for item_id, card in cards if card is not None and wanted <= set(card.category)}


def scores(answer: Answer) -> list[dict[str, Any]]:
    """ScoreOut's members of each place."""
    return [{"Id": place.item_id, "Score": place.score} for place in answer.items]
