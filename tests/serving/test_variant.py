"""Variants of one product are one place in a list, shown by whichever may be shown."""

from pathlib import Path

import polars as pl
import pytest

from shopkeeper.data import ItemTable
from shopkeeper.operation.ingest import import_files
from shopkeeper.operation.shop import Shop
from shopkeeper.record import Event, EventType, Item, Offer, Query
from shopkeeper.serving import Engine
from shopkeeper.store.frame import CATALOGUE_COLUMN
from shopkeeper.surface import SURFACES


def table(group: list[int]) -> ItemTable:
    frame = pl.DataFrame({"item_index": range(len(group)), "group_index": group})
    return ItemTable(
        frame.select(
            pl.lit(None, kind).alias(name) if name not in frame else name for name, kind in CATALOGUE_COLUMN.items()
        )
    )


def test_the_first_variant_that_may_be_shown_stands_for_its_group() -> None:
    items = table([0, 0, 2, 0, 4])
    shown = pl.Series([False, True, False, True, True]).to_numpy()
    assert items.face(shown).tolist() == [1, -1, -1, -1, 4]


def test_a_group_stays_listed_when_its_first_variant_is_gone(engine: Engine) -> None:
    small, large = (Item(f"cocoa-{size}", title="Cocoa powder", group_id="cocoa") for size in ("small", "large"))
    engine.catalogue.put([small, large], [Offer("cocoa-large", price=499, currency="EUR")])

    def found(rule: str | None = None) -> list[str]:
        (answer,) = engine.recommend([Query("search", n=3, text="cocoa powder", filter=rule)])
        return [place.item_id for place in answer.items if place.item_id.startswith("cocoa")]

    assert found() == ["cocoa-small"]
    assert found("price > 4") == ["cocoa-large"]
    engine.catalogue.delete("cocoa-small")
    assert found() == ["cocoa-large"]


@pytest.mark.parametrize("surface", SURFACES)
def test_no_list_holds_two_variants_of_one_product(engine: Engine, surface: str) -> None:
    sizes = [Item(f"cocoa-{size}", title="Cocoa powder", group_id="cocoa") for size in ("small", "medium", "large")]
    engine.catalogue.put(sizes)
    now = engine.now()
    bought = [("cocoa-small", "b1"), ("cocoa-large", "b1"), ("milk", "b1"), ("cocoa-medium", "b2"), ("soap", "b2")]
    engine.append_events(
        [Event(EventType.PURCHASE, now - 1, user_id="u1", item_id=item, session_id=basket) for item, basket in bought]
    )
    query = Query(surface, 50, user_id="u1", item_ids=("milk",), text="cocoa powder")
    (answer,) = engine.recommend([query])
    shown = [place.item_id for place in answer.items if place.item_id.startswith("cocoa")]
    assert len(shown) <= 1
    if surface in ("home", "buy-again", "search"):
        assert len(shown) == 1


def test_the_newest_are_products_too(engine: Engine) -> None:
    engine.catalogue.put([Item(f"cocoa-{size}", title="Cocoa", group_id="cocoa") for size in ("small", "large")])
    assert [place.item_id for place in engine.newest(3).items if place.item_id.startswith("cocoa")] == ["cocoa-small"]


FEED = """<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>
<item><g:id>mug-red</g:id><g:title>Stoneware mug, red</g:title><g:price>12.99 EUR</g:price>
<g:availability>out_of_stock</g:availability><g:item_group_id>mug</g:item_group_id></item>
<item><g:id>mug-blue</g:id><g:title>Stoneware mug, blue</g:title><g:price>12.99 EUR</g:price>
<g:availability>in_stock</g:availability><g:item_group_id>mug</g:item_group_id></item>
<item><g:id>mug-large</g:id><g:title>Stoneware mug, large</g:title><g:price>15.99 EUR</g:price>
<g:availability>in_stock</g:availability><g:item_group_id>mug</g:item_group_id></item>
<item><g:id>bowl</g:id><g:title>Stoneware bowl</g:title><g:price>9.00 EUR</g:price></item>
</channel></rss>"""


def test_a_feeds_item_group_is_one_place_in_every_list(shop: Shop, engine: Engine, tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_text(FEED)
    summary = import_files(shop.store, [feed], staging=tmp_path / "staging", now=shop.clock.now())
    assert summary.accepted == {"item": 4, "offer": 4}
    engine.refresh()

    def found(query: Query) -> list[str]:
        (answer,) = engine.recommend([query])
        return [place.item_id for place in answer.items if place.item_id.startswith(("mug", "bowl"))]

    assert found(Query("search", n=20, text="stoneware mug blue")) == ["mug-blue", "bowl"]
    assert found(Query("search", n=20, text="large stoneware mug")) == ["mug-large", "bowl"]
    assert found(Query("search", n=20, text="stoneware", filter="price > 14")) == ["mug-large"]
    assert found(Query("similar", n=20, item_ids=("bowl",))) == ["mug-blue"]
    assert found(Query("similar", n=20, item_ids=("mug-red",))) == ["bowl"]  # no variant beside its own product
