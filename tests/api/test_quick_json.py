"""Bodies are read as the standard library reads them, whatever they hold."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkeeper.api.quick_json import read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.characters(categories=["Cs"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def _outcome(read: Any, body: bytes) -> str:
    try:
        return repr(read(body))
    except (ValueError, RecursionError) as problem:
        return f"{type(problem).__name__}: {problem}"


@given(VALUES)
def test_any_value_is_read_as_it_was_meant(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        body = text.encode("utf-8", "surrogatepass")
        assert _outcome(read_json, body) == _outcome(json.loads, body)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_other_encodings_of_unicode_are_read(encoding: str) -> None:
    assert read_json('{"title": "Grüner Tee"}'.encode(encoding)) == {"title": "Grüner Tee"}


@pytest.mark.parametrize(
    "text",
    ["NaN", "-Infinity", "1e400", "9" * 5000, '"\\ud800"', '{"a": 1, "a": 2}', "[1,]", "01", "", "1 2", '"a\tb"', "\0"],
)
def test_what_is_odd_is_read_or_refused_in_the_same_words(text: str) -> None:
    assert _outcome(read_json, text.encode()) == _outcome(json.loads, text.encode())


@given(st.binary(max_size=30))
def test_any_bytes_are_refused_in_the_same_words(body: bytes) -> None:
    assert _outcome(read_json, body) == _outcome(json.loads, body)
