"""What is said of a shop that has no published bundle, and what to do first."""

from typing import Final

from shopkeeper.store import Store

NOTHING_PUBLISHED: Final = "No bundle is published yet."


def first_steps(store: Store, shop: str = "SHOP") -> str:
    """The commands that lead to a bundle; `shop` stands for the shop's folder in them.

    A shop without items must import some first: there is nothing to train on.
    """
    train = f"shopkeeper train {shop}"
    if store.catalogue.changes(0, as_of=0, limit=1).frame.is_empty():
        return f"Import items first: shopkeeper import {shop} FILES... and then run: {train}"
    return f"Run: {train}"
