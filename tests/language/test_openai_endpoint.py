"""The embeddings client against a real HTTP server that behaves well, badly, and slowly."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from shopkeeper.error import LanguageError
from shopkeeper.language import bulk
from shopkeeper.language.openai_endpoint import BATCH, OpenAIEncoder

Answer = Callable[[list[str]], tuple[int, Any]]


def embeddings(texts: list[str]) -> tuple[int, Any]:
    """The good answer: (letters, 3) for each text; in reverse order, which the protocol allows."""
    data = [{"object": "embedding", "index": at, "embedding": [len(text), 3]} for at, text in enumerate(texts)]
    return 200, {
        "object": "list",
        "model": "small",
        "data": data[::-1],
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }


class Endpoint:
    """A server of `/v1/embeddings` whose answers a test chooses."""

    def __init__(self) -> None:
        self.answer: Answer = embeddings
        self.asked: list[list[str]] = []
        self.keys: list[str | None] = []
        self.statuses: list[int] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.asked.append(body["input"])
                endpoint.keys.append(self.headers["Authorization"])
                status, answer = (endpoint.statuses.pop(0), {}) if endpoint.statuses else endpoint.answer(body["input"])
                payload = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Retry-After-Ms", "1")
                    self.send_header("Content-Length", str(len(payload)))
                    self.end_headers()
                    self.wfile.write(payload)
                except BrokenPipeError:
                    pass  # the client did not wait

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_vectors_come_back_in_the_order_of_the_texts_and_of_unit_length(endpoint: Endpoint) -> None:
    encoder = OpenAIEncoder("small", endpoint.url, api_key="secret")

    vectors = encoder.encode(["four", "", "ninechars"[:9]])

    np.testing.assert_allclose(vectors, np.array([[0.8, 0.6], [0, 0], [9 / np.sqrt(90), 3 / np.sqrt(90)]]), rtol=1e-6)
    assert endpoint.asked == [["four", "ninechars"]]  # the empty text was not sent
    assert endpoint.keys == ["Bearer secret"]
    assert encoder.dimension == 2


def test_many_texts_go_in_batches(endpoint: Endpoint) -> None:
    vectors = OpenAIEncoder("small", endpoint.url).encode(["milk"] * (BATCH + 1))

    assert [len(texts) for texts in endpoint.asked] == [BATCH, 1]
    assert vectors.shape == (BATCH + 1, 2)


def test_the_dimension_is_asked_once(endpoint: Endpoint) -> None:
    encoder = OpenAIEncoder("small", endpoint.url)

    assert (encoder.dimension, encoder.dimension) == (2, 2)
    assert len(endpoint.asked) == 1
    assert encoder.encode(["", " "]).tolist() == [[0, 0], [0, 0]]


def test_passing_failures_are_tried_again(endpoint: Endpoint) -> None:
    endpoint.statuses = [500, 503]

    vectors = OpenAIEncoder("small", endpoint.url).encode(["four", "five"])

    assert vectors.shape == (2, 2)
    assert len(endpoint.asked) == 3


def test_a_query_is_asked_once_and_the_next_ones_do_not_wait_for_an_endpoint_that_hangs(endpoint: Endpoint) -> None:
    hang = threading.Event()

    def hanging(texts: list[str]) -> tuple[int, Any]:
        hang.wait(5)
        return embeddings(texts)

    endpoint.answer = hanging
    encoder = OpenAIEncoder("small", endpoint.url, query_timeout=0.2)
    with pytest.raises(LanguageError, match="timed out"):
        encoder.encode(["tea"])
    began = time.monotonic()
    for _ in range(3):
        with pytest.raises(LanguageError, match="failed a moment ago"):
            encoder.encode(["tea"])
    spent = time.monotonic() - began
    hang.set()

    assert spent < 0.1
    assert endpoint.asked == [["tea"]]
    assert encoder.encode(["four", "five"]).shape == (2, 2)  # in bulk it waits and tries whatever became of queries
    assert encoder.encode(["tea"]).shape == (1, 2)  # and what was answered then is good news for queries


def test_a_query_that_the_endpoint_refuses_does_not_stand_in_the_way_of_others(endpoint: Endpoint) -> None:
    encoder = OpenAIEncoder("small", endpoint.url)
    endpoint.statuses = [400]
    with pytest.raises(LanguageError, match="400"):
        encoder.encode(["tea"])

    assert encoder.encode(["tea"]).shape == (1, 2)


def test_an_empty_query_does_not_wait_for_the_dimension_of_an_endpoint_that_hangs(endpoint: Endpoint) -> None:
    def slow(texts: list[str]) -> tuple[int, Any]:
        time.sleep(1)
        return embeddings(texts)

    endpoint.answer = slow

    with pytest.raises(LanguageError, match="timed out"):
        OpenAIEncoder("small", endpoint.url, query_timeout=0.1).encode([""])


def test_several_processes_ask_one_endpoint(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 10)
    monkeypatch.setattr(bulk, "WORTH_PROCESSES", 20)
    texts = ["x" * length for length in range(1, 36)]
    encoder = OpenAIEncoder("small", endpoint.url, api_key="secret")

    vectors = bulk.encode_all(encoder, texts, processes=2)

    np.testing.assert_allclose(vectors[:, 0] / vectors[:, 1], np.arange(1, 36) / 3, rtol=1e-5)
    assert set(endpoint.keys) == {"Bearer secret"}


@pytest.mark.parametrize("status", [500, 401, 404])
def test_a_failing_endpoint_is_named_with_what_to_do(endpoint: Endpoint, status: int) -> None:
    endpoint.statuses = [status] * 3

    with pytest.raises(LanguageError, match=rf"{endpoint.url}.*{status}.*Check that it runs"):
        OpenAIEncoder("small", endpoint.url).encode(["four"])


def test_an_endpoint_that_is_not_there(endpoint: Endpoint) -> None:
    endpoint.server.server_close()
    with pytest.raises(LanguageError, match="Check that it runs"):
        OpenAIEncoder("small", "http://127.0.0.1:9/v1", timeout=1).encode(["four"])


def test_a_slow_answer_is_given_up(endpoint: Endpoint) -> None:
    def slow(texts: list[str]) -> tuple[int, Any]:
        time.sleep(0.5)
        return embeddings(texts)

    endpoint.answer = slow

    with pytest.raises(LanguageError, match="timed out"):
        OpenAIEncoder("small", endpoint.url, timeout=0.05).encode(["four"])


def _data(*rows: Any) -> Answer:
    entries = [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(rows)]
    return lambda texts: (200, {"object": "list", "model": "small", "data": entries})


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (_data([1, 2, 3]), "1 vectors for 2 texts"),
        (_data([1, 2], [1, 2, 3]), "different dimensions"),
        (_data([], []), "empty"),
        (_data([1, None], [1, 2]), "no finite numbers"),
        (lambda texts: (200, {"object": "list"}), "not in the shape"),
        (lambda texts: (200, "<html>"), "not in the shape"),
    ],
)
def test_an_answer_that_cannot_be_used_says_so(endpoint: Endpoint, answer: Answer, said: str) -> None:
    endpoint.answer = answer

    with pytest.raises(LanguageError, match=said):
        OpenAIEncoder("small", endpoint.url).encode(["four", "five"])


def test_a_model_that_changes_its_dimension_is_noticed(endpoint: Endpoint) -> None:
    encoder = OpenAIEncoder("small", endpoint.url)
    encoder.encode(["four"])
    endpoint.answer = _data([1, 2, 3])

    with pytest.raises(LanguageError, match="dimension 3 after 2"):
        encoder.encode(["four"])
