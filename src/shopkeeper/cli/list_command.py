"""shopkeeper search and shopkeeper recommend: a list in the terminal, from the very engine that serves."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from shopkeeper.cli.output import JsonFlag, ShopFolder, say, say_json, say_table
from shopkeeper.record import MAX_FACET_VALUES, MAX_N, Facet, Query

Length = Annotated[int, typer.Option("--n", "-n", min=1, max=MAX_N, help="How many places the list has.")]
FilterText = Annotated[
    str | None, typer.Option("--filter", help='A SQL Boolean over item columns: "price < 5 AND in_stock".')
]
Market = Annotated[str, typer.Option(help="The market or store whose prices and stock count.", show_default=False)]
User = Annotated[str | None, typer.Option("--user", help="The customer's id.")]


def search(
    shop: ShopFolder,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is searched for.", show_default=False)],
    *,
    n: Length = 10,
    filter: FilterText = None,
    user: User = None,
    market: Market = "",
    facet: Annotated[
        list[str] | None,
        typer.Option(help="Count the products found by brand, category, price or attribute.NAME; repeat it."),
    ] = None,
    facet_values: Annotated[int, typer.Option(min=1, max=MAX_FACET_VALUES, help="How many values of each facet.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """Search the catalogue, by letter and by meaning.

    Examples:

        shopkeeper search demo-shop "sparkling water"

        shopkeeper search demo-shop "dark chocolate" -n 5 --filter "price < 3" --json

        shopkeeper search demo-shop tea --facet brand --facet price --facet attribute.package_size
    """
    query = Query(
        "search",
        n,
        user,
        text=text,
        filter=filter,
        market=market,
        facets=tuple(facet or ()),
        max_facet_values=facet_values,
    )
    _show(shop, query, as_json)


def recommend(
    shop: ShopFolder,
    surface: Annotated[
        str, typer.Argument(metavar="SURFACE", help="home, discover, buy-again, trending, similar, bought-together ...")
    ] = "home",
    *,
    user: User = None,
    visitor: Annotated[str | None, typer.Option(help="A guest's id.")] = None,
    item: Annotated[list[str] | None, typer.Option(help="The item looked at; repeat it for a cart.")] = None,
    n: Length = 10,
    filter: FilterText = None,
    market: Market = "",
    as_json: JsonFlag = False,
) -> None:
    """Recommend: the list that a surface shows.

    Examples:

        shopkeeper recommend demo-shop home --user 27

        shopkeeper recommend demo-shop bought-together --item 1082185 --item 981760 --json
    """
    from shopkeeper.surface import find_surface

    query = Query(surface, n, user, visitor, tuple(item or ()), filter=filter, market=market)
    find_surface(surface).check(query, named="--item")
    _show(shop, query, as_json)


def _show(folder: Path, query: Query, as_json: bool) -> None:
    from shopkeeper.operation.answer import cards_of_answers, reason_words, tell_answers
    from shopkeeper.operation.price import price_text
    from shopkeeper.operation.publish import published_id
    from shopkeeper.operation.serve import open_engine
    from shopkeeper.operation.shop import open_shop

    with open_shop(folder) as shop:
        published_id(shop)  # the engine, which knows no folder, could not name it in what to do
        with closing(open_engine(shop)) as engine:
            (answer,) = engine.recommend([query])
            cards, told = cards_of_answers(engine, [answer], query.market), tell_answers(engine, [answer])
    if as_json:
        say_json(told[0])
        return
    if answer.note:
        say(answer.note)
    elif answer.fallback:
        say(f"The models had nothing to say here; this is the fallback {answer.fallback!r}.")
    places = [(rank, place, cards[place.item_id]) for rank, place in enumerate(answer.items, 1)]
    rows = [
        (rank, card.item_id, card.title, price_text(card.price, card.currency), place.score, reason_words(place, cards))
        for rank, place, card in places
        if card
    ]
    say_table(["#", "item_id", "title", "price", "score", "reason"], rows)
    say(f"{len(rows)} items from bundle {answer.bundle_id}")
    if answer.facets:
        say(f"Products that match: {answer.facets.found}")
        for facet in answer.facets.fields:
            _say_facet(facet)


def _say_facet(facet: Facet) -> None:
    from shopkeeper.operation.price import price_text

    rows: list[tuple[str, int]] = [(each.value, each.count) for each in facet.values]
    for each in facet.ranges:
        ends = (price_text(each.lowest, each.currency), price_text(each.highest, each.currency))
        rows.append((" to ".join(ends), each.count))
    say_table([facet.field, "products"], rows)
    if facet.distinct > len(facet.values):
        say(f"and {facet.distinct - len(facet.values)} more")
