"""Words one slip away."""

import pytest

from shopkeeper.search.spelling import Spelling

SPELLING = Spelling.of({"cheddar": 3, "cheese": 9, "cheesy": 1, "milk": 5, "silk": 8, "bread": 2, "牛奶": 1})


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("chedar", ["cheddar"]),  # left out
        ("cheddarr", ["cheddar"]),  # added
        ("cheese", []),  # known
        ("cheesi", ["cheese", "cheesy"]),  # replaced; the more frequent first
        ("hceese", ["cheese"]),  # swapped
        ("brvda", []),  # two slips
        ("mlk", []),  # too short to tell
        ("nilk", []),  # the first letter is trusted
        ("12345", []),
        ("", []),
    ],
)
def test_corrections(word: str, expected: list[str]) -> None:
    assert SPELLING.corrections(word) == expected


def test_a_catalogue_without_words_corrects_nothing() -> None:
    assert Spelling.of({}).corrections("cheese") == []
