"""One spelling for each word, whatever the script."""

import pytest

from shopkeeper.language.segment import normalise, says_something, stem, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Crème BRÛLÉE", "creme brulee"),
        ("Straße", "strasse"),
        ("ＡＢＣ１２", "abc12"),  # full-width letters
        ("½ ﬁg", "1⁄2 fig"),
        ("Łódź Smørrebrød", "lodz smorrebrod"),
        ("🍕", " slice of pizza "),
    ],
)
def test_what_looks_alike_is_spelled_alike(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kellogg's don’t 2% milk", ["kellogg", "dont", "2", "milk"]),
        ("salad-dressing,16OZ", ["salad", "dressing", "16oz"]),
        ("牛奶巧克力 milk", ["牛奶", "巧克力", "milk"]),
        ("ラーメン", ["ラー", "ーメ", "メン"]),
        ("हिन्दी दूध", ["हिन्दी", "दूध"]),
        ('title:foo AND ("', ["title", "foo", "and"]),
        ("O'Neill's A_B\x1fc's' \x7f9", ["oneill", "a", "b", "c", "9"]),
        ("O'Neill's A_B\x1fc's' \x7f9 é", ["oneill", "a", "b", "c", "9", "e"]),  # as without the accent
        ("!?. --", []),
        ("", []),
    ],
)
def test_words_are_split_by_script(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_longer_chinese_words_are_found_by_their_parts_too() -> None:
    assert "洗发" in words("洗发水") or "洗发水" in words("洗发水")


@pytest.mark.parametrize(
    ("word", "expected"), [("diapers", "diaper"), ("berries", "berri"), ("16oz", "16oz"), ("牛奶", "牛奶")]
)
def test_english_endings_are_taken_off(word: str, expected: str) -> None:
    assert stem(word) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("milk", True), ("🥛", True), ("奶", True), ("12345", False), ("© !", False)]
)
def test_digits_and_punctuation_say_nothing(text: str, expected: bool) -> None:
    assert says_something(text) is expected
