"""Requests that customers could have made: distinct, of the shop's own words, some misspelt."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import polars as pl

from shopkeeper.operation.benchmark.shopper import misspelt, requests_of, search_texts
from shopkeeper.operation.shop import open_shop

GOODS = pl.DataFrame(
    {
        "title": ["Sparkling water with lemon", "Dark roast coffee beans", "Soap"],
        "category": ["Drinks > Water", "Drinks > Coffee", "Household"],
    }
)
WORDS = {"sparkling", "water", "with", "lemon", "dark", "roast", "coffee", "beans", "soap", "household"}


def test_texts_are_distinct_and_every_fifth_is_misspelt() -> None:
    texts = search_texts(GOODS, 20, np.random.default_rng(1))
    assert len(set(texts)) == len(texts) == 20
    assert {len(text.split()) for text in texts} == {2, 3}
    odd = [bool(set(text.split()) - WORDS) for text in texts]
    assert odd == [place % 5 == 0 for place in range(20)]


def test_a_small_catalogue_gives_as_many_texts_as_it_has() -> None:
    assert set(search_texts(GOODS.tail(1), 50, np.random.default_rng(1))) == {"soap household", "soap housheold"}


def test_a_misspelling_swaps_two_letters_of_the_longest_word() -> None:
    assert misspelt(["dark", "coffee"]) == ["dark", "cofefe"]
    assert misspelt(["tee", "eee"]) == ["ete", "eee"]


def test_requests_are_the_shops_own(measured_shop: Path) -> None:
    with open_shop(measured_shop) as shop:
        made = requests_of(shop, 5, np.random.default_rng(3))
        known = set(shop.store.events.persons()["user_id"])
    users = [parse_qs(urlsplit(call.path).query)["user_id"][0] for call in made.home]
    assert len(set(users)) == 5
    assert set(users) <= known
    assert len({call.path for call in made.similar}) == 5
    assert all(call.body for call in made.events)
