"""Encoding in bulk: each text once, ever, whatever is killed in between."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from shopkeeper.error import LanguageError
from shopkeeper.language import EmbeddingCache, bulk, encode_all
from shopkeeper.language.hashing import HashingEncoder


class CountingEncoder(HashingEncoder):
    """Notes what it is asked, and fails after so many texts, as an endpoint does that goes away."""

    def __init__(self, fail_after: int = 10**9) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._fail_after = fail_after

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        if len(self.asked) + len(texts) > self._fail_after:
            raise LanguageError("gone")
        self.asked += texts
        return super().encode(texts)


def test_a_text_is_encoded_once_and_its_vector_goes_to_every_place() -> None:
    encoder = CountingEncoder()

    vectors = encode_all(encoder, ["milk", "bread", "milk", ""])

    assert sorted(encoder.asked) == ["", "bread", "milk"]
    np.testing.assert_array_equal(vectors, HashingEncoder().encode(["milk", "bread", "milk", ""]))


def test_texts_that_end_alike_are_read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    encoder = CountingEncoder()

    vectors = encode_all(encoder, ["a. Tea", "b. Milk", "c. Tea", "d. Milk"])

    assert {frozenset(encoder.asked[:2]), frozenset(encoder.asked[2:])} == {
        frozenset({"a. Tea", "c. Tea"}),
        frozenset({"b. Milk", "d. Milk"}),
    }
    np.testing.assert_array_equal(vectors, HashingEncoder().encode(["a. Tea", "b. Milk", "c. Tea", "d. Milk"]))


def test_what_the_cache_knows_is_not_asked_again(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, "hashing-64")
    first = encode_all(CountingEncoder(), ["milk", "bread"], cache)
    encoder = CountingEncoder()

    again = encode_all(encoder, ["bread", "eggs", "milk"], EmbeddingCache(tmp_path, "hashing-64"))

    assert encoder.asked == ["eggs"]
    np.testing.assert_array_equal(again[[2, 0]], first)


def test_what_was_encoded_before_a_failure_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    texts = ["a1", "b2", "c3", "d4", "e5"]
    cache = EmbeddingCache(tmp_path, "hashing-64")
    with pytest.raises(LanguageError):
        encode_all(CountingEncoder(fail_after=4), texts, cache)
    encoder = CountingEncoder()

    vectors = encode_all(encoder, texts, cache)

    assert encoder.asked == ["e5"]
    np.testing.assert_array_equal(vectors, HashingEncoder().encode(texts))


def test_vectors_of_another_encoder_are_not_taken(tmp_path: Path) -> None:
    encode_all(HashingEncoder(), ["milk"], EmbeddingCache(tmp_path, "hashing-64"))
    encoder = CountingEncoder()

    encode_all(encoder, ["milk"], EmbeddingCache(tmp_path, "another"))

    assert encoder.asked == ["milk"]


def test_a_damaged_shard_and_a_half_written_one_are_as_good_as_absent(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, "hashing-64")
    encode_all(HashingEncoder(), ["milk"], cache)
    (shard,) = tmp_path.rglob("*.safetensors")
    shard.write_bytes(shard.read_bytes()[:40])
    shard.with_name(".killed.part").write_bytes(b"half")
    encoder = CountingEncoder()

    encode_all(encoder, ["milk"], cache)

    assert encoder.asked == ["milk"]
    assert cache.get(["milk"], 64)[1].all()


def test_two_writers_of_one_text_do_no_harm(tmp_path: Path) -> None:
    one, other = EmbeddingCache(tmp_path, "hashing-64"), EmbeddingCache(tmp_path, "hashing-64")
    vector = HashingEncoder().encode(["milk"])

    one.put(["milk"], vector)
    other.put(["milk"], vector)

    np.testing.assert_array_equal(one.get(["milk"], 64)[0], vector)


def test_processes_give_the_same_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 10)
    monkeypatch.setattr(bulk, "WORTH_PROCESSES", 20)
    texts = [f"product {number}" for number in range(35)]
    seen: list[tuple[int, int]] = []

    vectors = encode_all(
        HashingEncoder(),
        texts,
        EmbeddingCache(tmp_path, "hashing-64"),
        progress=lambda stage, done, total: seen.append((done, total)),
        processes=2,
    )

    np.testing.assert_array_equal(vectors, HashingEncoder().encode(texts))
    assert seen[0] == (0, 35)
    assert seen[-1] == (35, 35)


def test_no_texts_give_no_rows(tmp_path: Path) -> None:
    assert encode_all(HashingEncoder(), [], EmbeddingCache(tmp_path, "hashing-64")).shape == (0, 64)
