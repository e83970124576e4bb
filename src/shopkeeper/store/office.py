"""Office: which bundle each experiment arm serves, and which imports are done."""

from shopkeeper.record import Clock
from shopkeeper.store.database import Database
from shopkeeper.store.protocol.office import Publication

_RECORD = """
INSERT INTO import_job (fingerprint, batches, summary) VALUES (:fingerprint, :batches, :summary)
ON CONFLICT (fingerprint) DO UPDATE SET batches = excluded.batches, summary = excluded.summary
"""
_PUBLISH = "INSERT INTO publication (change, arm, bundle_id, time) VALUES (:change, :arm, :bundle_id, :time)"


class SqlOffice:
    """Publication and the record of imports, see protocol.office.Office."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def publish(self, bundle_id: str, arm: str = "main") -> Publication:
        time = self._clock.now()
        with self._database.write() as transaction:
            row = {"change": transaction.take("change", 1), "arm": arm, "bundle_id": bundle_id, "time": time}
            transaction.execute(_PUBLISH, [row])
        return Publication(arm, bundle_id, time)

    def publications(self, arm: str = "main") -> list[Publication]:
        statement = "SELECT arm, bundle_id, time FROM publication WHERE arm = :arm ORDER BY change DESC"
        with self._database.read() as reading:
            return [Publication(*row) for row in reading.rows(statement, arm=arm)]

    def import_done(self, fingerprint: str) -> str | None:
        with self._database.read() as reading:
            found = reading.rows("SELECT summary FROM import_job WHERE fingerprint = :key", key=fingerprint)
        return found[0][0] if found else None

    def import_progress(self, fingerprint: str) -> int:
        with self._database.read() as reading:
            found = reading.rows("SELECT batches FROM import_job WHERE fingerprint = :key", key=fingerprint)
        return int(found[0][0]) if found else 0

    def record_import(self, fingerprint: str, batches: int, summary: str | None) -> None:
        with self._database.write() as transaction:
            row = {"fingerprint": fingerprint, "batches": batches, "summary": summary}
            transaction.execute(_RECORD, [row])
