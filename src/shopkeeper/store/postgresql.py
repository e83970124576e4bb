"""PostgreSQL by psycopg 3: many machines on one store."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql

from shopkeeper.error import MissingPart
from shopkeeper.store.dialect import upsert_clause
from shopkeeper.store.late_index import indexes_later

_POSTGRESQL: Final[sa.Dialect] = postgresql.dialect()  # type: ignore[no-untyped-call]
SLICE_ROWS: Final = 20_000  # of a COPY, put into text at once
UPDATE_ROWS: Final = 5_000  # of one statement, which is held in memory: histories of 5 kB each
MANY_KEYS: Final = 50_000  # from here on, to read a whole log that is not larger is as quick as its index
FEW_ROWS: Final = 200  # below it, single statements are quicker than COPY
MIGRATION_LOCK: Final = 0x53686F70  # any number that no other program on the server locks

# One long value: the driver takes longer to write an array of keys than the server to look them up.
_KEY: Final = "substring(k.keys FROM 16 * place + 1 FOR 16)"
_PLACES: Final = "FROM (SELECT %s::bytea AS keys) k CROSS JOIN generate_series(0, %s - 1) AS place"
# LIMIT keeps to the index: of a log that it has not analysed yet, the planner would rather read all.
KNOWN_AMONG_FEW: Final = f"""
SELECT e.event_key {_PLACES}
CROSS JOIN LATERAL (SELECT event_key FROM event WHERE event_key = {_KEY} LIMIT 1) e
"""
_KNOWN_AMONG_MANY: Final = f"SELECT e.event_key {_PLACES} JOIN event e ON e.event_key = {_KEY}"  # as it sees fit

# Servers may be told to confirm commits that are not on the disk yet. `local` and above are on it.
_ON_DISK: Final = """
SELECT set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), false)
"""


class Postgresql:
    """The dialect of PostgreSQL, see dialect.Dialect."""

    def engines(self, url: sa.URL) -> tuple[sa.Engine, sa.Engine]:
        try:
            import psycopg  # noqa: F401
        except ImportError:
            raise MissingPart(
                "a PostgreSQL store needs the driver psycopg: pip install 'shopkeeper[postgresql]'"
            ) from None
        url = url.set(drivername="postgresql+psycopg")
        writer = sa.create_engine(url, pool_size=4, max_overflow=36, pool_pre_ping=True)
        reader = sa.create_engine(url, pool_size=8, max_overflow=32, pool_pre_ping=True, isolation_level="AUTOCOMMIT")
        event.listen(writer, "connect", _confirm_on_disk)
        return writer, reader

    def lock_schema(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")

    def lock_writers(self) -> str:
        return "FOR UPDATE"

    def begin_snapshot(self) -> str:
        return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def scrub(self, reader: sa.Engine, _writer: sa.Engine) -> bool:
        """VACUUM: the room of deleted rows is given to others. Their bytes stay in it until then, and in the log."""
        with reader.connect() as connection:
            for table in ("event", "person", "visitor", "exposure"):
                connection.exec_driver_sql(f"VACUUM {table}")
        return False

    def among(self, column: str, parameter: str) -> str:
        return f"{column} = ANY(:{parameter})"

    def many(self, values: Sequence[str] | Sequence[int]) -> object:
        return list(values)

    def by_code_point(self, column: str) -> str:
        return f'{column} COLLATE "C"'

    def known_keys(self, connection: sa.Connection, keys: Sequence[bytes]) -> list[bytes]:
        statement = KNOWN_AMONG_FEW if len(keys) < MANY_KEYS else _KNOWN_AMONG_MANY
        rows = connection.exec_driver_sql(statement, (b"".join(keys), len(keys)))
        return [bytes(key) for (key,) in rows]

    def insert(self, connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> None:
        if frame.height < FEW_ROWS:
            _write_few(connection, table.name, frame, "")
        else:
            with indexes_later(connection, table, frame.height):
                said = [each.name for each in frame if each.null_count() < frame.height]
                _copy(connection, table.name, frame[said])

    def upsert(self, connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> None:
        clause = upsert_clause(table)
        if frame.height < FEW_ROWS:
            _write_few(connection, table.name, frame, clause)
            return
        names = ", ".join(frame.columns)
        with _staged(connection, table, frame) as staging:
            connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {staging} {clause}")

    def update(self, connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> None:
        key, *rest = frame.columns
        changes = ", ".join(f"{name} = s.{name}" for name in rest)
        arrays = ", ".join(f"%b::{table.c[name].type.compile(_POSTGRESQL)}[]" for name in frame.columns)
        found = f"unnest({arrays}) AS s({', '.join(frame.columns)})"
        # Long values as they are: a temporary table and COPY, whose bytes are hexadecimal, take five times as long.
        for rows in frame.iter_slices(UPDATE_ROWS):
            connection.exec_driver_sql(
                f"UPDATE {table.name} t SET {changes} FROM {found} WHERE t.{key} = s.{key}",
                tuple(column.to_list() for column in rows),
            )


def _confirm_on_disk(connection: Any, _record: object) -> None:
    """Acknowledged means on the disk, whatever the server, the database or the role would have."""
    connection.execute(_ON_DISK)
    connection.commit()


@contextmanager
def _staged(connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> Iterator[str]:
    """The name of a temporary table that holds a frame of some of a table's columns."""
    staging, names = f"staged_{table.name}", ", ".join(frame.columns)
    connection.exec_driver_sql(
        f"CREATE TEMP TABLE {staging} ON COMMIT DROP AS SELECT {names} FROM {table.name} LIMIT 0"
    )
    _copy(connection, staging, frame)
    connection.exec_driver_sql(f"ANALYZE {staging}")  # else the planner takes it for a small table
    yield staging
    connection.exec_driver_sql(f"DROP TABLE {staging}")


def _write_few(connection: sa.Connection, table: str, frame: pl.DataFrame, end: str) -> None:
    marks = ", ".join(["%s"] * frame.width)
    statement = f"INSERT INTO {table} ({', '.join(frame.columns)}) VALUES ({marks}) {end}"
    _run(connection, statement, frame)


def _run(connection: sa.Connection, statement: str, frame: pl.DataFrame) -> None:
    if not frame.is_empty():
        connection.exec_driver_sql(statement, frame.rows())


def _copy(connection: sa.Connection, table: str, frame: pl.DataFrame) -> None:
    """COPY a frame as CSV, where a bare nothing is null and "" is an empty text: Polars and PostgreSQL agree."""
    binary = [name for name, kind in frame.schema.items() if kind == pl.Binary]
    text = frame.with_columns(
        pl.concat_str(pl.lit("\\x"), pl.col(name).bin.encode("hex")).alias(name) for name in binary
    )
    driver: Any = connection.connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(frame.columns)}) FROM STDIN (FORMAT csv)") as copy,
    ):
        for rows in text.iter_slices(SLICE_ROWS):  # the server writes some while the next are put into text
            copy.write(rows.write_csv(include_header=False).encode())
