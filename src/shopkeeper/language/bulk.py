"""Encoding many texts: each distinct one once, what is known from the cache, the rest on several processes."""

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, parent_process
from typing import Final

import numpy as np
import numpy.typing as npt

from shopkeeper.language.cache import EmbeddingCache
from shopkeeper.language.protocol import TextEncoder
from shopkeeper.record import Progress, silent

Float32 = npt.NDArray[np.float32]

CHUNK: Final = 512  # texts encoded and then kept; no process is left with much more to do than another
WORTH_PROCESSES: Final = 8192  # texts; a process takes 2 s to start and load its model: as long as 2,000 texts
STAGE: Final = "reading texts with the language model"


def encode_all(
    encoder: TextEncoder,
    texts: Sequence[str],
    cache: EmbeddingCache | None = None,
    progress: Progress = silent,
    processes: int = 1,
) -> Float32:
    """(len(texts), dimension) unit rows. What was kept before a kill is not encoded again.

    `processes` > 1 needs an encoder that can be pickled, and is used for many missing texts only. Raises LanguageError.
    """
    distinct = list(dict.fromkeys(texts))
    row_of = {text: row for row, text in enumerate(distinct)}
    vectors, known = cache.get(distinct, encoder.dimension) if cache else _nothing(len(distinct), encoder.dimension)
    # Texts that end alike, as those of one category do, are read together: an encoder may gain from what they share.
    missing = np.array(sorted(np.flatnonzero(~known).tolist(), key=lambda row: distinct[row][::-1]), np.int64)
    chunks = [missing[start : start + CHUNK] for start in range(0, len(missing), CHUNK)]
    done = len(distinct) - len(missing)
    progress(STAGE, done, len(distinct))
    workers = min(processes, len(chunks)) if len(missing) >= WORTH_PROCESSES else 1
    for chunk, encoded in _encoded(encoder, distinct, chunks, workers):
        vectors[chunk] = encoded
        if cache:
            cache.put([distinct[row] for row in chunk], encoded)
        done += len(chunk)
        progress(STAGE, done, len(distinct))
    return vectors[np.array([row_of[text] for text in texts], np.int64)]


def _encoded(
    encoder: TextEncoder, distinct: list[str], chunks: list[npt.NDArray[np.int64]], workers: int
) -> Iterator[tuple[npt.NDArray[np.int64], Float32]]:
    """(rows, vectors) of each chunk, as they become ready."""
    if workers == 1:
        for chunk in chunks:
            yield chunk, encoder.encode([distinct[row] for row in chunk])
        return
    # Spawned, not forked: a forked child can hang on locks that another thread of the parent held.
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin, initargs=(encoder,)) as pool:
        waiting = {pool.submit(_encode, [distinct[row] for row in chunk]): chunk for chunk in chunks}
        for ready in as_completed(waiting):
            yield waiting[ready], ready.result()


_worker: list[TextEncoder] = []  # one encoder in each worker process, sent once


def _begin(encoder: TextEncoder) -> None:
    _worker[:] = [encoder]
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed tells nobody: without this, workers would wait for texts for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _encode(texts: list[str]) -> Float32:
    return _worker[0].encode(texts)


def _nothing(size: int, dimension: int) -> tuple[Float32, npt.NDArray[np.bool_]]:
    return np.zeros((size, dimension), np.float32), np.zeros(size, bool)
