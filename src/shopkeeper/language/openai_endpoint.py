"""Text vectors from any OpenAI-compatible `/v1/embeddings` endpoint."""

import threading
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shopkeeper.error import LanguageError, MissingPart, SettingError
from shopkeeper.language.whiten import unit

BATCH: Final = 128  # texts a request; servers commonly refuse more than a few hundred
RETRIES: Final = 2  # after the first attempt, with the client's own growing pauses
TIMEOUT_SECONDS: Final = 30.0


class OpenAIEncoder:
    """The embeddings of `model` at `endpoint` (a base URL such as http://localhost:8080/v1).

    Timeouts, refused connections and answers 408, 409, 429 and 5xx are tried again RETRIES times.
    """

    def __init__(self, model: str, endpoint: str, api_key: str = "", timeout: float = TIMEOUT_SECONDS) -> None:
        if not model or not endpoint:
            raise SettingError(
                'an OpenAI-compatible encoder needs language.encoder = "openai:MODEL" and language.endpoint, '
                "such as http://localhost:8080/v1"
            )
        self._model, self._endpoint, self._api_key, self._timeout = model, endpoint, api_key, timeout
        self._dimension: int | None = None
        self._lock = threading.Lock()
        self._client: Any = None

    @property
    def name(self) -> str:
        return f"openai:{self._model}@{self._endpoint}"

    @property
    def dimension(self) -> int:
        """Asked of the endpoint once. Raises LanguageError."""
        if self._dimension is None:
            self.encode(["dimension"])
        assert self._dimension is not None
        return self._dimension

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(len(texts), dimension) unit rows; an empty text gives a zero row and is not sent. Raises LanguageError."""
        said = [row for row, text in enumerate(texts) if text.strip()]
        parts = [
            self._request([texts[row] for row in said[start : start + BATCH]]) for start in range(0, len(said), BATCH)
        ]
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        if parts:
            vectors[said] = np.concatenate(parts)
        return unit(vectors)

    def _request(self, texts: list[str]) -> npt.NDArray[np.float32]:
        """(len(texts), dimension) what the endpoint said of one batch."""
        client = self._opened()
        from openai import OpenAIError

        try:
            answer = client.embeddings.create(model=self._model, input=texts, encoding_format="float")
            rows = [entry.embedding for entry in sorted(answer.data, key=lambda entry: entry.index)]
        except OpenAIError as problem:
            raise LanguageError(
                f"the embeddings endpoint {self._endpoint} (model {self._model}) failed: {problem}. "
                "Check that it runs, that language.endpoint ends in /v1, and that language.api_key is right"
            ) from problem
        except (TypeError, ValueError, AttributeError) as problem:
            raise self._unusable(f"not in the shape of /v1/embeddings ({problem})") from problem
        return self._checked(rows, len(texts))

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
