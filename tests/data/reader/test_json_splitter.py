"""JSON texts cut into records, however the bytes arrive."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.data.reader.json_splitter import JsonSplitter

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


def split(text: bytes, step: int, limit: int = 1 << 20) -> tuple[list[tuple[int, bytes]], JsonSplitter]:
    splitter = JsonSplitter(limit)
    found = []
    for start in range(0, len(text), step):
        found += splitter.feed(text[start : start + step])
        if (cut := splitter.cut_off()) is not None:
            found.append((cut[0], b"cut off"))
    return found + ([] if splitter.is_open else splitter.rest()), splitter


@settings(max_examples=40, deadline=None)
@given(values=st.lists(JSON, min_size=1, max_size=5), step=st.integers(1, 7), indent=st.sampled_from([None, 2]))
def test_an_array_s_elements_come_out_whole(values: list[object], step: int, indent: int | None) -> None:
    found, splitter = split(json.dumps(values, indent=indent).encode(), step)
    assert [json.loads(text) for _, text in found] == values
    assert not splitter.is_open


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.dictionaries(st.text(max_size=4), JSON), min_size=1, max_size=4), step=st.integers(1, 9))
def test_objects_after_one_another_come_out_whole(values: list[object], step: int) -> None:
    text = "\n".join(json.dumps(value, indent=1) for value in values)
    assert [json.loads(record) for _, record in split(text.encode(), step)[0]] == values


@pytest.mark.parametrize("step", [1, 3, 100])
def test_a_record_s_line_is_where_it_begins(step: int) -> None:
    found, _ = split(b'\n[\n  {"a": 1},\n\n  {"a":\n 2}, {"a": 3}\n]\n', step)
    assert found == [(3, b'{"a": 1}'), (5, b'{"a":\n 2}'), (6, b'{"a": 3}')]


@pytest.mark.parametrize("step", [1, 4, 100])
def test_brackets_and_quotes_within_strings_are_text(step: int) -> None:
    texts = ['{"a": "]},\\"{"}', '{"b\\\\": "\\\\"}']
    found, _ = split(f"[{texts[0]},{texts[1]}]".encode(), step)
    assert [text.decode() for _, text in found] == texts


def test_what_is_no_record_comes_out_to_be_refused() -> None:
    assert [text for _, text in split(b'{"a":1} hello {"b":2} }x', 5)[0]] == [b'{"a":1}', b'hello {"b":2}', b"}", b"x"]


@pytest.mark.parametrize("step", [1, 7, 100])
def test_a_record_that_is_too_long_is_cut_off_and_the_next_one_read(step: int) -> None:
    text = b'[{"a": 1},\n{"b": "' + b"\\\\x\n" * 50 + b'"},\n{"c": [1]}]'
    assert split(text, step, limit=100)[0] == [(1, b'{"a": 1}'), (2, b"cut off"), (53, b'{"c": [1]}')]


@pytest.mark.parametrize("text", [b'[{"a": 1}, {"b"', b'{"a": "', b"[", b'[1, "x'])
def test_a_text_that_ends_within_a_record_is_open(text: bytes) -> None:
    assert split(text, 2)[1].is_open
