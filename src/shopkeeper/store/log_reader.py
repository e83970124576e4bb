"""A process that reads a part of the log through ADBC and writes it to its standard output, see log_read.py.

Lines of JSON come in: a job, then any number of {"do": "begin"}, each answered by the change number of a new snapshot,
then {"do": "read", "after": a, "last": b}, answered by a stream of Arrow.
"""

import json
import sys
from typing import Any, Final

import pyarrow as pa

_BATCH: Final = 65_536  # rows
# SQLite has no types of columns: the driver takes those of the first rows. So the first row, which the reader drops, is
# one of ours.
_FIRST: Final = {"session_id": "''", "told": "0.5"}


def main() -> None:
    """Read one job from standard input and serve it."""
    job = json.loads(sys.stdin.readline())
    sqlite = job["sqlite"]
    connection = _connected(job["address"], sqlite=sqlite)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "begin":
            connection.rollback()
            sys.stdout.write(f"{_begun(connection, sqlite=sqlite)}\n")
            sys.stdout.flush()
        else:
            _write(connection, _statement(job, asked["after"], asked["last"]), sqlite=sqlite)
            return


def _connected(address: str, *, sqlite: bool) -> Any:
    """A connection of PEP 249 with ADBC's additions, inside a transaction."""
    if sqlite:
        from adbc_driver_sqlite.dbapi import connect

        return connect(address)
    from adbc_driver_postgresql.dbapi import connect as connect_postgresql

    return connect_postgresql(address)


def _begun(connection: Any, *, sqlite: bool) -> int:
    """The change number of the snapshot that the connection holds from now on."""
    with connection.cursor() as cursor:
        if not sqlite:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT value FROM counter WHERE name = 'change'")
        return int(cursor.fetchone()[0])


def _statement(job: dict[str, Any], after: int, last: int) -> str:
    first = ", ".join(f"{_FIRST.get(name, '0')} AS {name}" for name in job["columns"])
    return (
        f"SELECT {first} UNION ALL SELECT {', '.join(job['columns'].values())} FROM event "
        f"WHERE {job['condition']} AND change > {int(after)} AND change <= {int(last)}"
    )


def _write(connection: Any, statement: str, *, sqlite: bool) -> None:
    with connection.cursor() as cursor:
        if sqlite:
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": _BATCH})
        cursor.execute(statement)
        reader = cursor.fetch_record_batch()
        with pa.ipc.new_stream(sys.stdout.buffer, reader.schema) as stream:
            for batch in reader:
                stream.write_batch(batch)


if __name__ == "__main__":
    main()
