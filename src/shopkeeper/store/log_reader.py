"""A process that reads a part of the log through ADBC and writes it to its standard output, see log_read.py.

Lines of JSON come in: a job, then any number of {"do": "begin"}, each answered by the change number of a new snapshot,
then {"do": "read", "after": a, "last": b}, answered by a stream of Arrow.
"""

import json
import sys
from importlib import import_module
from typing import Any, Final

import pyarrow as pa
from adbc_driver_manager import AdbcConnection, AdbcStatement

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


def _connected(address: str, *, sqlite: bool) -> AdbcConnection:
    """A connection inside a transaction. Not by `dbapi`: that imports pandas, for 0.7 s."""
    driver = import_module("adbc_driver_sqlite" if sqlite else "adbc_driver_postgresql")
    connection = AdbcConnection(driver.connect(address))
    connection.set_autocommit(False)
    return connection


def _begun(connection: AdbcConnection, *, sqlite: bool) -> int:
    """The change number of the snapshot that the connection holds from now on."""
    if not sqlite:
        with AdbcStatement(connection) as statement:
            statement.set_sql_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            statement.execute_update()
        with AdbcStatement(connection) as statement:
            # Workers would send rows in any order, and the first one must be ours.
            statement.set_sql_query("SET LOCAL max_parallel_workers_per_gather = 0")
            statement.execute_update()
    with AdbcStatement(connection) as statement:
        found = _rows(statement, "SELECT value FROM counter WHERE name = 'change'").read_all()
        return int(found.column(0)[0].as_py())


def _rows(statement: AdbcStatement, text: str) -> pa.RecordBatchReader:
    statement.set_sql_query(text)
    stream, _ = statement.execute_query()
    return pa.RecordBatchReader.from_stream(stream)


def _statement(job: dict[str, Any], after: int, last: int) -> str:
    first = ", ".join(f"{_FIRST.get(name, '0')} AS {name}" for name in job["columns"])
    return (
        f"SELECT {first} UNION ALL SELECT {', '.join(job['columns'].values())} FROM event "
        f"WHERE {job['condition']} AND change > {int(after)} AND change <= {int(last)}"
    )


def _write(connection: AdbcConnection, text: str, *, sqlite: bool) -> None:
    with AdbcStatement(connection) as statement:
        if sqlite:
            statement.set_options(**{"adbc.sqlite.query.batch_rows": str(_BATCH)})
        reader = _rows(statement, text)
        with pa.ipc.new_stream(sys.stdout.buffer, reader.schema) as stream:
            for batch in reader:
                stream.write_batch(batch)


if __name__ == "__main__":
    main()
