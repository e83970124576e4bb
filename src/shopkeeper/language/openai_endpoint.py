"""Text vectors from any OpenAI-compatible `/v1/embeddings` endpoint."""

import threading
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shopkeeper.error import LanguageError, MissingPart, SettingError
from shopkeeper.language.breaker import Breaker
from shopkeeper.language.whiten import unit

BATCH: Final = 128  # texts a request; servers commonly refuse more than a few hundred
RETRIES: Final = 2  # after the first attempt, with the client's own growing pauses
TIMEOUT_SECONDS: Final = 30.0
QUERY_TIMEOUT_SECONDS: Final = 3.0  # a shopper waits for it, and has words to find things by meanwhile
PAUSE_SECONDS: Final = 10.0  # after a failure, before a query is sent again


class OpenAIEncoder:
    """The embeddings of `model` at `endpoint` (a base URL such as http://localhost:8080/v1).

    Timeouts, refused connections and answers 408, 409, 429 and 5xx are tried again RETRIES times. One text alone is
    taken for a shopper's query: it is sent once, waited for `query_timeout`, and not sent for PAUSE_SECONDS after a
    failure. Timeouts are seconds.
    """

    def __init__(
        self,
        model: str,
        endpoint: str,
        api_key: str = "",
        timeout: float = TIMEOUT_SECONDS,
        query_timeout: float = QUERY_TIMEOUT_SECONDS,
    ) -> None:
        if not model or not endpoint:
            raise SettingError(
                'an OpenAI-compatible encoder needs language.encoder = "openai:MODEL" and language.endpoint, '
                "such as http://localhost:8080/v1"
            )
        self._model, self._endpoint, self._api_key = model, endpoint, api_key
        self._timeout, self._query_timeout = timeout, min(query_timeout, timeout)
        self._dimension: int | None = None
        self._lock = threading.Lock()
        self._client: Any = None
        self._breaker = Breaker(PAUSE_SECONDS)

    def __reduce__(self) -> tuple[type["OpenAIEncoder"], tuple[str, str, str, float, float]]:
        """Sent to another process by its settings: locks and connections stay."""
        return OpenAIEncoder, (self._model, self._endpoint, self._api_key, self._timeout, self._query_timeout)

    @property
    def name(self) -> str:
        return f"openai:{self._model}@{self._endpoint}"

    @property
    def dimension(self) -> int:
        """Asked of the endpoint once. Raises LanguageError."""
        if self._dimension is None:
            self._request(["dimension"], patient=True)
        assert self._dimension is not None
        return self._dimension

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(len(texts), dimension) unit rows; an empty text gives a zero row and is not sent. Raises LanguageError."""
        patient = len(texts) != 1
        said = [row for row, text in enumerate(texts) if text.strip()]
        batches = [[texts[row] for row in said[start : start + BATCH]] for start in range(0, len(said), BATCH)]
        parts = [self._request(batch, patient) for batch in batches]
        if self._dimension is None:
            self._request(["dimension"], patient)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        if parts:
            vectors[said] = np.concatenate(parts)
        return unit(vectors)

    def _request(self, texts: list[str], patient: bool) -> npt.NDArray[np.float32]:
        """(len(texts), dimension) what the endpoint said of one batch."""
        client = self._opened()
        if not patient:
            client = self._for_a_query(client)
        from openai import OpenAIError

        try:
            answer = client.embeddings.create(model=self._model, input=texts, encoding_format="float")
            rows = [entry.embedding for entry in sorted(answer.data, key=lambda entry: entry.index)]
            self._breaker.succeeded()
        except OpenAIError as problem:
            if _passing(problem):
                self._breaker.failed()
            raise LanguageError(
                f"the embeddings endpoint {self._endpoint} (model {self._model}) failed: {problem}. "
                "Check that it runs, that language.endpoint ends in /v1, and that language.api_key is right"
            ) from problem
        except (TypeError, ValueError, AttributeError) as problem:
            raise self._unusable(f"not in the shape of /v1/embeddings ({problem})") from problem
        return self._checked(rows, len(texts))

    def _for_a_query(self, client: Any) -> Any:
        """The client that asks once and soon gives up. Raises LanguageError where a failure is too recent to ask."""
        if not self._breaker.admits():
            raise LanguageError(
                f"the embeddings endpoint {self._endpoint} (model {self._model}) failed a moment ago, and is asked "
                f"again {PAUSE_SECONDS:.0f} s after that. Check that it runs: shopkeeper doctor"
            )
        return client.with_options(timeout=self._query_timeout, max_retries=0)

    def _checked(self, rows: list[list[float]], expected: int) -> npt.NDArray[np.float32]:
        """The rows as an array, all of one dimension, now and in every later answer."""
        if len(rows) != expected:
            raise self._unusable(f"{len(rows)} vectors for {expected} texts")
        try:
            vectors = np.array(rows, np.float32)
        except (TypeError, ValueError) as problem:
            raise self._unusable("vectors of different dimensions") from problem
        if vectors.ndim != 2 or vectors.shape[1] == 0 or not np.isfinite(vectors).all():
            raise self._unusable("vectors that are empty or hold no finite numbers")
        if self._dimension not in (None, vectors.shape[1]):
            raise self._unusable(f"vectors of dimension {vectors.shape[1]} after {self._dimension}")
        self._dimension = int(vectors.shape[1])
        return vectors

    def _unusable(self, what: str) -> LanguageError:
        return LanguageError(
            f"the embeddings endpoint {self._endpoint} (model {self._model}) answered {what}. "
            "Check that language.encoder names an embedding model and that its server was not changed meanwhile"
        )

    def _opened(self) -> Any:
        """The client, made at first use: importing it takes 0.7 s."""
        with self._lock:
            if self._client is None:
                try:
                    from openai import OpenAI
                except ImportError as problem:
                    raise MissingPart(
                        "the openai package is not installed, and language.encoder asks for an OpenAI-compatible "
                        'endpoint. Install it with: pip install "shopkeeper[openai]"'
                    ) from problem
                self._client = OpenAI(
                    base_url=self._endpoint,
                    api_key=self._api_key or "none",  # local servers want none, the client insists on one
                    timeout=self._timeout,
                    max_retries=RETRIES,
                )
            return self._client


def _passing(problem: Exception) -> bool:
    """Whether it is the endpoint that fails, slow or overrun, and not this one request that it refuses."""
    from openai import APIConnectionError, InternalServerError, RateLimitError  # timeouts are among the first

    return isinstance(problem, APIConnectionError | InternalServerError | RateLimitError)
