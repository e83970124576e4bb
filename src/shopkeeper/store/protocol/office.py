"""Office: publication of bundles, and the record of imports."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Publication:
    """Which bundle an experiment arm was told to serve, and when (UTC microseconds)."""

    arm: str
    bundle_id: str
    time: int


class Office(Protocol):
    """Publication of bundles, and the record of imports."""

    def publish(self, bundle_id: str, arm: str = "main") -> Publication:
        """Make an arm serve a bundle, atomically; kept as history."""
        ...

    def publications(self, arm: str = "main") -> list[Publication]:
        """The arm's history, newest first; the first is being served."""
        ...

    def import_done(self, fingerprint: str) -> str | None:
        """The JSON summary of a finished import of these very inputs, else None."""
        ...

    def import_progress(self, fingerprint: str) -> int:
        """How many staged batches of this import are committed."""
        ...

    def record_import(self, fingerprint: str, batches: int, summary: str | None) -> None:
        """Note progress; a summary marks the import as finished."""
        ...
