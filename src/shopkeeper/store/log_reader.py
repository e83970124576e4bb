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
_MAPPED: Final = 2_147_418_112  # bytes of SQLite's file that are read in place, not copied: the most that it allows


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
    if sqlite:
        with AdbcStatement(connection) as statement:
            _rows(statement, f"PRAGMA mmap_size = {_MAPPED}").read_all()
    connection.set_autocommit(False)
    return connection


def _begun(connection: AdbcConnection, *, sqlite: bool) -> int:
    """The change number of the snapshot that the connection holds from now on."""
    if not sqlite:
        with AdbcStatement(connection) as statement:
            statement.set_sql_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            statement.execute_update()
    with AdbcStatement(connection) as statement:
        found = _rows(statement, "SELECT value FROM counter WHERE name = 'change'").read_all()
        return int(found.column(0)[0].as_py())


def _rows(statement: AdbcStatement, text: str) -> pa.RecordBatchReader:
    statement.set_sql_query(text)
    stream, _ = statement.execute_query()
    return pa.RecordBatchReader.from_stream(stream)


def _statement(job: dict[str, Any], after: int, last: int) -> str:
    columns = ", ".join(f"{sql} AS {name}" for name, sql in job["columns"].items())
    return (
        f"SELECT {columns} FROM event WHERE {job['condition']} "
        f"AND change > {int(after)} AND change <= {int(last)} ORDER BY change"
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
