"""Why a search found nothing: what answers its words may be sold out, or not on sale."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from shopkeeper.pipeline.batch import QueryBatch
from shopkeeper.pipeline.expression import filter_mask
from shopkeeper.pipeline.lists import Bool
from shopkeeper.pipeline.pipeline import Pipeline
from shopkeeper.record import ItemKind
from shopkeeper.serving.market import View

NOTHING: Final = "Nothing in the catalogue answers these words."
NOTHING_LEFT: Final = "Nothing that passes the filter answers these words."
NOT_ON_SALE: Final = "What answers these words is not on sale."
SOLD_OUT: Final = "What answers these words is sold out"
NAMED: Final = 3  # sold-out items that are told by title


def why_nothing(pipeline: Pipeline, asked: QueryBatch, view: View, filter: str | None) -> str:
    """The reason, as a sentence, from asking once more, of what cannot be had too.

    `asked` is one request, which found nothing. Only what is sold out is named: the rest may be a secret yet.
    """
    found = pipeline.run(replace(asked, eligible=_held(view, filter))).item
    if not len(found):
        return NOTHING if filter is None else NOTHING_LEFT
    sold_out = found[view.items.on_sale(int(asked.now[0]))[found]]
    return _sold_out(view.items.frame["title"][sold_out].to_list()) if len(sold_out) else NOT_ON_SALE


def _held(view: View, filter: str | None) -> Bool:
    """(n_items,) the products that the catalogue has and the filter passes, to be had or not."""
    living = (pl.col("kind") == ItemKind.PRODUCT.value) & ~pl.col("deleted")
    held: Bool = view.items.frame.select(living.fill_null(value=False)).to_series().to_numpy()
    return held if filter is None else held & filter_mask(view.items, filter)


def _sold_out(titles: Sequence[str | None]) -> str:
    named = list(dict.fromkeys(title for title in titles if title))
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return f"{SOLD_OUT}: {'; '.join(named[:NAMED])}{more}." if named else f"{SOLD_OUT}."
