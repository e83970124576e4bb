"""Requests as a shop's own customers would make them: its households, its products, its words."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

import numpy as np
import polars as pl

from shopkeeper.error import InputError
from shopkeeper.operation.benchmark.client import Call
from shopkeeper.operation.shop import Shop

MISSPELT_EVERY: Final = 5  # one query in five
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_ATTEMPTS: Final = 20  # for each query wanted; a small catalogue has few distinct ones


@dataclass(frozen=True, slots=True)
class Requests:
    """Calls of each kind, all distinct."""

    home: Sequence[Call]
    similar: Sequence[Call]
    search: Sequence[Call]
    events: Sequence[Call]


def requests_of(shop: Shop, wanted: int, rng: np.random.Generator) -> Requests:
    """At most `wanted` calls of each kind. Raises InputError where the shop has no users or no products."""
    users = shop.store.events.persons()["user_id"].drop_nulls().sort().to_list()
    items = shop.store.catalogue.frame(shop.clock.now())
    items = items.filter(~pl.col("deleted"), pl.col("enabled"), pl.col("kind") == "product")
    if not users or items.is_empty():
        raise InputError(f"{shop.folder} has no users or no products; import them first: shopkeeper import")
    users = rng.permutation(users).tolist()[:wanted]
    shown = items.sample(min(wanted, items.height), shuffle=True, seed=int(rng.integers(2**31)))["item_id"].to_list()
    return Requests(
        home=[Call(f"/v1/recommend/home?user_id={quote(user)}") for user in users],
        similar=[Call(f"/v1/recommend/similar?item_id={quote(item)}") for item in shown],
        search=[Call(f"/v1/search?{urlencode({'q': text})}") for text in search_texts(items, wanted, rng)],
        events=[_view(users[place % len(users)], item) for place, item in enumerate(shown)],
    )


def search_texts(items: pl.DataFrame, wanted: int, rng: np.random.Generator) -> list[str]:
    """At most `wanted` distinct texts of two or three words from title and category, every fifth one misspelt."""
    titles, categories = items["title"].to_list(), items["category"].to_list()
    texts: dict[str, None] = {}
    for place in rng.integers(len(titles), size=wanted * _ATTEMPTS).tolist():
        if len(texts) == wanted:
            break
        words = list(dict.fromkeys(_words(titles[place], categories[place])))
        if len(words) < 2:
            continue
        kept = np.sort(rng.choice(len(words), size=min(len(words), int(rng.integers(2, 4))), replace=False))
        chosen = [words[position] for position in kept]
        texts[" ".join(misspelt(chosen) if len(texts) % MISSPELT_EVERY == 0 else chosen)] = None
    return list(texts)


def misspelt(words: Sequence[str]) -> list[str]:
    """The words, in the longest of which two neighbouring letters have changed places."""
    longest = max(range(len(words)), key=lambda place: len(words[place]))
    word = words[longest]
    middle = next((i for i in range(len(word) // 2, len(word) - 1) if word[i] != word[i + 1]), 0)
    wrong = word[:middle] + word[middle + 1] + word[middle] + word[middle + 2 :]
    return [*words[:longest], wrong, *words[longest + 1 :]]


def _words(title: str, category: str) -> Iterator[str]:
    """Words of a title and of the narrowest category."""
    for text in (title, category.rpartition(">")[2]):
        yield from (word.lower() for word in _WORD.findall(text))


def _view(user: str, item: str) -> Call:
    return Call("/v1/events", json.dumps({"type": "view", "user_id": user, "item_id": item}).encode())
