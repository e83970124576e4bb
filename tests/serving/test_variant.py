"""Variants of one product are one place in a list, shown by whichever may be shown."""

import polars as pl

from shopkeeper.data import ItemTable
from shopkeeper.record import Item, Offer, Query
from shopkeeper.serving import Engine
from shopkeeper.store.frame import CATALOGUE_COLUMN


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
    engine.put_items([small, large], [Offer("cocoa-large", price=499, currency="EUR")])

    def found(rule: str | None = None) -> list[str]:
        (answer,) = engine.recommend([Query("search", n=3, text="cocoa powder", filter=rule)])
        return [place.item_id for place in answer.items if place.item_id.startswith("cocoa")]

    assert found() == ["cocoa-small"]
    assert found("price > 4") == ["cocoa-large"]
    engine.delete_item("cocoa-small")
    assert found() == ["cocoa-large"]
