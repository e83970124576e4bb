"""A circuit breaker: after a failure, callers who cannot wait are told so at once instead of failing slowly."""

import threading
import time
from collections.abc import Callable


class Breaker:
    """Thread-safe. After a failure nobody is admitted for `pause` seconds, then one caller in each further pause.

    The first success admits everyone again. Nygard, Release It!, 2007.
    """

    def __init__(self, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause, self._clock = pause, clock
        self._lock = threading.Lock()
        self._until: float | None = None

    def admits(self) -> bool:
        """Whether to try now; whoever is admitted says what became of it."""
        with self._lock:
            if self._until is None:
                return True
            now = self._clock()
            if now < self._until:
                return False
            self._until = now + self._pause
            return True

    def failed(self) -> None:
        """Keep the others from trying."""
        with self._lock:
            self._until = self._clock() + self._pause

    def succeeded(self) -> None:
        """Let everyone try."""
        with self._lock:
            self._until = None
